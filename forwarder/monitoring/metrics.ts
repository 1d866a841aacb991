import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { DropReason } from '../sending/outbox.ts';
import type { WatchEndReason } from '../watching/follow-watch.ts';
import type { WatchedResource } from '../watching/watched-resource.ts';

/** The metrics of the forwarder. */
export interface ForwarderMetrics {
  readonly contentType: string;
  /** Returns all metrics in Prometheus' text format. */
  text(): Promise<string>;
  /** @param seconds - time from the first sight of the request to its acceptance */
  requestSent(seconds: number): void;
  requestDropped(reason: DropReason): void;
  putEventsEnded(result: 'accepted' | 'failed'): void;
  /** Returns the metrics with the label of a watched resource. */
  ofWatch(resource: Pick<WatchedResource, 'resource'>): WatchMetrics;
}

/** The metrics of one watched resource. */
export interface WatchMetrics {
  requestsSeen(count: number): void;
  watchEnded(reason: WatchEndReason): void;
  relisted(): void;
  unreadableLine(): void;
  oversizedObject(): void;
}

export interface ForwarderMetricsDeps extends ProcessMetricsDeps {
  /** Number of requests that wait to be sent. */
  waiting(): number;
}

export interface ProcessMetricsDeps {
  /** Resident memory, in bytes. */
  residentBytes(): number;
  /** CPU time of the process so far, in seconds. */
  cpuSeconds(): number;
}

const PREFIX = 'kube_aws_iam_forwarder_';

/** 5 ms is a fast PutEvents, 10 s the longest backoff. */
const SECONDS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Creates the metrics, in a registry of their own. */
export function createForwarderMetrics(deps: ForwarderMetricsDeps): ForwarderMetrics {
  const registry = new Registry();
  const counter = counterIn(registry, PREFIX);
  const sent = counter('wants_sent', 'Credential requests that EventBridge accepted');
  const dropped = counter('wants_dropped', 'Credential requests not sent, by reason', 'reason');
  const requests = counter('put_events_requests', 'PutEvents requests, by result', 'result');
  const seconds = new Histogram({
    name: `${PREFIX}sight_to_accepted_seconds`,
    help: 'Time from the first sight of a credential request to its acceptance by EventBridge',
    buckets: SECONDS_BUCKETS,
    registers: [registry],
  });
  new Gauge({
    name: `${PREFIX}waiting`,
    help: 'Credential requests that wait to be sent',
    registers: [registry],
    collect() {
      this.set(deps.waiting());
    },
  });
  registerProcessMetrics(registry, deps);
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    requestSent(secondsFromSight) {
      sent.inc();
      seconds.observe(secondsFromSight);
    },
    requestDropped: (reason) => dropped.inc({ reason }),
    putEventsEnded: (result) => requests.inc({ result }),
    ofWatch: createWatchMetrics(registry, PREFIX),
  };
}

/** Returns a function that creates counters in a registry. */
export function counterIn(registry: Registry, prefix: string) {
  return <Label extends string = never>(name: string, help: string, ...labels: Label[]) =>
    new Counter({
      name: `${prefix}${name}_total`,
      help,
      labelNames: labels,
      registers: [registry],
    });
}

/** Creates the metrics of watches. Returns those with the label of a watched resource. */
export function createWatchMetrics(
  registry: Registry,
  prefix: string,
): ForwarderMetrics['ofWatch'] {
  const counter = counterIn(registry, prefix);
  const seen = counter('wants_seen', 'Credential requests seen, by watched resource', 'resource');
  const restarts = counter('watch_restarts', 'Watches that ended, by reason', 'resource', 'reason');
  const lists = counter('lists', 'Watches that started with all existing objects', 'resource');
  const unreadable = counter('unreadable_lines', 'Unreadable lines of watches', 'resource');
  const oversized = counter('oversized_objects', 'Objects skipped for their size', 'resource');
  return ({ resource }) => ({
    requestsSeen: (count) => seen.inc({ resource }, count),
    watchEnded: (reason) => restarts.inc({ resource, reason }),
    relisted: () => lists.inc({ resource }),
    unreadableLine: () => unreadable.inc({ resource }),
    oversizedObject: () => oversized.inc({ resource }),
  });
}

/** Registers memory and CPU, read at each scrape. The library's default metrics would keep timers and observers running. */
export function registerProcessMetrics(
  registry: Registry,
  { residentBytes, cpuSeconds }: ProcessMetricsDeps,
): void {
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory',
    registers: [registry],
    collect() {
      this.set(residentBytes());
    },
  });
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(cpuSeconds());
    },
  });
}
