import { BUDGET } from '../../../contract/budgets.ts';
import { inTurns } from '../../turns.ts';
import type { DueEvent, EventHistory } from './event-history.ts';

/**
 * Chooses the Events that a pass writes. Namespaces take turns, so that no tenant uses up the share of others. New Events of a
 * namespace come before repeated ones, and no object exceeds its quota.
 */
export function chooseEvents(
  due: readonly DueEvent[],
  history: Pick<EventHistory, 'remainingQuota'>,
  now: Date,
): readonly DueEvent[] {
  const chosen: DueEvent[] = [];
  const chosenOf = new Map<string, number>();
  for (const one of roundRobinByNamespace(due)) {
    if (chosen.length === BUDGET.eventsPerPass) break;
    const { regarding } = one.event;
    const count = (chosenOf.get(regarding.uid) ?? 0) + 1;
    if (count > history.remainingQuota(regarding, now)) continue;
    chosenOf.set(regarding.uid, count);
    chosen.push(one);
  }
  return chosen;
}

function roundRobinByNamespace(due: readonly DueEvent[]): readonly DueEvent[] {
  const newFirst = due.toSorted((a, b) => Number(b.isNew) - Number(a.isNew));
  return inTurns(newFirst, ({ event }) => event.regarding.namespace);
}
