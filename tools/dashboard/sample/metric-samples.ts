import { METRICS, METRICS_NAMESPACE } from '../../../contract/metrics.ts';
import type { FunctionName } from '../../../infra/names.ts';
import type { Minute } from './afternoon.ts';

interface SampleContext {
  readonly minute: Minute;
  readonly service: FunctionName;
  /** The dimension `reason`, for the metric that has it. */
  readonly reason: string | undefined;
  readonly random: () => number;
}

/** Returns the values of a metric in one minute. */
export type MetricSample = (context: SampleContext) => readonly number[];

type Measure = (context: SampleContext) => number;

const SWEEP_EVERY_MINUTES = 10;

/** One value for each scheduled invocation: every ten minutes for the sweep, every minute for the others. */
function perInvocation(measure: Measure): MetricSample {
  return (context) => {
    const { service, minute } = context;
    const isScheduled = service !== 'sweep' || minute.index % SWEEP_EVERY_MINUTES === 0;
    return isScheduled ? [measure(context)] : [];
  };
}

/** One value for each pass that completed. */
function perPass(measure: Measure): MetricSample {
  const sample = perInvocation(measure);
  return (context) => (hasFailed(context) || context.service === 'events' ? [] : sample(context));
}

/** One value for each refresh pass, and 0 for each sweep pass. */
function perRefresh(measure: Measure): MetricSample {
  return perPass((context) => (context.service === 'refresh' ? measure(context) : 0));
}

/** Adds one value for each pod event to a sample. */
function withPodEvents(sample: MetricSample, measure: Measure): MetricSample {
  return (context) => {
    const events = context.service === 'events' ? context.minute.created : 0;
    return [...sample(context), ...Array.from({ length: events }, () => measure(context))];
  };
}

const hasFailed = ({ service, minute }: SampleContext) =>
  service === 'refresh' && minute.hasFailedRefresh;

const none: Measure = () => 0;
const one: Measure = () => 1;

/** A metric without values in the afternoon. */
const never: MetricSample = () => [];

const durationOf: Measure = ({ service, minute, random }) => {
  const work = {
    refresh: 240 + 22 * minute.renewed + 180 * minute.throttled,
    sweep: 3_600,
    events: 8,
  }[service];
  return Math.round(work * (0.9 + random() * 0.2));
};

const REASONS: Readonly<Partial<Record<string, 'denied' | 'throttled' | 'refused'>>> = {
  'assume-role-denied': 'denied',
  'sts-throttled': 'throttled',
  'namespace-does-not-allow': 'refused',
};

/** Has values only while Secrets are not issued for that reason. */
const notIssuedByReason: MetricSample = ({ minute, reason = '' }) => {
  const field = REASONS[reason];
  return field === undefined || minute[field] === 0 ? [] : [minute[field]];
};

const OWN: Readonly<Record<string, MetricSample>> = {
  [METRICS.created]: withPodEvents(perPass(none), one),
  [METRICS.renewed]: perRefresh(({ minute }) => minute.renewed),
  [METRICS.removed]: perPass(({ service, random }) =>
    service === 'sweep' ? Math.floor(random() * 5) : 0,
  ),
  [METRICS.failed]: perRefresh(({ minute }) => minute.denied + minute.throttled),
  [METRICS.denied]: perRefresh(({ minute }) => minute.denied),
  [METRICS.failedForOperator]: perRefresh(({ minute }) => minute.throttled),
  [METRICS.failedForTenants]: perRefresh(({ minute }) => minute.denied),
  [METRICS.refused]: perRefresh(({ minute }) => minute.refused),
  [METRICS.deferred]: perPass(none),
  [METRICS.recreated]: perInvocation(none),
  [METRICS.withheld]: perPass(none),
  [METRICS.notGiven]: notIssuedByReason,
  [METRICS.createdUnannounced]: perPass(none),
  [METRICS.wanted]: withPodEvents(perInvocation(none), one),
  [METRICS.requestsLeft]: withPodEvents(never, none),
  [METRICS.inUse]: perPass(({ minute }) => minute.inUse),
  [METRICS.renewalsOverdue]: perRefresh(({ minute }) => minute.overdue),
  [METRICS.renewalsDenied]: perRefresh(({ minute }) => minute.denied),
  [METRICS.overdueForOperator]: perRefresh(({ minute }) => minute.overdue - minute.denied),
  [METRICS.longestOverdueSeconds]: perRefresh(({ minute }) => minute.longestOverdueSeconds),
  [METRICS.nearestExpirySeconds]: perPass(({ minute, random }) =>
    Math.round(1_806 + random() * 40 - minute.longestOverdueSeconds),
  ),
  [METRICS.runsCompleted]: perPass(one),
  [METRICS.durationMs]: perPass(durationOf),
  [METRICS.podsSeen]: perPass(({ service, minute, random }) =>
    Math.round(service === 'sweep' ? 2_840 + random() * 60 : minute.created + random() * 6),
  ),
  [METRICS.removalBraked]: perPass(none),
  [METRICS.wrongMarks]: perPass(none),
  [METRICS.namespacesOverBudget]: perPass(none),
  [METRICS.podToSecretMs]: ({ minute, service }) => (service === 'events' ? minute.latencies : []),
  [METRICS.podEventsMalformed]: withPodEvents(never, none),
  [METRICS.stsCalls]: withPodEvents(
    perInvocation(
      ({ service, minute }) =>
        ({ refresh: 1 + minute.renewed + 3 * minute.throttled, sweep: 1, events: 0 })[service],
    ),
    one,
  ),
  [METRICS.stsThrottled]: withPodEvents(
    perInvocation(({ service, minute }) => (service === 'refresh' ? 2 * minute.throttled : 0)),
    none,
  ),
  [METRICS.apiCalls]: withPodEvents(
    perInvocation(
      ({ service, minute }) => ({ refresh: 4 + minute.renewed, sweep: 18, events: 1 })[service],
    ),
    () => 2,
  ),
  [METRICS.apiThrottled]: withPodEvents(perInvocation(none), none),
};

const LAMBDA: Readonly<Record<string, MetricSample>> = {
  Invocations: withPodEvents(perInvocation(one), one),
  Errors: withPodEvents(
    perInvocation((context) => (hasFailed(context) ? 1 : 0)),
    none,
  ),
  Throttles: withPodEvents(perInvocation(none), none),
  Duration: withPodEvents(perInvocation(durationOf), ({ random }) => 90 + random() * 50),
  ConcurrentExecutions: perInvocation(({ service, minute }) =>
    service === 'events' ? 1 + Math.min(4, Math.floor(minute.created / 3)) : 1,
  ),
  AsyncEventsDropped: never,
};

/** The sample values of all metrics, by namespace and name. */
export const METRIC_SAMPLES: Readonly<Record<string, Readonly<Record<string, MetricSample>>>> = {
  [METRICS_NAMESPACE]: OWN,
  'AWS/Lambda': LAMBDA,
  'AWS/Events': { FailedInvocations: never },
};
