import { ownershipOf } from './read-objects.ts';
import type { TrackedSecret, TrackedState } from './tracked-state.ts';

/** More unused Secrets than these, and more than half of all, may hold the brake. */
const FEW_UNUSED = 3;

/** Follows since when Secrets could have been removed. */
interface UnusedSecrets {
  /** Returns since when nothing and nobody has kept the product from removing each Secret, in ms. To be called each minute. */
  update(at: number): ReadonlyMap<string, number>;
}

/** Follows the Secrets that are counted, as if there were no others. */
export function followUnusedSecrets(
  state: TrackedState,
  isCounted: (key: string) => boolean,
): UnusedSecrets {
  let removableSince: ReadonlyMap<string, number> = new Map();
  return {
    update(at) {
      const all = [...state.secrets].filter(
        ([key, secret]) => isCounted(key) && isRemovable(secret),
      );
      const unused = all.filter(([key]) => isUnused(state, key));
      const isBraked = brakedNamespaces(keysOf(unused), keysOf(all));
      const faultAt = state.lastFaultBefore(at);
      removableSince = new Map(
        unused.map(([key, { tamperedAt = 0 }]) => [
          key,
          isBraked(key) ? at : Math.max(removableSince.get(key) ?? at, faultAt, tamperedAt),
        ]),
      );
      return removableSince;
    },
  };
}

function keysOf(secrets: readonly (readonly [string, TrackedSecret])[]): readonly string[] {
  return secrets.map(([key]) => key);
}

function isRemovable({ object }: TrackedSecret): boolean {
  // A finalizer may keep it for as long as it likes.
  if (object.metadata.deletionTimestamp !== undefined) return false;
  const ownership = ownershipOf(object);
  return ownership === 'of-pods' || ownership === 'orphan';
}

function isUnused(state: TrackedState, key: string): boolean {
  return state.podsOf(key).length === 0 && state.requestsOf(key).length === 0;
}

/** Returns whether the brake may hold back the removal of a Secret, because many of its namespace or of all are unused. */
function brakedNamespaces(
  unused: readonly string[],
  all: readonly string[],
): (key: string) => boolean {
  if (isMass(unused.length, all.length)) return () => true;
  return (key) => {
    const namespace = key.slice(0, key.indexOf('/') + 1);
    const countIn = (keys: readonly string[]) =>
      keys.filter((one) => one.startsWith(namespace)).length;
    return isMass(countIn(unused), countIn(all));
  };
}

function isMass(unused: number, all: number): boolean {
  return unused > FEW_UNUSED && unused > all / 2;
}
