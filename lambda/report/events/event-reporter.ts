import { RefresherError } from '../../../contract/errors.ts';
import { KubernetesApiError } from '../../../kubernetes/errors.ts';
import type { ItemOutcome } from '../../act/item-outcome.ts';
import type { IgnoredMount } from '../../decide/requested-secrets.ts';
import type { StructuredLogger } from '../change-log.ts';
import { awsIamRoleEvents } from './awsiamrole-events.ts';
import { chooseEvents } from './choose-events.ts';
import type { ClusterEvent } from './cluster-event.ts';
import { createEventHistory, type NamedEvent } from './event-history.ts';
import { eventName } from './event-name.ts';
import { podEvents } from './pod-events.ts';
import { type EventWriteResult, type WriteEventsDeps, writeEvents } from './write-events.ts';

export interface EventReporterDeps extends WriteEventsDeps {
  readonly log: Pick<StructuredLogger, 'warn'>;
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
  const memory = createEventHistory();
  let loggedFailure: string | undefined;

  return {
    async report(outcomes, ignored, signal) {
      const wasWarned = ({ uid }: { readonly uid: string }, name: string) =>
        memory.wasWarned(uid, name);
      const events = [
        ...podEvents(outcomes, ignored, wasWarned),
        ...awsIamRoleEvents(outcomes, wasWarned),
      ];
      const now = deps.now();
      const due = deduplicateByName(events).flatMap((named) => memory.observe(named, now) ?? []);
      const chosen = chooseEvents(due, memory, now);
      const results = await writeEvents(deps, chosen, signal);
      for (const { due: named, result } of results) {
        // What the server will not take is not offered every minute, just as what it has taken.
        if (result === 'written' || result === 'refused') memory.recordWrite(named, now);
      }
      if (!signal.aborted) logFailures(results);
    },
  };

  /** A line when it begins and when it changes, not every minute. */
  function logFailures(results: readonly EventWriteResult[]): void {
    const failures = results.flatMap((one) => ('error' in one ? [one] : []));
    const [first] = failures;
    if (first === undefined) {
      if (results.length > 0) loggedFailure = undefined;
      return;
    }
    const kind = `${first.result} ${kindOf(first.error)}`;
    if (kind === loggedFailure) return;
    loggedFailure = kind;
    deps.log.warn('could not write Events', {
      notWritten: results.filter(({ result }) => result !== 'written').length,
      explanation:
        first.error instanceof RefresherError ? first.error.message : kindOf(first.error),
    });
  }
}

/** Each with its name, and once: the wants of a pod event each bring all that is to be said of their pod. */
function deduplicateByName(events: readonly ClusterEvent[]): readonly NamedEvent[] {
  const named = new Map<string, NamedEvent>();
  for (const event of events) {
    const name = eventName(event);
    named.set(`${event.regarding.namespace}/${name}`, { event, name });
  }
  return [...named.values()];
}

function kindOf(error: unknown): string {
  if (error instanceof KubernetesApiError) return `${error.status}`;
  return error instanceof Error ? error.name : typeof error;
}
