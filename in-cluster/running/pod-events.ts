import { BUDGET } from '../../contract/budgets.ts';
import {
  type CredentialRequest,
  EVENT_DETAIL_TYPE,
  EVENT_SOURCE,
} from '../../contract/pod-event.ts';
import type { Service } from './service.ts';

/**
 * Returns the function that the outbox sends pod events with, in place of EventBridge: it hands them to the service that
 * creates Secrets. As many are handled at once as the stack reserves concurrency for; the outbox collects the requests that
 * arrive meanwhile. An event is not repeated: a refresh pass serves its pods within a minute.
 *
 * @param stop - aborts the events in progress
 */
export function podEventSender(
  events: Service,
  stop: AbortSignal,
): (requests: readonly CredentialRequest[]) => Promise<void> {
  const inProgress = new Set<Promise<void>>();
  return async (wanted) => {
    while (inProgress.size >= BUDGET.concurrentPodEvents) await Promise.race(inProgress);
    stop.throwIfAborted();
    const event = { source: EVENT_SOURCE, 'detail-type': EVENT_DETAIL_TYPE, detail: { wanted } };
    const handled: Promise<void> = events
      .invoke(event, stop)
      // Logged by the service.
      .catch(() => {})
      .then(() => void inProgress.delete(handled));
    inProgress.add(handled);
  };
}
