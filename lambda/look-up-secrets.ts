import pMap from 'p-map';
import { BUDGET } from '../contract/budgets.ts';
import { SECRET_CONCURRENCY } from '../contract/limits.ts';
import type { Listing } from '../kubernetes/lists/api-object.ts';
import { secretsToLookUp } from './decide/observed-requests.ts';
import { secretKey } from './decide/requested-secrets.ts';
import type { ManagedSecret } from './observe/managed-secrets.ts';
import type { ClusterView } from './observe/observe-cluster.ts';
import { withTurns } from './turns.ts';

/** Looks up the Secret of a name, managed or not, in the API server's cache. */
export type LookUpSecret = (
  secret: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
) => Promise<Listing<ManagedSecret>>;

interface LookUpDeps {
  readonly lookUpSecret: LookUpSecret;
  readonly now: () => Date;
}

/**
 * Adds to the view of a pass those requested Secrets that exist without the product's label, which its list cannot contain.
 * Without them, each pass would open a session and try to create the Secret, and each attempt counts against a ResourceQuota
 * until its next resync. What is not looked up is left to the next pass.
 */
export async function lookUpUnmanaged(
  { lookUpSecret, now }: LookUpDeps,
  view: ClusterView,
  signal: AbortSignal,
): Promise<ClusterView> {
  const found: ManagedSecret[] = [];
  const notLookedUp = new Set<string>();
  const end = now().getTime() + BUDGET.lookUpMs;
  await pMap(
    // Namespaces take turns, so that a large one does not use up the time of others.
    withTurns(secretsToLookUp(view), ({ namespace }) => namespace).toSorted(
      (one, other) => one.turn - other.turn,
    ),
    async ({ item: secret, turn }) => {
      const isTooMuch =
        turn >= BUDGET.missingSecretsPerNamespace || now().getTime() >= end || signal.aborted;
      const listing = isTooMuch ? undefined : await lookUpSecret(secret, signal);
      if (listing === undefined || listing.failure !== undefined)
        notLookedUp.add(secretKey(secret));
      else found.push(...listing.items);
    },
    { concurrency: SECRET_CONCURRENCY },
  );
  const { secrets } = view;
  return {
    ...view,
    secrets: found.length === 0 ? secrets : { ...secrets, items: [...secrets.items, ...found] },
    notLookedUp,
  };
}
