import type { DueEvent, EventHistory } from './event-history.ts';

/**
 * How many Events a run writes. They are kept in the cluster's etcd beside everything else, and each may take three
 * requests; what is left over is seen again in a minute.
 */
const MAX_EVENTS_PER_PASS = 100;

/**
 * Chooses the Events that a run writes: each namespace's first, each one's second and so on, so that no tenant uses up
 * the others' share; in a namespace what is news before what is known; of no object more than it may get.
 */
export function chooseEvents(
  due: readonly DueEvent[],
  memory: Pick<EventHistory, 'allowance'>,
  now: Date,
): readonly DueEvent[] {
  const chosen: DueEvent[] = [];
  const chosenOf = new Map<string, number>();
  for (const one of roundRobinByNamespace(due)) {
    if (chosen.length === MAX_EVENTS_PER_PASS) break;
    const { uid } = one.event.regarding;
    const count = (chosenOf.get(uid) ?? 0) + 1;
    if (count > memory.remainingQuota(uid, now)) continue;
    chosenOf.set(uid, count);
    chosen.push(one);
  }
  return chosen;
}

function roundRobinByNamespace(due: readonly DueEvent[]): readonly DueEvent[] {
  const turns = new Map<string, number>();
  return due
    .toSorted((one, other) => Number(other.isNew) - Number(one.isNew))
    .map((one) => {
      const { namespace } = one.event.regarding;
      const turn = turns.get(namespace) ?? 0;
      turns.set(namespace, turn + 1);
      return { one, turn };
    })
    .toSorted((first, second) => first.turn - second.turn)
    .map(({ one }) => one);
}
