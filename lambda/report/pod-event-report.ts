import type { ItemOutcome } from '../act/item-outcome.ts';
import type { Want } from '../contract/pod-event.ts';
import type { ClusterView } from '../observe/cluster-view.ts';
import { countResults, incompleteLists, type ResultCounts } from './run-report.ts';

/** What came of one want. */
export interface ServedWant {
  readonly want: Want;
  readonly view: ClusterView;
  /** Of the wanted Secret; none when no pod wants it. */
  readonly outcome: ItemOutcome | undefined;
  readonly servedAt: Date;
}

/** What an event asked for and what came of it. */
export interface PodEventReport {
  readonly wanted: number;
  /** Wants without a pod: it is gone, or never was, or mounts something else. */
  readonly unfounded: number;
  readonly counts: ResultCounts;
  /** From the forwarder's first sight of the pod to the Secret, in milliseconds; one for each that was made. */
  readonly latencies: readonly number[];
  readonly durationMilliseconds: number;
  /** What could not be read, and why: the first ten of it, and how much more there is. */
  readonly incomplete: readonly string[];
}

/** Longer ago than a tick and its run, nobody was waiting for this event any more: the sight is not to be believed. */
const LONGEST_LATENCY_MILLISECONDS = 600_000;

/** 500 wants can be of 500 namespaces, and a line of a log has an end. */
const MOST_INCOMPLETE = 10;

/** Sums up an event. */
export function summarizePodEvent(
  served: readonly ServedWant[],
  startedAt: Date,
  endedAt: Date,
): PodEventReport {
  const outcomes = served.flatMap(({ outcome }) => (outcome === undefined ? [] : [outcome]));
  const incomplete = served.flatMap(({ view }) => incompleteLists(view));
  return {
    wanted: served.length,
    unfounded: served.filter(isUnfounded).length,
    counts: countResults(outcomes),
    latencies: served.flatMap(latencyOf),
    durationMilliseconds: endedAt.getTime() - startedAt.getTime(),
    incomplete: firstFew([...new Set(incomplete)]),
  };
}

function isUnfounded({ outcome, view }: ServedWant): boolean {
  return outcome === undefined && view.pods.failure === undefined;
}

/** The sight is by another clock, which may be ahead of this one. */
function latencyOf({ want, outcome, servedAt }: ServedWant): readonly number[] {
  if (outcome?.result !== 'created') return [];
  const milliseconds = servedAt.getTime() - Date.parse(want.seenAt);
  return milliseconds > LONGEST_LATENCY_MILLISECONDS ? [] : [Math.max(0, milliseconds)];
}

function firstFew(failures: readonly string[]): readonly string[] {
  const more = failures.length - MOST_INCOMPLETE;
  return more > 0 ? [...failures.slice(0, MOST_INCOMPLETE), `and ${more} more`] : failures;
}
