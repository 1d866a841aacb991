import { type Assembly, resourcesOf } from '../../local/assembly/assembly.ts';
import type { CompositeAlarm } from '../../local/assembly/resources/composite-alarm.ts';
import type { MetricAlarm } from '../../local/assembly/resources/metric-alarm.ts';
import type { MetricQuery } from '../../local/assembly/resources/metric-query.ts';
import { notifiedTopics } from '../../local/aws/cloudwatch/cloudwatch.ts';
import { createEmbeddedAlarms } from '../../local/aws/cloudwatch/embedded-alarms.ts';
import type { MetricStore } from '../../local/aws/cloudwatch/metric-store.ts';
import { type AlarmNotification, alarmId } from './watched-cluster.ts';

/** One mistake in the definition of one alarm. */
export interface AlarmMistake {
  /** E.g. `runs-failing: another metric than Errors`. */
  readonly name: string;
  /** The stack with it. */
  readonly assembly: Assembly;
}

/** The metrics of a while, by which alarms can be judged again. */
export interface RecordedMetrics {
  readonly store: MetricStore;
  /** When alarms were judged. */
  readonly minutes: readonly Date[];
}

type Alarm = MetricAlarm | CompositeAlarm;

/** Every mistake that is made in the definition of an alarm, one at a time. */
export function mistakesIn(assembly: Assembly): readonly AlarmMistake[] {
  const alarms: readonly Alarm[] = [
    ...resourcesOf(assembly, 'metric-alarm'),
    ...resourcesOf(assembly, 'composite-alarm'),
  ];
  return alarms.flatMap((alarm) =>
    wrongVersionsOf(alarm).map(([what, wrong]) => ({
      name: `${alarmId(alarm.name)}: ${what}`,
      assembly: withAlarm(assembly, wrong),
    })),
  );
}

/** What a topic is told when the alarms of an assembly are judged by recorded metrics. */
export function judgeAgain(
  assembly: Assembly,
  recorded: RecordedMetrics,
): readonly AlarmNotification[] {
  const alarms = createEmbeddedAlarms(assembly, recorded.store);
  return recorded.minutes.flatMap((minute) =>
    alarms.evaluate(minute).flatMap((change) => {
      const { alarm, state } = change;
      return notifiedTopics(change).map(() => ({ alarm: alarmId(alarm.name), state }));
    }),
  );
}

function withAlarm(assembly: Assembly, alarm: Alarm): Assembly {
  const stacks = assembly.stacks.map((stack) => ({
    ...stack,
    resources: stack.resources.map((one) => ('arn' in one && one.arn === alarm.arn ? alarm : one)),
  }));
  return { ...assembly, stacks };
}

function wrongVersionsOf(alarm: Alarm): readonly (readonly [what: string, wrong: Alarm])[] {
  const silent = [
    ['it tells nobody of its beginning', { ...alarm, alarmActions: [] }],
    ['it tells nobody of its end', { ...alarm, okActions: [] }],
  ] as const;
  if (alarm.kind === 'composite-alarm') return [...silent, ...withoutCauses(alarm)];
  return [
    ...silent,
    ...alarm.queries.flatMap((query, index) =>
      wrongVersionsOfQuery(query).map(
        ([what, wrong]) => [what, { ...alarm, queries: alarm.queries.with(index, wrong) }] as const,
      ),
    ),
    ['it looks the other way', { ...alarm, comparison: OPPOSITE[alarm.comparison] }],
    [
      'missing data are the contrary',
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
  const of = (what: string) => `another ${what} than that of ${metric.name}`;
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
