import { type FailureReason, type ItemOutcome, isDenied } from '../act/item-outcome.ts';
import {
  evidenceSince,
  hasEvidence,
  isLasting,
  type LastIssued,
  lastIssuedIn,
  missingSince,
} from '../decide/evidence.ts';

/** Failed and overdue outcomes of a pass, and what else it knows. */
export interface ProblemRecord {
  /** Credentials that could not be issued, or are overdue. */
  readonly problems: readonly ItemOutcome[];
  /** The outcomes of all Secrets whose credentials are in use. */
  readonly inUse: readonly ItemOutcome[];
  readonly now: Date;
  readonly refreshBeforeSeconds: number;
  /** Whether a session is requested as those of all pods are; see `isComparableSession`. */
  readonly isComparable: (outcome: ItemOutcome) => boolean;
}

/** A problem that was there in the previous pass, and its beginning. */
interface Lasting {
  readonly outcome: ItemOutcome;
  readonly since: number | undefined;
}

/** Reasons with a cause in what all sessions share. */
const NEVER_A_TENANTS: ReadonlySet<string> = new Set<FailureReason>([
  'intermediate-role-denied',
  'identity-token-missing',
  'own-credentials-expired',
]);

/** Denials in fewer namespaces may be unrelated mistakes of several tenants. */
const MIN_OUTAGE_NAMESPACES = 3;
/** Namespaces that received credentials in this time count against an outage, in milliseconds. */
const RECENT_MS = 600_000;

/**
 * Returns the problems that the operator has to solve. They are counted by namespaces, so that one tenant cannot make them
 * the operator's, with however many Secrets.
 *
 * What lasts until a person fixes it, such as a denied role, is a tenant's problem unless
 *
 * - no credentials have been issued in any namespace since it began (see `decide/evidence.ts`), although some are in use, and
 *   its cause is not in the Secret itself, or
 * - it affects at least two namespaces, and more than half of those with credentials in use, or
 * - it affects at least three namespaces, and more than received credentials in the last ten minutes.
 *
 * Everything else, such as a server that does not answer or a pass that runs out of time, is the operator's problem unless it
 * affects one namespace only, and others have received credentials since it began. What no tenant can cause is always the
 * operator's. Spot checks (`decide/spot-check.ts`) see to it that others receive credentials.
 */
export function operatorProblems(record: ProblemRecord): ReadonlySet<ItemOutcome> {
  const { now, problems } = record;
  const lasting = problems
    .map((outcome) => ({ outcome, since: missingSince(outcome, record) }))
    .filter(({ since }) => isLasting(since, now));
  const lastIssued = lastIssuedIn(record.inUse.filter(record.isComparable), now);
  const denied = lasting.filter(({ outcome }) => isDenied(outcome));
  const others = lasting.filter(({ outcome }) => !isDenied(outcome));
  const found = [
    ...(isOutage(denied, lastIssued, record) ? denied : []),
    ...(isConfined(others, lastIssued, now) ? others.filter(isNeverATenants) : others),
  ];
  return new Set(found.map(({ outcome }) => outcome));
}

function isOutage(
  denied: readonly Lasting[],
  lastIssued: LastIssued,
  { inUse, now }: ProblemRecord,
): boolean {
  const affected = Map.groupBy(denied, ({ outcome }) => outcome.namespace);
  const unexplained = Map.groupBy(
    denied.filter((one) => !isOfSecret(one)),
    ({ outcome }) => outcome.namespace,
  );
  const isUnexplained =
    inUse.length > 0 &&
    [...unexplained.values()].some(
      (problems) => !hasEvidence(lastIssued, evidenceOf(problems, now)),
    );
  const namespaces = new Set([...inUse.map(({ namespace }) => namespace), ...affected.keys()]);
  const isMost = affected.size >= 2 && affected.size * 2 > namespaces.size;
  const isWide =
    affected.size >= MIN_OUTAGE_NAMESPACES && affected.size > countRecent(lastIssued, now);
  return isUnexplained || isMost || isWide;
}

/** Whether problems are those of one namespace, while others receive credentials. */
function isConfined(problems: readonly Lasting[], lastIssued: LastIssued, now: Date): boolean {
  const [first, ...rest] = new Set(problems.map(({ outcome }) => outcome.namespace));
  if (first === undefined) return true;
  return rest.length === 0 && hasEvidence(lastIssued, evidenceOf(problems, now), first);
}

function evidenceOf(problems: readonly Lasting[], now: Date): number {
  return evidenceSince(
    problems.map(({ since }) => since),
    now,
  );
}

function countRecent(lastIssued: LastIssued, now: Date): number {
  return [...lastIssued.values()].filter((at) => at >= now.getTime() - RECENT_MS).length;
}

/** Whether the cause is a property of the Secret, which says nothing about other Secrets. */
function isOfSecret({ outcome }: Lasting): boolean {
  return outcome.result === 'failed' && outcome.reason === 'secret-immutable';
}

function isNeverATenants({ outcome }: Lasting): boolean {
  return outcome.result === 'failed' && NEVER_A_TENANTS.has(outcome.reason);
}
