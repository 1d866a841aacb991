import {
  type EventBridgeClient,
  type EventBridgeClientConfig,
  PutEventsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  type CredentialRequest,
  EVENT_DETAIL_TYPE,
  EVENT_SOURCE,
} from '../../contract/pod-event.ts';
import { EntryRefusedError } from '../errors.ts';
import { detailOf } from './batch.ts';

/** EventBridge answers in some 20 ms; who waits longer may as well ask again. In milliseconds. */
const TIMEOUTS = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true };

/** Twice, because a connection that was idle may turn out to be dead; all else is the outbox's to try again. */
const MOST_ATTEMPTS = 2;

/**
 * How the client of EventBridge is set up. The SDK reads a credentials file once in a process, and one that is missing
 * then is missing for ever; `ignoreCache`, which its credential providers take from here, makes it look again.
 */
export function eventBridgeConfig(region: string): EventBridgeClientConfig {
  const config = {
    region,
    maxAttempts: MOST_ATTEMPTS,
    requestHandler: { ...TIMEOUTS, httpsAgent: { keepAlive: true, maxSockets: 2 } },
    ignoreCache: true,
  };
  return config;
}

export interface PutEventsDeps {
  readonly client: Pick<EventBridgeClient, 'send'>;
  readonly eventBusName: string;
}

/**
 * Sends wants as one event.
 *
 * @throws {EntryRefusedError} when EventBridge takes the request and not the event
 * @throws what the SDK throws, when EventBridge does not take the request
 */
export async function putWants(
  { client, eventBusName }: PutEventsDeps,
  wants: readonly CredentialRequest[],
): Promise<void> {
  const entry = {
    EventBusName: eventBusName,
    Source: EVENT_SOURCE,
    DetailType: EVENT_DETAIL_TYPE,
    Detail: detailOf(wants),
  };
  const { FailedEntryCount, Entries } = await client.send(
    new PutEventsCommand({ Entries: [entry] }),
  );
  if (!FailedEntryCount) return;
  const { ErrorCode = 'EntryRefused', ErrorMessage = 'EventBridge gave no reason' } =
    Entries?.[0] ?? {};
  throw new EntryRefusedError(ErrorCode, ErrorMessage);
}
