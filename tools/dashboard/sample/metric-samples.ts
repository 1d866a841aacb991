import { METRICS, METRICS_NAMESPACE } from '../../../contract/metrics.ts';
import type { Minute } from './afternoon.ts';

/** What a metric is sampled for. */
export interface SampleContext {
  readonly minute: Minute;
  readonly service: 'refresh' | 'sweep';
  /** Of the metric that has one. */
  readonly reason: string | undefined;
  readonly random: () => number;
}

/** The values of a metric that CloudWatch got in a minute. */
export type MetricSample = (context: SampleContext) => readonly number[];

type Measure = (context: SampleContext) => number;

const SWEEP_EVERY_MINUTES = 10;

/** One of each run that Lambda started: every minute of `refresh`, every ten of `sweep`. */
function perStart(measure: Measure): MetricSample {
  return (context) => {
    const { service, minute } = context;
    const isThere = service === 'refresh' || minute.index % SWEEP_EVERY_MINUTES === 0;
    return isThere ? [measure(context)] : [];
  };
}

/** One of each run that came to its report. */
function perRun(measure: Measure): MetricSample {
  const ofStart = perStart(measure);
  return (context) => (hasFailed(context) ? [] : ofStart(context));
}

/** One of each run; where it is no `refresh`, it is 0. */
function perRefresh(measure: Measure): MetricSample {
  return perRun((context) => (context.service === 'refresh' ? measure(context) : 0));
}

/** What `sample` has, and one of each pod event in the minute. */
function withPodEvents(sample: MetricSample, measure: Measure): MetricSample {
  return (context) => {
    const events = context.service === 'refresh' ? context.minute.created : 0;
    return [...sample(context), ...Array.from({ length: events }, () => measure(context))];
  };
}

const hasFailed = ({ service, minute }: SampleContext) =>
  service === 'refresh' && minute.hasFailedRefresh;

const none: Measure = () => 0;
const one: Measure = () => 1;

/** What is only sent when there is something to tell, and there never was. */
const never: MetricSample = () => [];

const durationOf: Measure = ({ service, minute, random }) => {
  const work = service === 'sweep' ? 3_600 : 240 + 22 * minute.renewed + 180 * minute.throttled;
  return Math.round(work * (0.9 + random() * 0.2));
};

const REASONS: Readonly<Partial<Record<string, 'denied' | 'throttled' | 'refused'>>> = {
  'assume-role-denied': 'denied',
  'sts-throttled': 'throttled',
  'namespace-does-not-allow': 'refused',
};

/** Sent for the reasons that there are. */
const notGivenByReason: MetricSample = ({ minute, reason = '' }) => {
  const what = REASONS[reason];
  return what === undefined || minute[what] === 0 ? [] : [minute[what]];
};

const OWN: Readonly<Record<string, MetricSample>> = {
  [METRICS.created]: withPodEvents(perRun(none), one),
  [METRICS.renewed]: perRefresh(({ minute }) => minute.renewed),
  [METRICS.removed]: perRun(({ service, random }) =>
    service === 'sweep' ? Math.floor(random() * 5) : 0,
  ),
  [METRICS.failed]: perRefresh(({ minute }) => minute.denied + minute.throttled),
  [METRICS.denied]: perRefresh(({ minute }) => minute.denied),
  [METRICS.failedForOperator]: perRefresh(({ minute }) => minute.throttled),
  [METRICS.refused]: perRefresh(({ minute }) => minute.refused),
  [METRICS.deferred]: perRun(none),
  [METRICS.notGiven]: notGivenByReason,
  [METRICS.createdUnannounced]: perRun(none),
  [METRICS.wanted]: withPodEvents(perRun(none), one),
  [METRICS.inUse]: perRun(({ minute }) => minute.inUse),
  [METRICS.renewalsOverdue]: perRefresh(({ minute }) => minute.overdue),
  [METRICS.renewalsDenied]: perRefresh(({ minute }) => minute.denied),
  [METRICS.overdueForOperator]: perRefresh(({ minute }) => minute.overdue - minute.denied),
  [METRICS.longestOverdueSeconds]: perRefresh(({ minute }) => minute.longestOverdueSeconds),
  [METRICS.nearestExpirySeconds]: perRun(({ minute, random }) =>
    Math.round(1_806 + random() * 40 - minute.longestOverdueSeconds),
  ),
  [METRICS.runsCompleted]: perRun(one),
  [METRICS.durationMs]: perRun(durationOf),
  [METRICS.podsSeen]: perRun(({ service, minute, random }) =>
    Math.round(service === 'sweep' ? 2_840 + random() * 60 : minute.created + random() * 6),
  ),
  [METRICS.removalBraked]: perRun(none),
  [METRICS.podToSecretMs]: ({ minute, service }) => (service === 'refresh' ? minute.latencies : []),
  [METRICS.podEventsMalformed]: withPodEvents(never, none),
  [METRICS.stsCalls]: withPodEvents(
    perStart(({ service, minute }) =>
      service === 'refresh' ? 1 + minute.renewed + 3 * minute.throttled : 1,
    ),
    one,
  ),
  [METRICS.stsThrottled]: withPodEvents(
    perStart(({ service, minute }) => (service === 'refresh' ? 2 * minute.throttled : 0)),
    none,
  ),
  [METRICS.apiCalls]: withPodEvents(
    perStart(({ service, minute }) => (service === 'refresh' ? 4 + minute.renewed : 18)),
    () => 2,
  ),
  [METRICS.apiThrottled]: withPodEvents(perStart(none), none),
};

const LAMBDA: Readonly<Record<string, MetricSample>> = {
  Invocations: withPodEvents(perStart(one), one),
  Errors: withPodEvents(
    perStart((context) => (hasFailed(context) ? 1 : 0)),
    none,
  ),
  Throttles: withPodEvents(perStart(none), none),
  Duration: withPodEvents(perStart(durationOf), ({ random }) => 90 + random() * 50),
  ConcurrentExecutions: perStart(({ minute }) => 1 + Math.min(4, Math.floor(minute.created / 3))),
  AsyncEventsDropped: never,
};

/** What was sent of the metrics, by namespace and name. */
export const METRIC_SAMPLES: Readonly<Record<string, Readonly<Record<string, MetricSample>>>> = {
  [METRICS_NAMESPACE]: OWN,
  'AWS/Lambda': LAMBDA,
  'AWS/Events': { FailedInvocations: never },
};
