import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { countStsCalls } from '../../../../../lambda/act/sessions/sts-client.ts';

const THROTTLED =
  '<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>';
const DENIED =
  '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>';

/** A client whose answers are these, one after the other, and what was counted of it. */
function counted(answers: readonly (readonly [status: number, body: string])[]) {
  const calls: boolean[] = [];
  const left = [...answers];
  const sts = new STSClient({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
    retryStrategy: {
      acquireInitialRetryToken: async () => ({ getRetryCount: () => 0, getRetryDelay: () => 0 }),
      refreshRetryTokenForRetry: async () => {
        if (left.length === 0) throw new Error('no more tries');
        return { getRetryCount: () => 1, getRetryDelay: () => 0 };
      },
      recordSuccess: () => {},
    },
    requestHandler: {
      handle: async () => {
        const [statusCode, body] = left.shift() ?? [500, ''];
        return { response: { statusCode, headers: {}, body: Buffer.from(body) } } as never;
      },
    },
  });
  const command = new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::1:role/a', RoleSessionName: 'a' });
  const client = countStsCalls(sts, (isThrottled) => calls.push(isThrottled));
  return { calls, send: () => client.send(command) };
}

const OK = '<AssumeRoleResponse><AssumeRoleResult></AssumeRoleResult></AssumeRoleResponse>';

describe('countStsCalls', () => {
  it('counts each try of a call by itself, those that were turned away besides', async () => {
    const { calls, send } = counted([
      [400, THROTTLED],
      [200, OK],
    ]);
    await send();
    expect(calls).toEqual([true, false]);
  });

  it('does not take what is denied for what is throttled', async () => {
    const { calls, send } = counted([[403, DENIED]]);
    await expect(send()).rejects.toThrow('no');
    expect(calls).toEqual([false]);
  });
});
