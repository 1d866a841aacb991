import {
  type CloudWatchLogsClient,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import type { FailureLog } from '../../forwarder/failure-log.ts';

/**
 * Sends the log to CloudWatch Logs, as Lambda does for functions: CloudWatch extracts the metrics from lines in the embedded
 * metric format, and the log group keeps the record of who received which role. Sending never delays a pass. While it fails,
 * lines wait; when too many wait, the oldest log lines are dropped, and metrics last.
 */
export interface CloudWatchLog {
  addLine(line: string): void;
  addMetrics(line: string): void;
  /** Sends what waits, again and again until the signal aborts. Never rejects. */
  keepSending(signal: AbortSignal): Promise<void>;
  /** Sends what waits once. */
  flush(signal: AbortSignal): Promise<void>;
}

interface CloudWatchLogDeps {
  readonly client: Pick<CloudWatchLogsClient, 'send'>;
  readonly logGroupName: string;
  readonly logStreamName: string;
  readonly failureLog: FailureLog;
  /** What to do when CloudWatch does not accept the refresher's own credentials, or there are none. */
  readonly credentialsRemedy: string;
  /** Lines were dropped. */
  dropped(lines: number): void;
  now(): Date;
  /** Resolves after the time, or when the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

interface WaitingEvent {
  readonly timestamp: number;
  readonly message: string;
  readonly isMetrics: boolean;
}

/** Lines of a second are sent together. Alarms evaluate periods of a minute. */
const SEND_INTERVAL_MS = 1_000;

/** Delay after a failure. The SDK has retried what a retry can help. */
const RETRY_INTERVAL_MS = 15_000;

/**
 * A batch can have 1,048,576 bytes, with 26 for each event, and 10,000 events. It cannot span more than 24 hours, as the events
 * that wait after an outage do (CloudWatch Logs, PutLogEvents).
 */
const BATCH = { bytes: 1_000_000, events: 10_000, bytesPerEvent: 26, spanMs: 86_400_000 } as const;

/** What waits while sending fails: a day of metrics, and the log of some hours. */
const MAX_WAITING_BYTES = 8_000_000;

/** A longer line is truncated. CloudWatch accepts 1 MB. */
const MAX_LINE_LENGTH = 200_000;

/** Tells CloudWatch to extract metrics (EMF specification, "PutLogEvents Request Format"). */
const LOGS_FORMAT = { 'x-amzn-logs-format': 'json/emf' };

/** Creates the log of this process, in a log stream of its own. */
export function createCloudWatchLog(deps: CloudWatchLogDeps): CloudWatchLog {
  const { client, logGroupName, logStreamName, failureLog } = deps;
  let waiting: WaitingEvent[] = [];
  let bytes = 0;
  let hasStream = false;

  function add(line: string, isMetrics: boolean): void {
    if (line === '') return;
    const message = line.slice(0, MAX_LINE_LENGTH);
    waiting.push({ timestamp: deps.now().getTime(), message, isMetrics });
    bytes += sizeOf(message);
    if (bytes > MAX_WAITING_BYTES) dropOldest();
  }

  /** Drops half of what waits, so that it happens rarely: log lines first. */
  function dropOldest(): void {
    const before = waiting.length;
    const drop = (isDroppable: (event: WaitingEvent) => boolean) => {
      waiting = waiting.filter((event) => {
        if (bytes <= MAX_WAITING_BYTES / 2 || !isDroppable(event)) return true;
        bytes -= sizeOf(event.message);
        return false;
      });
    };
    drop(({ isMetrics }) => !isMetrics);
    drop(() => true);
    deps.dropped(before - waiting.length);
  }

  async function createStream(abortSignal: AbortSignal): Promise<void> {
    if (hasStream) return;
    try {
      await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }), {
        abortSignal,
      });
    } catch (error) {
      if (nameOf(error) !== 'ResourceAlreadyExistsException') throw error;
    }
    hasStream = true;
  }

  async function send(signal: AbortSignal): Promise<void> {
    await createStream(signal);
    while (waiting.length > 0) {
      const batch = firstBatch(waiting);
      const logEvents = batch
        .map(({ timestamp, message }) => ({ timestamp, message }))
        // The clock may have been set back.
        .toSorted((one, other) => one.timestamp - other.timestamp);
      const command = new PutLogEventsCommand({ logGroupName, logStreamName, logEvents });
      command.middlewareStack.add(
        (next) => (args) => {
          Object.assign((args.request as { headers: object }).headers, LOGS_FORMAT);
          return next(args);
        },
        { step: 'build', name: 'logsFormat' },
      );
      await client.send(command, { abortSignal: signal });
      const sent = new Set(batch);
      waiting = waiting.filter((event) => !sent.has(event));
      bytes = waiting.reduce((sum, { message }) => sum + sizeOf(message), 0);
    }
  }

  /** Returns whether everything was sent. */
  async function trySend(signal: AbortSignal): Promise<boolean> {
    if (waiting.length === 0) return true;
    try {
      await send(signal);
      failureLog.recovered();
      return true;
    } catch (error) {
      if (!signal.aborted) failureLog.failed(failureOf(error, deps));
      return false;
    }
  }

  return {
    addLine: (line) => add(line, false),
    addMetrics: (line) => add(line, true),
    async keepSending(signal) {
      while (!signal.aborted) {
        const isSent = await trySend(signal);
        await deps.sleep(isSent ? SEND_INTERVAL_MS : RETRY_INTERVAL_MS, signal);
      }
    },
    flush: async (signal) => void (await trySend(signal)),
  };
}

function firstBatch(waiting: readonly WaitingEvent[]): readonly WaitingEvent[] {
  let bytes = 0;
  const span = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY };
  const end = waiting.findIndex(({ message, timestamp }, i) => {
    bytes += sizeOf(message);
    span.from = Math.min(span.from, timestamp);
    span.to = Math.max(span.to, timestamp);
    const isTooLong = span.to - span.from > BATCH.spanMs;
    return i > 0 && (bytes > BATCH.bytes || i === BATCH.events || isTooLong);
  });
  return end < 0 ? waiting : waiting.slice(0, end);
}

function sizeOf(message: string): number {
  return Buffer.byteLength(message) + BATCH.bytesPerEvent;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}

/** The message of an error about credentials or signatures may quote the request. */
function failureOf(error: unknown, deps: CloudWatchLogDeps) {
  const name = nameOf(error);
  return { reason: name, error: name, remedy: remedyFor(name, deps) };
}

/** Errors about the own credentials: of CloudWatch, of the SDK, and of STS when it opens a session for the SDK. */
const CREDENTIALS_ERROR =
  /^(?:ExpiredToken|UnrecognizedClient|InvalidClientTokenId|CredentialsProvider|InvalidIdentityToken|IDP|AccessDenied$)/;

function remedyFor(
  name: string,
  {
    logGroupName,
    credentialsRemedy,
  }: Pick<CloudWatchLogDeps, 'logGroupName' | 'credentialsRemedy'>,
): string {
  if (name === 'ResourceNotFoundException') {
    return `deploy the stack of this cluster, which creates the log group ${logGroupName}`;
  }
  if (name === 'AccessDeniedException') {
    return `deploy the stack of this cluster, whose role may write to the log group ${logGroupName}`;
  }
  if (CREDENTIALS_ERROR.test(name)) return credentialsRemedy;
  return 'none needed unless it persists: check that the pod can reach CloudWatch Logs (endpoint logs). Passes are not affected, but alarms see no metrics';
}
