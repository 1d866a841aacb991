import { SESSION_SECONDS } from '../../contract/limits.ts';
import type { PassName } from '../../contract/pass.ts';
import { type ItemOutcome, isDenied } from '../act/item-outcome.ts';
import { secretKey } from '../decide/requested-secrets.ts';
import type { Plan, RemovalBrake } from '../decide/plan.ts';
import { isMarked, refreshBeforeOf } from '../decide/secret-state.ts';
import type { ClusterView } from '../observe/observe-cluster.ts';

/** How many Secrets each result had. */
export type ResultCounts = Readonly<Record<ItemOutcome['result'], number>>;

/** What a run saw, did and left: the summary of its log, its metrics, and its answer to a manual invocation. */
export interface PassReport {
  readonly pass: PassName;
  readonly counts: ResultCounts;
  /** Those of the failed that last until a tenant mends them, as far as one can tell. */
  readonly denied: number;
  /** The others: what only the operator can mend, or what passes by itself. */
  readonly failedForOperator: number;
  /** How many were failed, refused or deferred, by reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Secrets that were made for pods which came so lately that the forwarder should have announced them. */
  readonly createdUnannounced: number;
  /** Mounts with the prefix that name no role. */
  readonly ignored: number;
  readonly podsSeen: number;
  readonly secretsSeen: number;
  readonly awsIamRolesSeen: number;
  readonly secretsInUse: number;
  /** Secrets in use with less time left than is due at their session's length: they should have been renewed and were not. */
  readonly renewalsOverdue: number;
  /** Those of them that last until a tenant mends them, as far as one can tell. */
  readonly renewalsDenied: number;
  /** The others. */
  readonly overdueForOperator: number;
  /** By how much the most overdue renewal is late, in seconds. */
  readonly longestOverdueSeconds: number;
  /** Until the first credentials in use of an hour's session end, in seconds, negative when they have; absent without any. */
  readonly nearestExpirySeconds?: number;
  readonly durationMilliseconds: number;
  /** The lists that did not arrive whole, and why. */
  readonly incomplete: readonly string[];
  /** Why statuses of AWSIAMRoles could not be written; later runs write them. */
  readonly unwritten: readonly string[];
  readonly brake?: RemovalBrake;
}

/** What a report is made of. */
export interface PassRecord {
  readonly pass: PassName;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly refreshBeforeSeconds: number;
  /** The role whose Secret the forwarder itself waits for, which nobody can announce. */
  readonly forwarderRoleArn?: string | undefined;
  readonly view: ClusterView;
  readonly plan: Plan;
  readonly outcomes: readonly ItemOutcome[];
  readonly unwritten: readonly string[];
}

/** Sums up a run. */
export function summarizePass(record: PassRecord): PassReport {
  const { view, plan, outcomes, startedAt, endedAt } = record;
  const denied = outcomes.filter(isDenied);
  const inUse = credentialsInUse(record);
  const areTenants = isTenantProblem(denied, inUse);
  const overdue = inUse.filter(({ overdueSeconds }) => overdueSeconds > 0);
  const renewalsDenied = overdue.filter(({ outcome }) => isDenied(outcome)).length;
  const counts = countResults(outcomes);
  const nearest = least(inUse.filter(isFullLengthSession).map(({ secondsLeft: seconds }) => seconds));
  return {
    pass: record.pass,
    counts,
    denied: denied.length,
    failedForOperator: counts.failed - (areTenants ? denied.length : 0),
    reasons: countReasons(outcomes),
    createdUnannounced: countUnannounced(record),
    ignored: plan.ignored.length,
    podsSeen: view.pods.seen,
    secretsSeen: view.secrets.seen,
    awsIamRolesSeen: view.awsIamRoles.seen,
    secretsInUse: inUse.length,
    renewalsOverdue: overdue.length,
    renewalsDenied,
    overdueForOperator: overdue.length - (areTenants ? renewalsDenied : 0),
    longestOverdueSeconds: overdue.reduce((most, one) => Math.max(most, one.overdueSeconds), 0),
    ...(nearest === undefined ? {} : { nearestExpirySeconds: nearest }),
    durationMilliseconds: endedAt.getTime() - startedAt.getTime(),
    incomplete: describeListFailures(view),
    unwritten: record.unwritten,
    ...(plan.brake === undefined ? {} : { brake: plan.brake }),
  };
}

function least(numbers: readonly number[]): number | undefined {
  return numbers.reduce<number | undefined>(
    (most, one) => (most === undefined || one < most ? one : most),
    undefined,
  );
}

