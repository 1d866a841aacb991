import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { STS_RETRIES } from '../../../../../lambda/act/sessions/sts-client.ts';

const throttling = {
  statusCode: 400,
  body: '<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>',
};
const granted = {
  statusCode: 200,
  body: `<AssumeRoleResponse><AssumeRoleResult><Credentials>
    <AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>key</SecretAccessKey><SessionToken>token</SessionToken>
    <Expiration>2026-11-23T13:00:00Z</Expiration>
  </Credentials></AssumeRoleResult></AssumeRoleResponse>`,
};

/** How many of the next calls are throttled. */
let throttled: number;
let sts: STSClient;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout'] });
  throttled = 0;
  sts = new STSClient({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'ASIA', secretAccessKey: 'key' },
    ...STS_RETRIES,
    requestHandler: {
      async handle() {
        throttled -= 1;
        const { statusCode, body } = throttled >= 0 ? throttling : granted;
        const headers = { 'content-type': 'text/xml' };
        return {
          response: { statusCode, headers, body: Readable.from([Buffer.from(body)]) } as never,
        };
      },
    },
  });
});
afterEach(() => vi.useRealTimers());

const open = () =>
  sts.send(
    new AssumeRoleCommand({
      RoleArn: 'arn:aws:iam::123456789012:role/app',
      RoleSessionName: 'shop',
    }),
  );

/** Lets time pass until there is an answer. */
async function waitFor<T>(answer: Promise<T>): Promise<T> {
  let isThere = false;
  const noted = answer.finally(() => {
    isThere = true;
  });
  while (!isThere) {
    await vi.advanceTimersByTimeAsync(1_000);
    await setImmediate();
  }
  return noted;
}

it('asks again what STS throttled', async () => {
  throttled = 4;
  expect((await waitFor(open())).Credentials?.AccessKeyId).toBe('ASIA');
});

it('makes later calls at once, although one was throttled before', async () => {
  throttled = 1;
  await waitFor(open());
  // The clock stands still: a call that waited would never be answered.
  const later = await Promise.all(Array.from({ length: 25 }, open));
  expect(later).toHaveLength(25);
});
