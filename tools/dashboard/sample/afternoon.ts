import type { TimeRange } from '../series.ts';
import { seededRandom } from './seeded-random.ts';

/** One minute of the sample afternoon. */
export interface Minute {
  /** Minutes since the start. */
  readonly index: number;
  /** Whether the refresh failed before it changed anything. */
  readonly hasFailedRefresh: boolean;
  readonly created: number;
  readonly renewed: number;
  readonly inUse: number;
  /** Secrets whose role does not trust the refresher. */
  readonly denied: number;
  /** Secrets for which STS throttled the requests. */
  readonly throttled: number;
  /** Secrets of a namespace that does not allow their role. */
  readonly refused: number;
  readonly overdue: number;
  readonly longestOverdueSeconds: number;
  /** Milliseconds from each pod to its Secret. */
  readonly latencies: readonly number[];
}

const MINUTE_MS = 60_000;
const MINUTES = 180;

/** The time range of the picture. */
export const SAMPLE_RANGE: TimeRange = {
  from: new Date('2026-11-24T12:00:00Z'),
  to: new Date('2026-11-24T15:00:00Z'),
};

/** The start of each minute. */
export const SAMPLE_MINUTES: readonly Date[] = Array.from(
  { length: MINUTES },
  (_, index) => new Date(SAMPLE_RANGE.from.getTime() + index * MINUTE_MS),
);

/** STS throttles part of the requests. */
const THROTTLING = { from: 54, to: 61 };
/** Overdue renewals in each minute of the throttling, for less time than the alarm needs. */
const OVERDUE = { from: 55, counts: [2, 5, 8, 9, 6, 3, 1] };
/** The trust policy of a role in five namespaces was changed: each Secret fails from its next renewal. */
const DENIED_FROM = [164, 166, 169, 173, 178];
/** Pods were deployed to a namespace before it was annotated. */
const REFUSAL = { from: 28, to: 34, count: 2 };
/** New pods of large deployments, by minute. */
const DEPLOYMENTS: ReadonlyMap<number, number> = new Map([
  [41, 12],
  [42, 7],
  [118, 22],
  [119, 9],
]);

/** The minute of one failed refresh: EKS DescribeCluster was throttled. */
const FAILED_REFRESH = 101;

const isDuring = (index: number, { from, to }: { readonly from: number; readonly to: number }) =>
  index >= from && index <= to;

/** Returns one minute of the afternoon, which is always the same. */
export function minuteOf(index: number): Minute {
  const random = seededRandom(`minute ${index}`);
  const isThrottling = isDuring(index, THROTTLING);
  const created = (DEPLOYMENTS.get(index) ?? 0) + Math.floor(random() * random() * 7);
  const throttled = isThrottling ? 3 + Math.floor(random() * 6) : 0;
  const denied = DENIED_FROM.filter((from) => from <= index).length;
  const overdueByThrottling = OVERDUE.counts[index - OVERDUE.from] ?? 0;
  return {
    index,
    hasFailedRefresh: index === FAILED_REFRESH,
    created,
    renewed: 12 + Math.floor(random() * 6) - Math.min(throttled, 5),
    inUse: 398 + Math.floor(index / 14) + Math.floor(random() * 3),
    denied,
    throttled,
    refused: isDuring(index, REFUSAL) ? REFUSAL.count : 0,
    overdue: overdueByThrottling + denied,
    longestOverdueSeconds: longestOverdue(index, overdueByThrottling, denied),
    latencies: Array.from({ length: created }, () => latency(random, isThrottling)),
  };
}

function longestOverdue(index: number, byThrottling: number, denied: number): number {
  const [firstDenied = 0] = DENIED_FROM;
  if (denied > 0) return (index - firstDenied) * 60 + 25;
  return byThrottling > 0 ? (index - OVERDUE.from) * 60 + 25 : 0;
}

/** Most events are fast. Some include a cold start, and throttled requests are retried. */
function latency(random: () => number, isThrottling: boolean): number {
  const usual = 115 + random() * 60;
  const cold = random() < 0.06 ? 380 : 0;
  const retried = isThrottling ? 300 + random() * 900 : 0;
  return Math.round(usual + cold + retried);
}
