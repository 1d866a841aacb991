import type { Listing } from '../../kubernetes/lists/api-object.ts';
import { secretKey } from '../decide/requested-secrets.ts';
import { createNamespaceMemory } from '../namespace-memory.ts';
import type { ObservedNamespace } from '../observe/namespaces.ts';
import type { ItemOutcome } from './item-outcome.ts';

/** The Secrets that a container has created in the last hour. */
export interface CreationHistory {
  /** Records the created Secrets, and sets `isRecreated` for those that it has created again and again. */
  record(
    outcomes: readonly ItemOutcome[],
    namespaces: Listing<ObservedNamespace>,
    now: Date,
  ): readonly ItemOutcome[];
}

/** A Secret is reported from its third creation in this time on, in milliseconds. */
const PERIOD_MS = 3_600_000;
const MIN_CREATIONS = 3;

/**
 * Creates the history of a container. The product itself never causes a report: it removes a Secret 30 minutes after it
 * was marked as unused, so it creates the same one three times in more than an hour at the earliest.
 */
export function createCreationHistory(): CreationHistory {
  /**
   * The times of the last creations, in milliseconds, by what the Secret is for. If there are too many Secrets, those that
   * were not created for the longest time are forgotten: one that is deleted again and again is created within minutes.
   */
  const creations = createNamespaceMemory<readonly number[]>();

  function isRecreated(namespace: string, key: string, now: number): boolean {
    const times = [...(creations.get(namespace, key) ?? []), now]
      .filter((time) => now - time < PERIOD_MS)
      .slice(-MIN_CREATIONS);
    creations.set(namespace, key, times);
    return times.length >= MIN_CREATIONS;
  }

  return {
    record(outcomes, namespaces, now) {
      const created = outcomes.filter(({ result }) => result === 'created');
      if (created.length === 0) return outcomes;
      const uids = new Map(namespaces.items.map(({ name, uid }) => [name, uid]));
      const recreated = new Set(
        created.filter((outcome) => {
          const { namespace } = outcome;
          const key = keyOf(outcome, uids.get(namespace));
          return key !== undefined && isRecreated(namespace, key, now.getTime());
        }),
      );
      return outcomes.map((outcome) =>
        recreated.has(outcome) ? { ...outcome, isRecreated: true } : outcome,
      );
    },
  };
}

/** The Secrets of another namespace or AWSIAMRole of the same name are others: their owner was deleted, and they with it. */
function keyOf(outcome: ItemOutcome, namespaceUid: string | undefined): string | undefined {
  const owner = outcome.awsIamRole?.uid ?? namespaceUid;
  return owner && `${secretKey(outcome)} ${owner}`;
}
