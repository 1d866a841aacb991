import type { CredentialRequest } from '../../contract/pod-event.ts';
import { type ItemOutcome, isDenied } from '../act/item-outcome.ts';
import { isOfAwsIamRole } from '../decide/secret-state.ts';
import type { ClusterView } from '../observe/observe-cluster.ts';
import { countResults, describeListFailures, type ResultCounts } from './pass-report.ts';

/** What came of one want. */
export interface ServedRequest {
  readonly request: CredentialRequest;
  readonly view: ClusterView;
  /** Of the wanted Secret; none when nobody wants it. */
  readonly outcomes: readonly ItemOutcome[];
  readonly servedAt: Date;
}

/** What an event asked for and what came of it. */
export interface PodEventReport {
  readonly wanted: number;
  /** Wants without a pod or an AWSIAMRole: it is gone, or never was, or mounts something else. */
  readonly unfounded: number;
  readonly counts: ResultCounts;
  /** Those of the failed that last until a person mends them. */
  readonly denied: number;
  /** From the forwarder's first sight of what wants it to the Secret, in milliseconds; one for each that was made. */
  readonly latencies: readonly number[];
  readonly durationMilliseconds: number;
  /** What could not be read, and why: the first ten of it, and how much more there is. */
  readonly incomplete: readonly string[];
  /** Why statuses of AWSIAMRoles could not be written, cut in the same way. */
  readonly unwritten: readonly string[];
}

/** Longer ago than a tick and its run, nobody was waiting for this event any more: the sight is not to be believed. */
const MAX_LATENCY_MS = 600_000;

/** 500 wants can be of 500 namespaces, and a line of a log has an end. */
const MAX_MESSAGES = 10;

/** What a report is made of. */
export interface PodEventRecord {
  readonly served: readonly ServedRequest[];
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly unwritten: readonly string[];
}

/** Sums up an event. */
export function summarizePodEvent(record: PodEventRecord): PodEventReport {
  const { served, startedAt, endedAt, unwritten } = record;
  const outcomes = served.flatMap((one) => one.outcomes);
  const incomplete = served.flatMap(({ view }) => describeListFailures(view));
  return {
    wanted: served.length,
    unfounded: served.filter(isUnfounded).length,
    counts: countResults(outcomes),
    denied: outcomes.filter(isDenied).length,
    latencies: served.flatMap(latencyOf),
    durationMilliseconds: endedAt.getTime() - startedAt.getTime(),
    incomplete: truncateMessages([...new Set(incomplete)]),
    unwritten: truncateMessages(unwritten),
  };
}

function isUnfounded({ outcomes, view }: ServedRequest): boolean {
  const { pods, awsIamRoles, secrets } = view;
  const hasSeenAll = pods.failure === undefined && awsIamRoles.failure === undefined;
  // A pod that finds the Secret of an AWSIAMRole needs nothing done.
  return outcomes.length === 0 && hasSeenAll && !secrets.items.some(isOfAwsIamRole);
}

/** The sight is by another clock, which may be ahead of this one. */
function latencyOf({ request: want, outcomes, servedAt }: ServedRequest): readonly number[] {
  if (!outcomes.some(({ result }) => result === 'created')) return [];
  const milliseconds = servedAt.getTime() - Date.parse(want.seenAt);
  return milliseconds > MAX_LATENCY_MS ? [] : [Math.max(0, milliseconds)];
}

function truncateMessages(failures: readonly string[]): readonly string[] {
  const more = failures.length - MAX_MESSAGES;
  return more > 0 ? [...failures.slice(0, MAX_MESSAGES), `and ${more} more`] : failures;
}
