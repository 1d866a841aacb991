import { BUDGET } from '../../contract/budgets.ts';
import { CHAINED_SESSION_SECONDS } from '../../contract/limits.ts';
import type { PlanItem, SecretSubject } from '../decide/plan.ts';
import { lifetimeOf } from '../decide/secret-state.ts';
import { withTurns } from '../turns.ts';

/**
 * A waiting pod comes before credentials that are valid for longer than this, in milliseconds, and after all others, so
 * that no number of new pods lets credentials in use expire. botocore reloads credentials 15 minutes before they expire.
 */
const POD_PRECEDENCE_MS = 900_000;

/** Resolution of urgency, in milliseconds. */
const URGENCY_STEP_MS = 60_000;

/** Urgency of marks, removals, and what takes no time. */
const NOT_URGENT = Number.MAX_SAFE_INTEGER;

/**
 * Sorts items by urgency, because a pass may run out of time: first the removals of unused marks, which protect Secrets
 * from removal, then by expiry. Among equally urgent items, namespaces take turns, so that a large namespace does not
 * delay the pods of others. A namespace has a share of urgent items: those beyond it come after the shares of all others,
 * so that credentials of a thousand pods that expire at once do not let those of others expire.
 */
export function byUrgency(items: readonly PlanItem[], now: Date): readonly PlanItem[] {
  const sorted = items
    .map((item) => ({ item, urgency: urgencyOf(item, now) }))
    .toSorted((one, other) => one.urgency - other.urgency);
  return withTurns(sorted, ({ item }) => item.namespace)
    .map(({ item: { item, urgency }, turn }) => {
      const share = Math.floor(turn / BUDGET.urgentItemsPerNamespace);
      return { item, urgency, turn, share: urgency === NOT_URGENT ? NOT_URGENT : share };
    })
    .toSorted((a, b) => a.share - b.share || a.urgency - b.urgency || a.turn - b.turn)
    .map(({ item }) => item);
}

/** Returns the urgency in whole minutes, so that credentials that expire within the same minute are equally urgent. */
function urgencyOf(item: PlanItem, now: Date): number {
  const minuteIn = (milliseconds: number) =>
    Math.floor((now.getTime() + milliseconds) / URGENCY_STEP_MS);
  switch (item.action) {
    case 'unmark':
      return 0;
    case 'create':
      return minuteIn(POD_PRECEDENCE_MS);
    case 'renew':
      return minuteIn(scaledTimeLeft(item, now));
    default:
      return NOT_URGENT;
  }
}

/**
 * Returns the time left of a session in milliseconds; that of a session of less than an hour scaled to one, so that short
 * sessions are not always first.
 */
function scaledTimeLeft(subject: SecretSubject, now: Date): number {
  const milliseconds = (subject.expiresAt?.getTime() ?? now.getTime()) - now.getTime();
  return milliseconds * Math.max(1, CHAINED_SESSION_SECONDS / lifetimeOf(subject));
}
