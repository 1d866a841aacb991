import { failureMessagesOf } from '../contract/forwarder.ts';
import type { Log } from './log.ts';

/** A failure that repeats until its cause is fixed. */
export interface Failure {
  /** Identifies the cause: it is logged once, until it changes. */
  readonly reason: string;
  /** HTTP status of a response. */
  readonly status?: number | undefined;
  /** Error message of the server or of Node. */
  readonly error: string;
  readonly remedy: string;
}

/** Logs when an activity starts to fail, when the cause changes, and when it recovers, but not each failure. */
export interface FailureLog {
  failed(failure: Failure): void;
  recovered(): void;
}

/** @param activity - subject of the log messages, such as `watching pods` */
export function createFailureLog(
  { log, now }: { readonly log: Log; now(): Date },
  activity: string,
): FailureLog {
  const messages = failureMessagesOf(activity);
  let current: { readonly reason: string; readonly since: Date } | undefined;
  return {
    failed(failure) {
      if (current?.reason === failure.reason) return;
      current = { reason: failure.reason, since: current?.since ?? now() };
      log.warn(messages.failed, { ...failure });
    },
    recovered() {
      if (current === undefined) return;
      const seconds = (now().getTime() - current.since.getTime()) / 1_000;
      current = undefined;
      log.info(messages.recovered, { seconds });
    },
  };
}
