import { RefresherError } from '../../../contract/errors.ts';
import { KubernetesApiError } from '../../../kubernetes/errors.ts';
import type { ItemOutcome } from '../../act/item-outcome.ts';
import type { IgnoredMount } from '../../decide/requested-secrets.ts';
import type { StructuredLogger } from '../change-log.ts';
import { awsIamRoleEvents } from './awsiamrole-events.ts';
import { chooseEvents } from './choose-events.ts';
import type { ClusterEvent } from './cluster-event.ts';
import { eventName } from './cluster-event.ts';
import { createEventHistory, type NamedEvent } from './event-history.ts';
import { podEvents } from './pod-events.ts';
import { type EventWriteResult, type WriteEventsDeps, writeEvents } from './write-events.ts';

export interface EventReporterDeps extends WriteEventsDeps {
  readonly log: Pick<StructuredLogger, 'warn'>;
}

/** Emits Kubernetes Events that explain missing credentials, as shown by `kubectl describe pod`. */
export interface EventReporter {
  /**
   * Writes the Events that are due, until the signal aborts. Never throws: it logs what it could not write, and retries it in the
   * next pass.
   */
  report(
    outcomes: readonly ItemOutcome[],
    ignored: readonly IgnoredMount[],
    signal: AbortSignal,
  ): Promise<void>;
}

/** Creates the reporter of a container, which remembers the Events that it has written. */
export function createEventReporter(deps: EventReporterDeps): EventReporter {
  const history = createEventHistory();
  let loggedFailure: string | undefined;

  return {
    async report(outcomes, ignored, signal) {
      const now = deps.now();
      const { wasWarned } = history;
      const events = [
        ...podEvents(outcomes, ignored, wasWarned, now),
        ...awsIamRoleEvents(outcomes, wasWarned),
      ];
      const due = deduplicateByName(events).flatMap((named) => history.observe(named, now) ?? []);
      const chosen = chooseEvents(due, history, now);
      const results = await writeEvents(deps, chosen, signal);
      for (const { due: named, result } of results) {
        // A rejected Event is not retried every minute either.
        if (result === 'written' || result === 'refused') history.recordWrite(named, now);
      }
      if (!signal.aborted) logFailures(results);
    },
  };

  /** Logs a failure when it begins and when it changes, not every minute. */
  function logFailures(results: readonly EventWriteResult[]): void {
    const failures = results.flatMap((result) => ('error' in result ? [result] : []));
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

/** Names the Events and removes duplicates: each request of a pod event produces all Events about its pod. */
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
