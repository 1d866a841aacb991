import {
  type EventBridgeClient,
  type EventBridgeClientConfig,
  PutEventsCommand,
} from '@aws-sdk/client-eventbridge';
import { errorMessageOf } from '../../contract/errors.ts';
import { SDK_TIMEOUTS } from '../../contract/limits.ts';
import {
  type CredentialRequest,
  EVENT_DETAIL_TYPE,
  EVENT_SOURCE,
} from '../../contract/pod-event.ts';
import { EntryRefusedError } from '../errors.ts';
import type { Failure } from '../failure-log.ts';
import { detailOf } from './batch.ts';

/** Two, because an idle connection may be dead. The outbox retries everything else. */
const MAX_ATTEMPTS = 2;

/**
 * Returns the configuration of the EventBridge client. The SDK reads a credentials file once in a process, even if the
 * file does not exist yet; its credential providers take `ignoreCache` from here and read it again.
 */
export function eventBridgeConfig(region: string): EventBridgeClientConfig {
  const config = {
    region,
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: { ...SDK_TIMEOUTS, httpsAgent: { keepAlive: true, maxSockets: 2 } },
    ignoreCache: true,
  };
  return config;
}

interface PutEventsDeps {
  readonly client: Pick<EventBridgeClient, 'send'>;
  readonly eventBusName: string;
}

/**
 * Sends credential requests as one event.
 *
 * @throws {EntryRefusedError} when EventBridge accepts the request, but not the event
 * @throws what the SDK throws when EventBridge does not accept the request
 */
export async function putRequests(
  { client, eventBusName }: PutEventsDeps,
  requests: readonly CredentialRequest[],
): Promise<void> {
  const entry = {
    EventBusName: eventBusName,
    Source: EVENT_SOURCE,
    DetailType: EVENT_DETAIL_TYPE,
    Detail: detailOf(requests),
  };
  const { FailedEntryCount, Entries } = await client.send(
    new PutEventsCommand({ Entries: [entry] }),
  );
  if (!FailedEntryCount) return;
  const { ErrorCode = 'EntryRefused', ErrorMessage = 'EventBridge returned no reason' } =
    Entries?.[0] ?? {};
  throw new EntryRefusedError(ErrorCode, ErrorMessage);
}

/** Converts an error of {@link putRequests} to a failure with a remedy. */
export function putEventsFailure(error: unknown): Failure {
  const name = error instanceof Error ? error.name : 'unknown';
  return {
    reason: name,
    error: errorMessageOf(error),
    remedy: remedyFor(name),
  };
}

const ACCESS_DENIED = new Set([
  'AccessDeniedException',
  'NotAuthorizedForSourceException',
  'NotAuthorizedForDetailTypeException',
]);
const NO_CREDENTIALS = new Set([
  'CredentialsProviderError',
  'ExpiredTokenException',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
]);

function remedyFor(name: string): string {
  if (ACCESS_DENIED.has(name)) {
    return "allow the forwarder's role to put events to the bus, as the stack's policies for the role and the bus do";
  }
  if (NO_CREDENTIALS.has(name)) {
    return 'check the Secret that is mounted as the AWS credentials file, or the credentials that replace it; the refresher creates the Secret within a minute';
  }
  if (name === 'ResourceNotFoundException') {
    return "check that the stack's event bus exists in this region";
  }
  return 'none needed unless it persists: the next scheduled refresh pass handles lost events';
}
