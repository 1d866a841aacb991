import type { ItemOutcome } from '../act/item-outcome.ts';
import { type EventResult, type WriteEventsDeps, writeEvents } from '../act/write-events.ts';
import type { IgnoredMount } from '../decide/credential-request.ts';
import { KubernetesApiError, RefresherError } from '../errors.ts';
import type { LineWriter } from './change-log.ts';
import { chooseEvents } from './choose-events.ts';
import { createEventMemory, type DueEvent, type EventMemory } from './event-memory.ts';
import { podEvents } from './pod-events.ts';

export interface EventReporterDeps extends WriteEventsDeps {
  readonly log: Pick<LineWriter, 'warn'>;
}

/** Tells those who want credentials why they have none, as Events where they look: `kubectl describe pod`. */
export interface EventReporter {
  /**
   * Writes what is news, within the signal's time. It never fails: what could not be written is in the log, and is
   * tried again in the next run.
   */
  report(
    outcomes: readonly ItemOutcome[],
    ignored: readonly IgnoredMount[],
    signal: AbortSignal,
  ): Promise<void>;
}

/** Makes the reporter of a container, which remembers what it has told. */
export function createEventReporter(deps: EventReporterDeps): EventReporter {
  const memory = createEventMemory();
  let toldFailure: string | undefined;

  return {
    async report(outcomes, ignored, signal) {
      const events = podEvents(outcomes, ignored, ({ uid }, name) => memory.wasWarned(uid, name));
      const now = deps.now();
      const due = new Map<string, DueEvent>();
      for (const event of events) {
        const one = memory.see(event, now);
        if (one !== undefined) due.set(`${event.regarding.namespace}/${one.name}`, one);
      }
      const chosen = chooseEvents([...due.values()], memory, now);
      const results = await writeEvents(deps, chosen, signal);
      for (const result of results) noteIn(memory, result, now);
      if (!signal.aborted) tellFailures(results);
    },
  };

  /** A line when it begins and when it changes, not every minute. */
  function tellFailures(results: readonly EventResult[]): void {
    const failures = results.flatMap((one) => ('error' in one ? [one] : []));
    const [first] = failures;
    if (first === undefined) {
      if (results.length > 0) toldFailure = undefined;
      return;
    }
    const kind = `${first.result} ${kindOf(first.error)}`;
    if (kind === toldFailure) return;
    toldFailure = kind;
    deps.log.warn('could not write Events', {
      notWritten: results.filter(({ result }) => result !== 'written').length,
      explanation:
        first.error instanceof RefresherError ? first.error.message : kindOf(first.error),
    });
  }
}

/** What the server will not take is not offered every minute, just as what it has taken. */
function noteIn(memory: EventMemory, result: EventResult, now: Date): void {
  if (result.result === 'written') memory.note(result.due, result.seen, now);
  if (result.result === 'refused') memory.note(result.due, result.due.seen ?? 1, now);
}

function kindOf(error: unknown): string {
  if (error instanceof KubernetesApiError) return `${error.status}`;
  return error instanceof Error ? error.name : typeof error;
}
