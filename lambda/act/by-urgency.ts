import { SESSION_SECONDS } from '../../contract/limits.ts';
import type { PlanItem, SecretSubject } from '../decide/plan.ts';

/**
 * A pod that waits comes before credentials that last longer than this, in milliseconds, and after those that do not:
 * however many Secrets are asked for, none that is in use ends for that. From 15 minutes left, botocore asks each time.
 */
const WAITING_POD_MILLISECONDS = 900_000;

/** Urgency counts in steps of this, in milliseconds. */
const STEP_MILLISECONDS = 60_000;

/**
 * The items in the order in which a run that may not get through them all begins them: marks off, for they guard
 * against removal; then what ends first; and of what is equally urgent, each namespace's first, each one's second and
 * so on, so that a large namespace does not keep the pods of others waiting.
 */
export function byUrgency(items: readonly PlanItem[], now: Date): readonly PlanItem[] {
  const turns = new Map<string, number>();
  return items
    .map((item) => {
      const turn = turns.get(item.namespace) ?? 0;
      turns.set(item.namespace, turn + 1);
      // In steps, so that what ends within a minute of each other is equally urgent.
      const urgency = Math.floor(urgencyOf(item, now) / STEP_MILLISECONDS);
      return { item, turn, urgency };
    })
    .toSorted((one, other) => one.urgency - other.urgency || one.turn - other.turn)
    .map(({ item }) => item);
}

function urgencyOf(item: PlanItem, now: Date): number {
  switch (item.action) {
    case 'unmark':
      return 0;
    case 'create':
      return now.getTime() + WAITING_POD_MILLISECONDS;
    case 'renew':
      return now.getTime() + hourlyLeft(item, now);
    default:
      return Number.MAX_SAFE_INTEGER;
  }
}

/** What is left of a session, in milliseconds, as if it lasted an hour: a short one is not always first for that. */
function hourlyLeft({ expiresAt, sessionSeconds }: SecretSubject, now: Date): number {
  const milliseconds = (expiresAt?.getTime() ?? now.getTime()) - now.getTime();
  return milliseconds * (SESSION_SECONDS / sessionSeconds);
}
