import type { PassName } from '../../contract/pass.ts';
import type { OverBudget } from '../../kubernetes/lists/list-budgets.ts';
import { type ItemOutcome, isDenied } from '../act/item-outcome.ts';
import { massIn } from '../decide/brake.ts';
import type { Plan, RemovalBrake } from '../decide/plan.ts';
import { secretKey } from '../decide/requested-secrets.ts';
import { isBeingRemoved, isMarked, refreshBeforeOf } from '../decide/secret-state.ts';
import type { ClusterView } from '../observe/observe-cluster.ts';
import { operatorProblems, type ProblemRecord } from './operator-problems.ts';
import { summarizeExcess } from './over-budget.ts';
import { countWithheld, refusedMounts } from './withheld.ts';

/** Number of outcomes by result. */
export type ResultCounts = Readonly<Record<ItemOutcome['result'], number>>;

/** The report of a pass. It is logged, emitted as metrics, and returned to the caller of the function. */
export interface PassReport {
  readonly pass: PassName;
  readonly counts: ResultCounts;
  /** Those of `counts.failed` that last until a person fixes them. */
  readonly denied: number;
  /** Those of `counts.failed` that the operator has to solve, see {@link operatorProblems}. */
  readonly failedForOperator: number;
  /** The others of `counts.failed`, and all that are denied. */
  readonly failedForTenants: number;
  /** Mounts that request a role in vain, for example because there are too many in a pod. */
  readonly refusedMounts: number;
  /** Secrets that this container has created three times within an hour. */
  readonly recreated: number;
  /** Sweep only: Secrets that started pods request and do not get; see {@link countWithheld}. */
  readonly withheld: number;
  /** Number of failed, refused and deferred outcomes, by reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Secrets created for new pods that the forwarder should have reported. */
  readonly createdUnannounced: number;
  /** Mounts of a Secret with the prefix whose name is not that of a role. */
  readonly ignored: number;
  readonly podsSeen: number;
  readonly secretsSeen: number;
  readonly awsIamRolesSeen: number;
  readonly secretsInUse: number;
  /** Secrets in use that should have been renewed by the end of the pass. */
  readonly renewalsOverdue: number;
  /** Those of `renewalsOverdue` that last until a person fixes them. */
  readonly renewalsDenied: number;
  /** Those of `renewalsOverdue` that the operator has to solve, see {@link operatorProblems}. */
  readonly overdueForOperator: number;
  /** Age of the most overdue renewal, in seconds; 0 if none is overdue. */
  readonly longestOverdueSeconds: number;
  /**
   * Time until the first full-length session in use expires, in seconds; negative if it has expired, absent if none is in use.
   */
  readonly nearestExpirySeconds?: number;
  readonly durationMilliseconds: number;
  /** A message for each incomplete list. */
  readonly incomplete: readonly string[];
  /** Why statuses of AWSIAMRoles could not be written. Later passes write them. */
  readonly unwritten: readonly string[];
  /** Secrets in use that an earlier sweep marked as unused, because it did not see their pods; 0 unless they are many. */
  readonly wrongMarks: number;
  readonly brake?: RemovalBrake;
  /** Number of namespaces that exceed a budget, see `contract/budgets.ts`. */
  readonly namespacesOverBudget: number;
  /** What exceeds a budget in which namespace; truncated. */
  readonly overBudget: readonly OverBudget[];
}

/** The input of {@link summarizePass}. */
export interface PassRecord {
  readonly pass: PassName;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly refreshBeforeSeconds: number;
  /** The forwarder's role. The forwarder cannot report its own pods before it has this role's Secret. */
  readonly forwarderRoleArn?: string | undefined;
  readonly isComparable: ProblemRecord['isComparable'];
  readonly view: ClusterView;
  readonly plan: Plan;
  readonly outcomes: readonly ItemOutcome[];
  readonly unwritten: readonly string[];
}

/** Creates the report of a pass. */
export function summarizePass(record: PassRecord): PassReport {
  const { view, plan, outcomes, startedAt, endedAt, refreshBeforeSeconds } = record;
  const denied = outcomes.filter(isDenied);
  const inUse = credentialsInUse(record);
  const overdue = inUse.filter(({ overdueSeconds }) => overdueSeconds > 0);
  const renewalsDenied = overdue.filter(({ outcome }) => isDenied(outcome)).length;
  const counts = countResults(outcomes);
  const failed = outcomes.filter(({ result }) => result === 'failed');
  const forOperator = operatorProblems({
    problems: [...new Set([...failed, ...overdue.map(({ outcome }) => outcome)])],
    inUse: inUse.map(({ outcome }) => outcome),
    now: endedAt,
    ...record,
  });
  const failedForOperator = failed.filter((outcome) => forOperator.has(outcome)).length;
  // Shorter sessions are left out, as they are always close to their expiry.
  const expiries = inUse
    .filter(
      ({ outcome }) => refreshBeforeOf(outcome, refreshBeforeSeconds) === refreshBeforeSeconds,
    )
    .map(({ secondsLeft }) => secondsLeft);
  return {
    pass: record.pass,
    counts,
    denied: denied.length,
    failedForOperator,
    failedForTenants: failed.filter((one) => isDenied(one) || !forOperator.has(one)).length,
    refusedMounts: refusedMounts(plan.ignored).length,
    recreated: countRecreated(outcomes),
    withheld: countWithheld({ view, outcomes, ignored: plan.ignored, startedAt }),
    reasons: countReasons(outcomes),
    createdUnannounced: countUnannounced(record),
    ignored: plan.ignored.length,
    podsSeen: view.pods.seen,
    secretsSeen: view.secrets.seen,
    awsIamRolesSeen: view.awsIamRoles.seen,
    secretsInUse: inUse.length,
    renewalsOverdue: overdue.length,
    renewalsDenied,
    overdueForOperator: overdue.filter(({ outcome }) => forOperator.has(outcome)).length,
    longestOverdueSeconds: overdue.reduce((max, one) => Math.max(max, one.overdueSeconds), 0),
    ...(expiries.length === 0 ? {} : { nearestExpirySeconds: minimum(expiries) }),
    durationMilliseconds: endedAt.getTime() - startedAt.getTime(),
    incomplete: describeListFailures(view),
    unwritten: record.unwritten,
    wrongMarks: plan.wrongMarks ?? 0,
    ...(plan.brake === undefined ? {} : { brake: plan.brake }),
    ...summarizeExcess(view, outcomes),
  };
}

