import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EVENT_DETAIL_TYPE, EVENT_SOURCE } from '../../../../contract/pod-event.ts';
import { EntryRefusedError } from '../../../../forwarder/errors.ts';
import {
  eventBridgeConfig,
  putEventsFailure,
  putRequests,
} from '../../../../forwarder/sending/put-events.ts';
import { type EventBusStub, startEventBusStub } from './event-bus-stub.ts';

const REQUEST = {
  namespace: 'shop',
  secret: 'aws-iam-a',
  pod: 'p',
  seenAt: '2026-11-23T12:00:00.000Z',
};

describe('putRequests', () => {
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
  const put = () => putRequests({ client, eventBusName: 'bus' }, [REQUEST]);

  it('sends one entry with the names of the contract', async () => {
    await put();
    expect(bus.requests).toEqual([
      [
        {
          EventBusName: 'bus',
          Source: EVENT_SOURCE,
          DetailType: EVENT_DETAIL_TYPE,
          Detail: JSON.stringify({ wanted: [REQUEST] }),
        },
      ],
    ]);
  });

  it('throws the error of an entry that EventBridge refuses', async () => {
    const Entries = [{ ErrorCode: 'ThrottlingException', ErrorMessage: 'too fast' }];
    bus.refuse({ status: 200, body: { FailedEntryCount: 1, Entries } });
    const error = await put().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EntryRefusedError);
    expect(error).toMatchObject({ name: 'ThrottlingException', message: 'too fast' });
  });

  it('throws the error of the SDK when access is denied, with a remedy', async () => {
    bus.refuse({ status: 400, body: { __type: 'AccessDeniedException', message: 'not you' } });
    const error = await put().catch((thrown: unknown) => thrown);
    expect(putEventsFailure(error)).toMatchObject({
      reason: 'AccessDeniedException',
      error: 'not you',
      remedy: expect.stringContaining('put events'),
    });
  });

  it('finds credentials that are created later, and runs their credential_process', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials.process'));
    vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'none'));
    const error = await put().catch((thrown: unknown) => thrown);
    expect(putEventsFailure(error)).toMatchObject({
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
    expect(bus.credentialRequests).toEqual([REQUEST]);
  });
});

describe('putEventsFailure', () => {
  it.each([
    ['ExpiredTokenException', 'Secret'],
    ['ResourceNotFoundException', 'bus'],
    ['TimeoutError', 'none needed'],
  ])('has a remedy for %s', (name, remedy) => {
    const error = Object.assign(new Error('text'), { name });
    expect(putEventsFailure(error).remedy).toContain(remedy);
  });

  it('accepts anything that is thrown', () => {
    expect(putEventsFailure('text')).toMatchObject({ reason: 'unknown', error: 'text' });
  });
});
