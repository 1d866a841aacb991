import { seededRandom } from './seeded-random.ts';
import type { TimeRange } from '../time-range.ts';

/** What happened in one minute of the afternoon that the picture shows. */
export interface Minute {
  /** Minutes since the beginning. */
  readonly index: number;
  /** Whether the refresh ended in an error, before it did anything. */
  readonly hasFailedRefresh: boolean;
  readonly created: number;
  readonly renewed: number;
  readonly inUse: number;
  /** Secrets whose role did not let the refresher in. */
  readonly denied: number;
  /** Secrets that STS gave no credentials for, because there were too many requests. */
  readonly throttled: number;
  /** Secrets of a namespace that does not allow their role. */
  readonly refused: number;
  readonly overdue: number;
  readonly longestOverdueSeconds: number;
  /** Milliseconds from each pod to its Secret. */
  readonly latencies: readonly number[];
}

const MINUTE = 60_000;
const LENGTH = 180;

/** The time that the picture shows: it is drawn at the end of it. */
export const SAMPLE_RANGE: TimeRange = {
  from: new Date('2026-11-24T12:00:00Z'),
  to: new Date('2026-11-24T15:00:00Z'),
};

/** When each minute of it begins. */
export const SAMPLE_MINUTES: readonly Date[] = Array.from(
  { length: LENGTH },
  (_, index) => new Date(SAMPLE_RANGE.from.getTime() + index * MINUTE),
);

/** STS turned a part of all requests away. */
const THROTTLING = { from: 54, to: 61 };
/** Renewals that were overdue while it did, minute by minute: fewer minutes than it takes to page somebody. */
const OVERDUE = { from: 55, counts: [2, 5, 8, 9, 6, 3, 1] };
/** The trust policy of a role that five namespaces use was changed; each Secret fails from when it has to be renewed. */
const DENIED_FROM = [164, 166, 169, 173, 178];
/** Somebody deployed to a namespace before annotating it. */
const REFUSAL = { from: 28, to: 34, count: 2 };
/** Deployments of many services at once: pods whose Secrets are new. */
const DEPLOYMENTS: ReadonlyMap<number, number> = new Map([
  [41, 12],
  [42, 7],
  [118, 22],
  [119, 9],
]);

/** EKS did not say where the cluster is: one refresh failed, and the next did its work. */
const FAILED_REFRESH = 101;

const isDuring = (index: number, { from, to }: { readonly from: number; readonly to: number }) =>
  index >= from && index <= to;

/** One minute of the afternoon; the same each time it is asked for. */
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

/** Most are quick, some meet a cold container, and a throttled one is tried again. */
function latency(random: () => number, isThrottling: boolean): number {
  const usual = 115 + random() * 60;
  const cold = random() < 0.06 ? 380 : 0;
  const retried = isThrottling ? 300 + random() * 900 : 0;
  return Math.round(usual + cold + retried);
}
