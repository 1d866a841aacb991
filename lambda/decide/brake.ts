import { BRAKE, GRACE_PERIOD_SECONDS } from '../../contract/limits.ts';
import type { ManagedSecret } from '../observe/managed-secrets.ts';
import type { ExistingItem, PlanItem, RemovalBrake } from './plan.ts';
import { ownershipOf } from './secret-ownership.ts';
import { sightingsOf, unusedSince } from './secret-state.ts';

/** The Secrets that a sweep may mark and remove. */
const REMOVABLE: ReadonlySet<string> = new Set(['pods', 'orphan']);

/**
 * Returns whether the selected Secrets of a namespace are suspiciously many. They are in each namespace of which they are
 * more than half of the removable Secrets, and more than a few. They are in all namespaces if they are more than half of
 * the Secrets in more than half of the namespaces, and more than ten, of which each namespace counts for a few: a wrong
 * list affects many namespaces, and no tenant of one holds up the removals of others.
 */
export function massIn(
  selected: readonly { readonly namespace: string }[],
  secrets: readonly ManagedSecret[],
): (namespace: string) => boolean {
  const [counts, totals] = [countByNamespace(selected), countByNamespace(removable(secrets))];
  const isMost = (namespace: string) => isMostOf(counts.get(namespace), totals.get(namespace));
  const affected = [...counts.keys()].filter(isMost);
  const counted = affected.reduce((sum, namespace) => sum + cappedCount(counts, namespace), 0);
  if (isMostOf(affected.length, totals.size) && counted > BRAKE.countInCluster) return () => true;
  return (namespace) => isMost(namespace) && (counts.get(namespace) ?? 0) > BRAKE.countInNamespace;
}

function isMostOf(count = 0, total = 0): boolean {
  return count > BRAKE.share * total;
}

function cappedCount(counts: ReadonlyMap<string, number>, namespace: string): number {
  return Math.min(counts.get(namespace) ?? 0, BRAKE.countInNamespace);
}

function removable(secrets: readonly ManagedSecret[]): readonly ManagedSecret[] {
  return secrets.filter((secret) => REMOVABLE.has(ownershipOf(secret).kind));
}

function countByNamespace(
  objects: readonly { readonly namespace: string }[],
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { namespace } of objects) counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
  return counts;
}

/** The items of a sweep after the brake. */
interface Braked {
  readonly items: readonly PlanItem[];
  /** Set when it holds removals back. */
  readonly brake?: RemovalBrake;
}

/**
 * Holds back mass removals. Sweeps record in the Secrets themselves that they have found them unused again; the brake
 * releases those that have been unused for long enough and in enough sweeps.
 */
export function holdBackMassRemoval(
  items: readonly PlanItem[],
  secrets: readonly ManagedSecret[],
  now: Date,
): Braked {
  const removals = items.filter(isRemoval);
  const isSuspicious = massIn(removals, secrets);
  const isHeld = (item: ExistingItem) =>
    isSuspicious(item.namespace) && !isReleased(item.secret, now);
  const held = removals.filter(isHeld);
  if (held.length === 0) return { items };
  const until = held.reduce(
    (earliest, { secret }) => Math.min(earliest, releaseAt(secret, now)),
    Number.POSITIVE_INFINITY,
  );
  return {
    items: items.map((item) => (isRemoval(item) && isHeld(item) ? holdBack(item, now) : item)),
    brake: {
      heldBack: held.length,
      managed: removable(secrets).length,
      until: new Date(until).toISOString(),
    },
  };
}

function isRemoval(item: PlanItem): item is ExistingItem {
  return item.action === 'remove';
}

/** Seconds since the unused mark; 0 without one. */
function ageOf(secret: ManagedSecret, now: Date): number {
  return (now.getTime() - (unusedSince(secret, now) ?? now).getTime()) / 1_000;
}

function isReleased(secret: ManagedSecret, now: Date): boolean {
  return ageOf(secret, now) >= BRAKE.releaseSeconds && sightingsOf(secret) >= BRAKE.sightings;
}

/** Returns the earliest release of a Secret, in milliseconds. */
function releaseAt(secret: ManagedSecret, now: Date): number {
  const seconds = BRAKE.releaseSeconds - ageOf(secret, now);
  return now.getTime() + Math.max(0, seconds) * 1_000;
}

function holdBack(item: ExistingItem, now: Date): ExistingItem {
  const sightings = sightingsOf(item.secret);
  const dueSeconds = GRACE_PERIOD_SECONDS + sightings * BRAKE.sightingSeconds;
  const isDue = sightings < BRAKE.sightings && ageOf(item.secret, now) >= dueSeconds;
  return isDue
    ? { ...item, action: 'mark', sightings: sightings + 1 }
    : { ...item, action: 'keep' };
}

/**
 * Maximum time by which the clocks of the function and of the API server differ, plus the longest sweep, in milliseconds.
 */
const MARK_TOLERANCE_MS = 600_000;

/**
 * Counts the marks of Secrets that a pod has requested since before they were marked, if they are suspiciously many: an
 * earlier sweep did not see these pods, although its lists were complete. Tenants can write marks too, but only in their
 * own namespaces.
 */
export function countWrongMarks(
  items: readonly PlanItem[],
  secrets: readonly ManagedSecret[],
  requestedSince: (item: ExistingItem) => Date | undefined,
  now: Date,
): number {
  const wrong = items.filter((item): item is ExistingItem => {
    if (item.action !== 'unmark') return false;
    const [since, markedAt] = [requestedSince(item), unusedSince(item.secret, now)];
    return since !== undefined && markedAt !== undefined
      ? markedAt.getTime() - since.getTime() > MARK_TOLERANCE_MS
      : false;
  });
  const isSuspicious = massIn(wrong, secrets);
  return wrong.filter(({ namespace }) => isSuspicious(namespace)).length;
}
