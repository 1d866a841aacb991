import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { stsClientFactory } from '../../../../../lambda/act/sessions/sts-client.ts';
import { NOW } from '../../../../support/builders/builders.ts';

const OK = `<AssumeRoleResponse><AssumeRoleResult><Credentials>
  <AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>key</SecretAccessKey><SessionToken>token</SessionToken>
  <Expiration>2026-11-23T13:00:00Z</Expiration>
</Credentials></AssumeRoleResult></AssumeRoleResponse>`;
const error = (code: string) =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`;

let now: Date;
/** Whether each counted call was throttled. */
let counted: boolean[];
let createStsClient: ReturnType<typeof stsClientFactory>;

beforeEach(() => {
  now = NOW;
  counted = [];
  createStsClient = stsClientFactory({
    region: 'eu-central-1',
    now: () => now,
    countCall: (isThrottled) => counted.push(isThrottled),
  });
});

const CREDENTIALS = { accessKeyId: 'ASIA', secretAccessKey: 'key' };

const assumeRole = (sts: STSClient) =>
  sts.send(
    new AssumeRoleCommand({
      RoleArn: 'arn:aws:iam::123456789012:role/app',
      RoleSessionName: 'shop',
    }),
  );

describe('an STS client', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout'] });
  });
  afterEach(() => vi.useRealTimers());

  /** A client that receives these errors, and then sessions. */
  function clientAfter(...codes: readonly string[]): STSClient {
    const left = [...codes];
    const sts = createStsClient(CREDENTIALS);
    sts.config.requestHandler = {
      async handle() {
        const code = left.shift();
        const [statusCode, body] = code === undefined ? [200, OK] : [400, error(code)];
        const headers = { 'content-type': 'text/xml' };
        return { response: { statusCode, headers, body: Readable.from([Buffer.from(body)]) } };
      },
    } as never;
    return sts;
  }

  /** Advances the clock until the promise settles. */
  async function settle<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const result = promise.finally(() => {
      isSettled = true;
    });
    while (!isSettled) {
      await vi.advanceTimersByTimeAsync(1_000);
      await setImmediate();
    }
    return result;
  }

  it('retries what STS throttled, and counts every attempt', async () => {
    const sts = clientAfter(...Array(4).fill('Throttling'));
    expect((await settle(assumeRole(sts))).Credentials?.AccessKeyId).toBe('ASIA');
    expect(counted).toEqual([true, true, true, true, false]);
  });

  it('does not delay later calls after one was throttled', async () => {
    const sts = clientAfter('Throttling');
    await settle(assumeRole(sts));
    // The clock stands still: a call with a delay would never settle.
    const later = await Promise.all(Array.from({ length: 25 }, () => assumeRole(sts)));
    expect(later).toHaveLength(25);
  });

  it('counts a denied call as not throttled, and does not retry it', async () => {
    await expect(assumeRole(clientAfter('AccessDenied'))).rejects.toThrow('no');
    expect(counted).toEqual([false]);
  });
});

describe('the sockets of all clients of a factory', () => {
  let connections: number;
  let answer: (response: ServerResponse) => void;
  const server = createServer((_request, response) => answer(response));
  server.keepAliveTimeout = 0;
  server.on('connection', () => {
    connections += 1;
  });
  const answerOk = (response: ServerResponse) => {
    response.setHeader('content-type', 'text/xml');
    response.end(OK);
  };

  beforeEach(async () => {
    connections = 0;
    answer = answerOk;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    vi.stubEnv('AWS_ENDPOINT_URL_STS', `http://127.0.0.1:${port}`);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const advance = (seconds: number) => {
    now = new Date(now.getTime() + seconds * 1_000);
  };

  it('are reused within a minute, however often', async () => {
    for (let i = 0; i < 5; i++) {
      await assumeRole(createStsClient(CREDENTIALS));
      advance(60);
    }
    expect(connections).toBe(1);
  });

  it('are replaced after a longer pause, and the new ones are reused', async () => {
    const sts = createStsClient(CREDENTIALS);
    await assumeRole(sts);
    advance(61);
    await assumeRole(sts);
    await assumeRole(sts);
    expect(connections).toBe(2);
  });

  it('are all replaced after a longer pause', async () => {
    const sts = createStsClient(CREDENTIALS);
    const all = () => Promise.all([assumeRole(sts), assumeRole(sts), assumeRole(sts)]);
    await all();
    advance(600);
    await all();
    expect(connections).toBe(6);
  });

  it('stay open while they are in use', async () => {
    const sts = createStsClient(CREDENTIALS);
    const received = Promise.withResolvers<ServerResponse>();
    answer = received.resolve;
    const waiting = assumeRole(sts);
    const held = await received.promise;
    advance(600);
    answer = answerOk;
    await assumeRole(sts);
    answerOk(held);
    expect((await waiting).Credentials?.SessionToken).toBe('token');
    expect(connections).toBe(2);
  });
});
