import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { DropReason } from '../sending/outbox.ts';
import type { WatchEndReason } from '../watching/follow-watch.ts';
import type { WatchSubject } from '../watching/watch-subject.ts';

/** What the forwarder counts. */
export interface ForwarderMetrics {
  readonly contentType: string;
  /** All of it, in Prometheus' text format. */
  text(): Promise<string>;
  wantSent(secondsFromSight: number): void;
  wantDropped(reason: DropReason): void;
  requestEnded(result: 'accepted' | 'failed'): void;
  /** What is counted for each resource that is watched. */
  ofWatch(subject: Pick<WatchSubject, 'resource'>): WatchMetrics;
}

/** What is counted of the watches of one resource. */
export interface WatchMetrics {
  wantsSeen(count: number): void;
  ended(reason: WatchEndReason): void;
  begunAnew(): void;
  lineUnreadable(): void;
}

export interface MetricsDeps {
  /** Wants that wait now. */
  waiting(): number;
  /** Resident memory, in bytes. */
  residentBytes(): number;
  /** CPU time of the process so far, in seconds. */
  cpuSeconds(): number;
}

const PREFIX = 'kube_aws_iam_forwarder_';

/** 5 ms is a quick PutEvents, 10 s is the longest pause. */
const SECONDS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Makes the metrics of a process, in a registry of their own. */
export function createMetrics(deps: MetricsDeps): ForwarderMetrics {
  const registry = new Registry();
  const counter = <Label extends string = never>(name: string, help: string, ...labels: Label[]) =>
    new Counter({
      name: `${PREFIX}${name}_total`,
      help,
      labelNames: labels,
      registers: [registry],
    });
  const seen = counter(
    'wants_seen',
    'Secrets that were seen to be wanted, and by what',
    'resource',
  );
  const sent = counter('wants_sent', 'Wants that EventBridge accepted');
  const dropped = counter('wants_dropped', 'Wants that were not sent, and why', 'reason');
  const requests = counter('put_events_requests', 'Requests to EventBridge', 'result');
  const restarts = counter('watch_restarts', 'Watches that ended, and why', 'resource', 'reason');
  const lists = counter('lists', 'Watches that began anew with all there is', 'resource');
  const unreadable = counter('unreadable_lines', 'Lines that could not be read', 'resource');
  const seconds = new Histogram({
    name: `${PREFIX}sight_to_accepted_seconds`,
    help: 'Time from the first sight of a want to its acceptance by EventBridge',
    buckets: SECONDS_BUCKETS,
    registers: [registry],
  });
  registerReadings(registry, deps);
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    wantSent(secondsFromSight) {
      sent.inc();
      seconds.observe(secondsFromSight);
    },
    wantDropped: (reason) => dropped.inc({ reason }),
    requestEnded: (result) => requests.inc({ result }),
    ofWatch: ({ resource }) => ({
      wantsSeen: (count) => seen.inc({ resource }, count),
      ended: (reason) => restarts.inc({ resource, reason }),
      begunAnew: () => lists.inc({ resource }),
      lineUnreadable: () => unreadable.inc({ resource }),
    }),
  };
}

/** What is looked up at each scrape. The default metrics of the library keep timers and observers running. */
function registerReadings(registry: Registry, deps: MetricsDeps): void {
  const reading = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  reading(`${PREFIX}waiting`, 'Wants that wait to be sent', deps.waiting);
  reading('process_resident_memory_bytes', 'Resident memory', deps.residentBytes);
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(deps.cpuSeconds());
    },
  });
}
