import { isDeepStrictEqual } from 'node:util';
import { type Assembly, resourcesOf } from '../../../local/assembly/assembly.ts';
import type { CompositeAlarm } from '../../../local/assembly/resources/composite-alarm.ts';
import type { MetricAlarm } from '../../../local/assembly/resources/metric-alarm.ts';
import type { MetricQuery } from '../../../local/assembly/resources/metric-query.ts';
import { notifiedTopics } from '../../../local/aws/cloudwatch/cloudwatch.ts';
import { createEmbeddedAlarms } from '../../../local/aws/cloudwatch/embedded-alarms.ts';
import type { MetricStore } from '../../../local/aws/cloudwatch/metric-store.ts';
import { type AlarmNotification, alarmId } from './watched-cluster.ts';

type Alarm = MetricAlarm | CompositeAlarm;

/** One mistake in the definition of one alarm. */
export interface AlarmMistake {
  /** E.g. `runs-failing: another metric than Errors`. */
  readonly name: string;
  /** The alarm with the mistake. */
  readonly wrong: Alarm;
}

/** The metrics of a period, from which alarms can be evaluated again. */
export interface Recording {
  readonly assembly: Assembly;
  readonly metrics: MetricStore;
  /** The times at which the alarms were evaluated. */
  readonly minutes: readonly Date[];
}

/** Returns every mistake in the alarms of an assembly, one at a time. */
export function mistakesIn(assembly: Assembly): readonly AlarmMistake[] {
  return alarmsOf(assembly).flatMap((alarm) =>
    wrongVersionsOf(alarm).map(([what, wrong]) => ({
      name: `${alarmId(alarm.name)}: ${what}`,
      wrong,
    })),
  );
}

/** Whether the mistake changes the notifications that follow from the recording. */
export function isNoticed({ wrong }: AlarmMistake, recording: Recording): boolean {
  const affected = alarmsAffectedBy(wrong, recording.assembly);
  const withMistake = affected.map((alarm) => (alarm.arn === wrong.arn ? wrong : alarm));
  const notifications = [affected, withMistake].map((alarms) => evaluate(alarms, recording));
  return !isDeepStrictEqual(notifications[0], notifications[1]);
}

/** Evaluates the alarms of the recording's assembly again, and returns the notifications. */
export function evaluateAgain(recording: Recording): readonly AlarmNotification[] {
  return evaluate(alarmsOf(recording.assembly), recording);
}

function evaluate(
  alarms: readonly Alarm[],
  { assembly, metrics, minutes }: Recording,
): readonly AlarmNotification[] {
  const [stack] = assembly.stacks;
  if (stack === undefined) throw new Error('the assembly has no stack');
  const stacks = [{ ...stack, resources: alarms }];
  const embedded = createEmbeddedAlarms({ ...assembly, stacks }, metrics);
  return minutes.flatMap((minute) =>
    embedded.evaluate(minute).flatMap((change) => {
      const { alarm, state } = change;
      return notifiedTopics(change).map(() => ({ alarm: alarmId(alarm.name), state }));
    }),
  );
}

/** Returns the alarms of an assembly. */
export function alarmsOf(assembly: Assembly): readonly Alarm[] {
  return [...resourcesOf(assembly, 'metric-alarm'), ...resourcesOf(assembly, 'composite-alarm')];
}

/** The alarm, the composite alarms that it is in, and the other alarms in those. */
function alarmsAffectedBy({ name }: Alarm, assembly: Assembly): readonly Alarm[] {
  const composites = resourcesOf(assembly, 'composite-alarm').filter(
    (alarm) => alarm.name === name || alarm.rule.includes(name),
  );
  const isAffected = (alarm: Alarm) =>
    alarm.name === name || composites.some((one) => one === alarm || one.rule.includes(alarm.name));
  return alarmsOf(assembly).filter(isAffected);
}

function wrongVersionsOf(alarm: Alarm): readonly (readonly [what: string, wrong: Alarm])[] {
  const silent = [
    ['no action on ALARM', { ...alarm, alarmActions: [] }],
    ['no action on OK', { ...alarm, okActions: [] }],
  ] as const;
  if (alarm.kind === 'composite-alarm') return [...silent, ...withoutCauses(alarm)];
  return [
    ...silent,
    ...alarm.queries.flatMap((query, index) =>
      wrongVersionsOfQuery(query).map(
        ([what, wrong]) => [what, { ...alarm, queries: alarm.queries.with(index, wrong) }] as const,
      ),
    ),
    ['the opposite comparison', { ...alarm, comparison: OPPOSITE[alarm.comparison] }],
    [
      'the opposite treatment of missing data',
      {
        ...alarm,
        treatMissingData: alarm.treatMissingData === 'breaching' ? 'notBreaching' : 'breaching',
      },
    ],
  ];
}

const OPPOSITE = {
  GreaterThanOrEqualToThreshold: 'LessThanThreshold',
  GreaterThanThreshold: 'LessThanOrEqualToThreshold',
  LessThanThreshold: 'GreaterThanOrEqualToThreshold',
  LessThanOrEqualToThreshold: 'GreaterThanThreshold',
} as const;

function wrongVersionsOfQuery(query: MetricQuery): readonly (readonly [string, MetricQuery])[] {
  if (query.kind === 'expression') return [];
  const { metric } = query;
  const of = (what: string) => `another ${what} for ${metric.name}`;
  const elsewhere = Object.fromEntries(
    Object.keys(metric.dimensions).map((dimension) => [dimension, 'elsewhere']),
  );
  return [
    [of('namespace'), { ...query, metric: { ...metric, namespace: 'Elsewhere' } }],
    [`another metric than ${metric.name}`, { ...query, metric: { ...metric, name: 'Other' } }],
    [of('cluster or function'), { ...query, metric: { ...metric, dimensions: elsewhere } }],
  ];
}

function withoutCauses(alarm: CompositeAlarm): readonly (readonly [string, CompositeAlarm])[] {
  const causes = alarm.rule.slice(1, -1).split(' OR ');
  return causes.map((cause, index) => [
    `without ${cause}`,
    { ...alarm, rule: `(${causes.toSpliced(index, 1).join(' OR ')})` },
  ]);
}
