import { METRICS } from '../../lambda/contract/metrics.ts';
import { type Minute, minuteOf } from './sample-afternoon.ts';
import { seededRandom } from './seeded-random.ts';

/** The functions of the product. */
type Service = 'refresh' | 'sweep';

/** What a metric of the picture is sampled for. */
export interface SampleContext {
  readonly minute: Minute;
  readonly service: Service;
  /** `SecretsNotGiven` has one. */
  readonly reason: string | undefined;
  readonly random: () => number;
}

/** A metric of the picture. */
export interface MetricSample {
  /** What is written after a single value. */
  readonly unit: string;
  /** The values that CloudWatch got in a minute. */
  readonly values: (context: SampleContext) => readonly number[];
  /** The reasons that there are, where they are a dimension. */
  readonly reasons?: readonly string[];
}

/** When the afternoon begins, in UTC. */
export const SAMPLE_START = new Date('2026-11-24T12:00:00Z');

const SWEEP_EVERY_MINUTES = 10;

/** Of each run: every minute of `refresh`, every ten of `sweep`. */
function perRun(value: (context: SampleContext) => number, unit = ''): MetricSample {
  return {
    unit,
    values: (context) => {
      const { service, minute } = context;
      const isRun = service === 'refresh' || minute.index % SWEEP_EVERY_MINUTES === 0;
      return isRun ? [value(context)] : [];
    },
  };
}

/** Of each run of `refresh`; a sweep has none of it. */
function perRefresh(value: (minute: Minute, random: () => number) => number, unit = '') {
  return perRun(({ service, minute, random }) => {
    return service === 'refresh' ? value(minute, random) : 0;
  }, unit);
}

/** Of each invocation: of runs, and of the pod events between them. */
function perInvocation(
  run: (context: SampleContext) => number,
  podEvent: (random: () => number) => number,
  unit = '',
): MetricSample {
  const ofRun = perRun(run, unit);
  return {
    unit,
    values: (context) => {
      const { service, minute, random } = context;
      const events = service === 'refresh' ? minute.created : 0;
      return [...ofRun.values(context), ...Array.from({ length: events }, () => podEvent(random))];
    },
  };
}

/** What is only sent when there is something to tell, and never was. */
const NEVER: MetricSample = { unit: '', values: () => [] };

const notGiven = (minute: Minute): Readonly<Record<string, number>> => ({
  'assume-role-denied': minute.denied,
  'sts-throttled': minute.throttled,
  'namespace-does-not-allow': minute.refused,
});

/** The metrics of the product, by name. */
const OWN: Readonly<Record<string, MetricSample>> = {
  [METRICS.created]: perInvocation(
    () => 0,
    () => 1,
  ),
  [METRICS.renewed]: perRefresh(({ renewed }) => renewed),
  [METRICS.removed]: perRun(({ service, random }) => {
    return service === 'sweep' ? Math.floor(random() * 5) : 0;
  }),
  [METRICS.failed]: perRefresh(({ denied, throttled }) => denied + throttled),
  [METRICS.denied]: perRefresh(({ denied }) => denied),
  [METRICS.refused]: perRefresh(({ refused }) => refused),
  [METRICS.deferred]: perRefresh(() => 0),
  [METRICS.notGiven]: {
    unit: '',
    reasons: Object.keys(notGiven(minuteOf(0))),
    values: ({ minute, reason = '' }) => {
      const count = notGiven(minute)[reason] ?? 0;
      return count > 0 ? [count] : [];
    },
  },
  [METRICS.createdUnannounced]: perRefresh(() => 0),
  [METRICS.wanted]: perInvocation(
    () => 0,
    () => 1,
  ),
  [METRICS.inUse]: perRun(({ minute }) => minute.inUse),
  [METRICS.renewalsOverdue]: perRefresh(({ overdue }) => overdue),
  [METRICS.renewalsDenied]: perRefresh(({ denied }) => denied),
  [METRICS.longestOverdueSeconds]: perRefresh(
    ({ longestOverdueSeconds }) => longestOverdueSeconds,
    's',
  ),
  [METRICS.nearestExpirySeconds]: perRun(({ minute, random }) => {
    return Math.round(1_806 + random() * 40 - minute.longestOverdueSeconds);
  }, 's'),
  [METRICS.runsCompleted]: perRun(() => 1),
  [METRICS.durationMilliseconds]: perRun(
    ({ service, minute, random }) => duration(service, minute, random),
    'ms',
  ),
  [METRICS.podsSeen]: perRun(({ service, minute, random }) => {
    const pending = minute.created + Math.floor(random() * 6);
    return service === 'refresh' ? pending : 2_840 + Math.floor(random() * 60);
  }),
  [METRICS.removalBraked]: perRun(() => 0),
  [METRICS.podToSecretMilliseconds]: {
    unit: 'ms',
    values: ({ minute, service }) => (service === 'refresh' ? minute.latencies : []),
  },
  [METRICS.podEventsMalformed]: perRefresh(() => 0),
  [METRICS.stsCalls]: perInvocation(
    ({ service, minute }) => (service === 'refresh' ? minute.renewed + 3 * minute.throttled : 1),
    () => 1,
  ),
  [METRICS.stsThrottled]: perRefresh(({ throttled }, random) => {
    return throttled * 2 + (throttled > 0 ? Math.floor(random() * 4) : 0);
  }),
  [METRICS.apiCalls]: perInvocation(
    ({ service, minute }) => (service === 'refresh' ? 4 + minute.renewed : 18),
    () => 2,
  ),
  [METRICS.apiThrottled]: perRefresh(() => 0),
};

const LAMBDA: Readonly<Record<string, MetricSample>> = {
  Invocations: perInvocation(
    () => 1,
    () => 1,
  ),
  Errors: perInvocation(
    () => 0,
    () => 0,
  ),
  Throttles: perInvocation(
    () => 0,
    () => 0,
  ),
  Duration: perInvocation(
    ({ service, minute, random }) => duration(service, minute, random) + 20,
    (random) => 90 + random() * 50,
    'ms',
  ),
  ConcurrentExecutions: perRun(({ minute }) => 1 + Math.min(4, Math.floor(minute.created / 3))),
  AsyncEventsDropped: NEVER,
};

const EVENTS: Readonly<Record<string, MetricSample>> = { FailedInvocations: NEVER };

/** Sample values of the metrics, by namespace and name. */
export const METRIC_SAMPLES: Readonly<Record<string, Readonly<Record<string, MetricSample>>>> = {
  KubeAwsIam: OWN,
  'AWS/Lambda': LAMBDA,
  'AWS/Events': EVENTS,
};

function duration(service: Service, minute: Minute, random: () => number): number {
  const work = service === 'sweep' ? 3_600 : 240 + 22 * minute.renewed + 180 * minute.throttled;
  return Math.round(work * (0.9 + random() * 0.2));
}

/** A source of chance for a metric in a minute. */
export function chanceOf(metric: string, minute: Minute): () => number {
  return seededRandom(`${metric} ${minute.index}`);
}