/** One line for each list that did not arrive whole. */
export function describeListFailures(view: ClusterView): readonly string[] {
  return Object.entries(view).flatMap(([list, { failure }]) =>
    failure === undefined ? [] : [`${list}: ${failure.message}`],
  );
}

/** How long credentials in use still last, and since when they should have been renewed. */
interface CredentialsInUse {
  readonly outcome: ItemOutcome;
  readonly secondsLeft: number;
  /** Negative when they are not due. */
  readonly overdueSeconds: number;
}

/** Shorter sessions are always near their end. */
function isFullLengthSession({ outcome }: CredentialsInUse): boolean {
  return outcome.sessionSeconds === SESSION_SECONDS;
}

/**
 * For each Secret in use, how long its credentials still last. Refused ones are left out: that they end is what the
 * refusal means. So are marked ones, which nothing uses.
 */
function credentialsInUse(record: PassRecord): readonly CredentialsInUse[] {
  const marked = new Set(record.view.secrets.items.filter(isMarked).map(secretKey));
  return record.outcomes.flatMap((outcome) => {
    const { result, expiresAt, pod } = outcome;
    const isUnused = result === 'marked' || (pod === undefined && marked.has(secretKey(outcome)));
    if (expiresAt === undefined || isUnused || result === 'refused') return [];
    const seconds = Math.floor((expiresAt.getTime() - record.endedAt.getTime()) / 1_000);
    if (isAbandoned(outcome, seconds)) return [];
    const overdueSeconds = refreshBeforeOf(outcome, record.refreshBeforeSeconds) - seconds;
    return [{ outcome, seconds, overdueSeconds }];
  });
}

/** A denied role of an AWSIAMRole that nobody has mended for so long, in seconds, is one that nobody misses. */
const ABANDONED_AFTER_SECONDS = 86_400;

/** Pods' Secrets are marked when nothing uses them; of an AWSIAMRole's nobody knows whether anything does. */
function isAbandoned(outcome: ItemOutcome, seconds: number): boolean {
  const { awsIamRole, pod } = outcome;
  const isUnseen = awsIamRole !== undefined && pod === undefined;
  return isUnseen && seconds < -ABANDONED_AFTER_SECONDS && isDenied(outcome);
}

/** In fewer namespaces, denials may be of tenants who have nothing to do with each other. */
const MIN_OUTAGE_NAMESPACES = 3;
/** Credentials that were given in this time count against an outage, in seconds. */
const RECENT_SECONDS = 600;

/**
 * Whether it is single tenants who have to mend what is denied. It is not when more than was given in the last ten minutes
 * is denied, in three namespaces at least, or more than half of what is in use: then what all roles share is wrong, such
 * as the refresher's own role. What was given lately, the Secrets themselves say.
 */
function isTenantProblem(denied: readonly ItemOutcome[], inUse: readonly CredentialsInUse[]): boolean {
  const namespaces = new Set(denied.map(({ namespace }) => namespace));
  const givenLately = inUse.filter(
    ({ outcome, secondsLeft: seconds }) => outcome.sessionSeconds - seconds < RECENT_SECONDS,
  );
  const isWide = namespaces.size >= MIN_OUTAGE_NAMESPACES && denied.length > givenLately.length;
  const deniedInUse = inUse.filter(({ outcome }) => isDenied(outcome));
  return !isWide && deniedInUse.length * 2 <= inUse.length;
}

/** After so long a pod was there for an earlier run, which could not give it its Secret, in milliseconds. */
const NEW_POD_MS = 120_000;

/** What waited for longer had another reason than the forwarder's silence. */
function countUnannounced({ outcomes, view, startedAt, forwarderRoleArn }: PassRecord): number {
  const since = startedAt.getTime() - NEW_POD_MS;
  const lately = new Set(
    view.pods.items
      .filter(({ createdAt }) => createdAt !== undefined && createdAt.getTime() >= since)
      .map(({ uid }) => uid),
  );
  return outcomes.filter(
    ({ result, pod, roleArn }) =>
      result === 'created' && lately.has(pod?.uid ?? '') && roleArn !== forwarderRoleArn,
  ).length;
}

/** How many were failed, refused or deferred, by reason: words of this product. */
function countReasons(outcomes: readonly ItemOutcome[]): Readonly<Record<string, number>> {
  const reasons: Record<string, number> = {};
  for (const outcome of outcomes) {
    if ('reason' in outcome) reasons[outcome.reason] = (reasons[outcome.reason] ?? 0) + 1;
  }
  return reasons;
}

/** Counts outcomes by their result. */
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
