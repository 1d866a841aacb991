import type { SecretSubject } from './plan.ts';
import { issuedAt, renewalDueAt } from './secret-state.ts';

/** When credentials of each namespace were issued last, in milliseconds. */
export type LastIssued = ReadonlyMap<string, number>;

/**
 * A problem that is younger has not been there in the previous pass, in milliseconds. So a pod that exists for a moment is no
 * problem of the operator.
 */
const LASTING_MS = 75_000;

/**
 * Evidence is at least searched in this time, in milliseconds: a pass renews few credentials, and a tenant may create problems
 * that have just begun, again and again.
 */
const MIN_WINDOW_MS = 300_000;

/** What a problem is about, and how long before their expiry credentials are renewed. */
interface ProblemContext {
  readonly now: Date;
  readonly refreshBeforeSeconds: number;
}

/** Returns since when credentials have been missing, or due for renewal, in milliseconds; undefined if that is unknown. */
export function missingSince(
  subject: SecretSubject,
  { now, refreshBeforeSeconds }: ProblemContext,
): number | undefined {
  const { expiresAt, pod, awsIamRole } = subject;
  const since =
    expiresAt === undefined
      ? (pod?.createdAt ?? awsIamRole?.createdAt)
      : renewalDueAt(subject, expiresAt, refreshBeforeSeconds);
  return since !== undefined && since <= now ? since.getTime() : undefined;
}

/** Whether credentials were already missing, or due, in the previous pass. */
export function isLasting(since: number | undefined, now: Date): boolean {
  return since === undefined || now.getTime() - since >= LASTING_MS;
}

/**
 * Returns from when on issued credentials are evidence that the cause of problems is not what all namespaces share: since the
 * last of them began, and in the last five minutes.
 */
export function evidenceSince(began: readonly (number | undefined)[], now: Date): number {
  // Of many numbers, too many for the arguments of `Math.max`.
  const last = began.reduce<number>(
    (latest, since = now.getTime()) => Math.max(latest, since),
    Number.NEGATIVE_INFINITY,
  );
  return Math.min(last, now.getTime() - MIN_WINDOW_MS);
}

/**
 * Returns when credentials of each namespace were issued last. That follows from their expiry, so nothing has to be stored.
 * Credentials of an earlier configuration are left out, as their duration is unknown, and so are expiries that no session has.
 */
export function lastIssuedIn(subjects: readonly SecretSubject[], now: Date): LastIssued {
  const lastIssued = new Map<string, number>();
  for (const subject of subjects) {
    const { namespace, expiresAt, outdated } = subject;
    if (expiresAt === undefined || outdated !== undefined) continue;
    const at = issuedAt({ ...subject, expiresAt }).getTime();
    if (at > now.getTime() + LASTING_MS) continue;
    lastIssued.set(namespace, Math.max(at, lastIssued.get(namespace) ?? 0));
  }
  return lastIssued;
}

/** Whether credentials of a namespace, optionally other than one, have been issued since a time. */
export function hasEvidence(lastIssued: LastIssued, since: number, except?: string): boolean {
  return [...lastIssued].some(([namespace, at]) => namespace !== except && at >= since);
}
