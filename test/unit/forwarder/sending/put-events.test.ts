import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EVENT_DETAIL_TYPE, EVENT_SOURCE } from '../../../../contract/pod-event.ts';
import { EntryRefusedError } from '../../../../forwarder/errors.ts';
import { eventBridgeConfig, putWants } from '../../../../forwarder/sending/put-events.ts';
import { sendFailure } from '../../../../forwarder/sending/send-failure.ts';
import { type EventBusStub, startEventBusStub } from './event-bus-stub.ts';

const WANT = {
  namespace: 'shop',
  secret: 'aws-iam-a',
  pod: 'p',
  seenAt: '2026-11-23T12:00:00.000Z',
};

describe('putWants', () => {
  let bus: EventBusStub;
  let folder: string;
  let client: EventBridgeClient;
  beforeEach(async () => {
    bus = await startEventBusStub();
    folder = mkdtempSync(join(tmpdir(), 'credentials-'));
    vi.stubEnv('AWS_ENDPOINT_URL_EVENTBRIDGE', bus.url);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    client = new EventBridgeClient(eventBridgeConfig('eu-west-1'));
  });
  afterEach(async () => {
    client.destroy();
    await bus.stop();
    rmSync(folder, { recursive: true });
  });
  const put = () => putWants({ client, eventBusName: 'bus' }, [WANT]);

  it('sends one entry, with the names of the contract and no time', async () => {
    await put();
    expect(bus.requests).toEqual([
      [
        {
          EventBusName: 'bus',
          Source: EVENT_SOURCE,
          DetailType: EVENT_DETAIL_TYPE,
          Detail: JSON.stringify({ wanted: [WANT] }),
        },
      ],
    ]);
  });

  it('throws what EventBridge says of an entry that it does not take', async () => {
    const Entries = [{ ErrorCode: 'ThrottlingException', ErrorMessage: 'too fast' }];
    bus.refuse({ status: 200, body: { FailedEntryCount: 1, Entries } });
    const error = await put().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EntryRefusedError);
    expect(error).toMatchObject({ name: 'ThrottlingException', message: 'too fast' });
  });

  it('throws what the SDK throws when it may not, and says what helps', async () => {
    bus.refuse({ status: 400, body: { __type: 'AccessDeniedException', message: 'not you' } });
    const error = await put().catch((thrown: unknown) => thrown);
    expect(sendFailure(error)).toMatchObject({
      reason: 'AccessDeniedException',
      error: 'not you',
      remedy: expect.stringContaining('put events'),
    });
  });

  it('finds credentials that come late, and runs their process', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials.process'));
    vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'none'));
    const error = await put().catch((thrown: unknown) => thrown);
    expect(sendFailure(error)).toMatchObject({
      reason: 'CredentialsProviderError',
      remedy: expect.stringContaining('Secret'),
    });
    const keys = { Version: 1, AccessKeyId: 'AKIALATE', SecretAccessKey: 'late' };
    writeFileSync(join(folder, 'credentials.json'), JSON.stringify(keys));
    writeFileSync(
      join(folder, 'credentials.process'),
      `[default]\ncredential_process = cat ${join(folder, 'credentials.json')}\n`,
    );
    await put();
    expect(bus.wants).toEqual([WANT]);
  });
});

describe('sendFailure', () => {
  it.each([
    ['ExpiredTokenException', 'Secret'],
    ['ResourceNotFoundException', 'bus'],
    ['TimeoutError', 'none needed'],
  ])('says what helps against %s', (name, remedy) => {
    const error = Object.assign(new Error('text'), { name });
    expect(sendFailure(error).remedy).toContain(remedy);
  });

  it('takes anything that is thrown', () => {
    expect(sendFailure('text')).toMatchObject({ reason: 'unknown', error: 'text' });
  });
});