/** Returns the least of many numbers, too many for the arguments of `Math.min`. */
function minimum(numbers: readonly number[]): number {
  return numbers.reduce((min, one) => Math.min(min, one), Number.POSITIVE_INFINITY);
}

/** Returns a message for each incomplete list. */
export function describeListFailures(view: ClusterView): readonly string[] {
  const { notLookedUp: _, ...lists } = view;
  return Object.entries(lists).flatMap(([list, { failure }]) =>
    failure === undefined ? [] : [`${list}: ${failure.message}`],
  );
}

/** The credentials of a Secret in use. */
interface CredentialsInUse {
  readonly outcome: ItemOutcome;
  /** Time until they expire, in seconds. */
  readonly secondsLeft: number;
  /** Time since their renewal was due, in seconds; negative if it is not due yet. */
  readonly overdueSeconds: number;
}

/**
 * Lists the credentials in use. Refused Secrets are left out, because a refusal lets credentials expire on purpose, and so are
 * marked Secrets, because nothing uses them. Marks that are suspiciously many do not count: a wrong view of the pods must not
 * silence the alarms on what they use. What is being removed is not renewed in any case.
 */
function credentialsInUse(record: PassRecord): readonly CredentialsInUse[] {
  const secrets = record.view.secrets.items;
  const allMarked = [
    ...secrets.filter(isMarked),
    ...record.outcomes.filter(({ result }) => result === 'marked'),
  ];
  const isSuspicious = massIn(allMarked, secrets);
  const unused = new Set(
    [
      ...allMarked.filter(({ namespace }) => !isSuspicious(namespace)),
      ...secrets.filter(isBeingRemoved),
    ].map(secretKey),
  );
  return record.outcomes.flatMap((outcome) => {
    const { result, expiresAt, pod } = outcome;
    const isUnused = pod === undefined && unused.has(secretKey(outcome));
    if (expiresAt === undefined || isUnused || result === 'refused') return [];
    const secondsLeft = Math.floor((expiresAt.getTime() - record.endedAt.getTime()) / 1_000);
    if (isAbandoned(outcome, secondsLeft)) return [];
    const overdueSeconds = refreshBeforeOf(outcome, record.refreshBeforeSeconds) - secondsLeft;
    return [{ outcome, secondsLeft, overdueSeconds }];
  });
}

/** Credentials of a denied AWSIAMRole no longer count as in use after this time, in seconds. */
const ABANDONED_AFTER_SECONDS = 86_400;

/** Whether an AWSIAMRole seems abandoned. Secrets of AWSIAMRoles are never marked, as their users are not always known. */
function isAbandoned(outcome: ItemOutcome, secondsLeft: number): boolean {
  const { awsIamRole, pod } = outcome;
  const hasNoPod = awsIamRole !== undefined && pod === undefined;
  return hasNoPod && secondsLeft < -ABANDONED_AFTER_SECONDS && isDenied(outcome);
}

/** A pod older than this existed during the previous pass, in ms. */
const NEW_POD_MS = 120_000;

/** Counts Secrets created for new pods. A Secret of an older pod was late for another reason than a missing event. */
function countUnannounced({ outcomes, view, startedAt, forwarderRoleArn }: PassRecord): number {
  const since = startedAt.getTime() - NEW_POD_MS;
  const newPods = new Set(
    view.pods.items
      .filter(({ createdAt }) => createdAt !== undefined && createdAt.getTime() >= since)
      .map(({ uid }) => uid),
  );
  return outcomes.filter(
    ({ result, pod, roleArn }) =>
      result === 'created' && newPods.has(pod?.uid ?? '') && roleArn !== forwarderRoleArn,
  ).length;
}

/** Counts Secrets that somebody deletes again and again. */
export function countRecreated(outcomes: readonly ItemOutcome[]): number {
  return outcomes.filter(({ isRecreated }) => isRecreated).length;
}

/** Counts outcomes by reason. */
function countReasons(outcomes: readonly ItemOutcome[]): Readonly<Record<string, number>> {
  const reasons: Record<string, number> = {};
  for (const outcome of outcomes) {
    if ('reason' in outcome) reasons[outcome.reason] = (reasons[outcome.reason] ?? 0) + 1;
  }
  return reasons;
}

/** Counts outcomes by result. */
export function countResults(outcomes: readonly ItemOutcome[]): ResultCounts {
  const counts = {
    created: 0,
    renewed: 0,
    marked: 0,
    unmarked: 0,
    removed: 0,
    kept: 0,
    refused: 0,
    deferred: 0,
    failed: 0,
  };
  for (const { result } of outcomes) counts[result]++;
  return counts;
}
