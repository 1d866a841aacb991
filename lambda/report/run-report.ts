import { type ItemOutcome, isDenied } from '../act/item-outcome.ts';
import { SESSION_SECONDS } from '../contract/limits.ts';
import type { PassName } from '../contract/pass.ts';
import type { Plan, RemovalBrake } from '../decide/plan.ts';
import { isMarked, refreshBeforeOf } from '../decide/secret-state.ts';
import type { ClusterView } from '../observe/cluster-view.ts';

/** How many Secrets each result had. */
export type ResultCounts = Readonly<Record<ItemOutcome['result'], number>>;

/** What a run saw, did and left: the summary of its log, its metrics, and its answer to a manual invocation. */
export interface RunReport {
  readonly pass: PassName;
  readonly counts: ResultCounts;
  /** Those of the failed that last until a person mends them. */
  readonly denied: number;
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
  /** Those of them that last until a person mends them. */
  readonly renewalsDenied: number;
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
export interface RunRecord {
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
export function summarize(record: RunRecord): RunReport {
  const { view, plan, outcomes, startedAt, endedAt } = record;
  const remaining = secondsLeftInUse(record);
  const overdue = remaining.filter(({ overdueSeconds }) => overdueSeconds > 0);
  const nearest = remaining
    .filter(isOfWholeHour)
    .reduce<number | undefined>(
      (least, { seconds }) => (least === undefined || seconds < least ? seconds : least),
      undefined,
    );
  return {
    pass: record.pass,
    counts: countResults(outcomes),
    denied: outcomes.filter(isDenied).length,
    reasons: countReasons(outcomes),
    createdUnannounced: countUnannounced(record),
    ignored: plan.ignored.length,
    podsSeen: view.pods.seen,
    secretsSeen: view.secrets.seen,
    awsIamRolesSeen: view.awsIamRoles.seen,
    secretsInUse: remaining.length,
    renewalsOverdue: overdue.length,
    renewalsDenied: overdue.filter(({ isDenied }) => isDenied).length,
    longestOverdueSeconds: overdue.reduce((most, one) => Math.max(most, one.overdueSeconds), 0),
    ...(nearest === undefined ? {} : { nearestExpirySeconds: nearest }),
    durationMilliseconds: endedAt.getTime() - startedAt.getTime(),
    incomplete: incompleteLists(view),
    unwritten: record.unwritten,
    ...(plan.brake === undefined ? {} : { brake: plan.brake }),
  };
}

/** One line for each list that did not arrive whole. */
export function incompleteLists(view: ClusterView): readonly string[] {
  return Object.entries(view).flatMap(([list, { failure }]) =>
    failure === undefined ? [] : [`${list}: ${failure.message}`],
  );
}

/** How long credentials still last, and since when they should have been renewed. */
interface TimeLeft {
  readonly seconds: number;
  /** Negative when they are not due. */
  readonly overdueSeconds: number;
  /** Whether a person has to mend what keeps them from being renewed. */
  readonly isDenied: boolean;
  readonly sessionSeconds: number;
}

/** Shorter sessions are always near their end. */
function isOfWholeHour({ sessionSeconds }: TimeLeft): boolean {
  return sessionSeconds === SESSION_SECONDS;
}

/**
 * For each Secret in use, how long its credentials still last. Refused ones are left out: that they end is what the
 * refusal means. So are marked ones, which nothing uses.
 */
function secondsLeftInUse(record: RunRecord): readonly TimeLeft[] {
  const marked = new Set(
    record.view.secrets.items.filter(isMarked).map(({ namespace, name }) => `${namespace}/${name}`),
  );
  return record.outcomes.flatMap((outcome) => {
    const { namespace, name, result, expiresAt, pod, awsIamRole, sessionSeconds } = outcome;
    const isUnused =
      result === 'marked' || (pod === undefined && marked.has(`${namespace}/${name}`));
    if (expiresAt === undefined || isUnused || result === 'refused') return [];
    const seconds = Math.floor((expiresAt.getTime() - record.endedAt.getTime()) / 1_000);
    // Pods' Secrets are marked when nothing uses them. That of an AWSIAMRole which nobody mends would count for ever.
    if (awsIamRole !== undefined && pod === undefined && seconds < 0) return [];
    const overdueSeconds = refreshBeforeOf(outcome, record.refreshBeforeSeconds) - seconds;
    return [{ seconds, overdueSeconds, isDenied: isDenied(outcome), sessionSeconds }];
  });
}

/** After so long a pod was there for an earlier run, which could not give it its Secret, in milliseconds. */
const ANNOUNCED_WITHIN_MILLISECONDS = 120_000;

/** What waited for longer had another reason than the forwarder's silence. */
function countUnannounced({ outcomes, view, startedAt, forwarderRoleArn }: RunRecord): number {
  const since = startedAt.getTime() - ANNOUNCED_WITHIN_MILLISECONDS;
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
