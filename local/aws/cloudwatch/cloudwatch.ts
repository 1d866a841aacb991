import type { Assembly } from '../../assembly/assembly.ts';
import type { Clock } from '../../clock.ts';
import type { Timeline } from '../../timeline.ts';
import type { Iam } from '../iam/iam.ts';
import type { FunctionLogs, LogLine } from '../lambda/function-logs.ts';
import { alarmTopics } from './alarm-topics.ts';
import { type AlarmStateChange, createEmbeddedAlarms } from './embedded-alarms.ts';
import type { AlarmState } from './evaluate-alarm.ts';
import type { MetricStore } from './metric-store.ts';
import { EmbeddedMetricError, readEmbeddedMetrics } from './read-emf.ts';

/** What a topic was told of an alarm. */
export interface AlarmNotification {
  readonly at: Date;
  readonly topicArn: string;
  /** As JSON, of the fields that people read: the rest of what CloudWatch sends is about the metric. */
  readonly message: string;
}

/** What a topic should have been told. CloudWatch writes it into the history of the alarm, and says no more. */
export interface FailedNotification extends AlarmNotification {
  readonly reason: string;
}

/** The embedded CloudWatch. */
export interface EmbeddedCloudWatch {
  readonly metrics: MetricStore;
  readonly alarmNames: readonly string[];
  stateOf(alarmName: string): AlarmState;
  /** Every change of an alarm's state, the first first. */
  readonly stateChanges: readonly AlarmStateChange[];
  readonly notifications: readonly AlarmNotification[];
  readonly failedNotifications: readonly FailedNotification[];
  /** The lines of the embedded metric format of which no metric was made. */
  readonly rejectedLines: readonly { readonly line: LogLine; readonly reason: string }[];
}

/** What the embedded CloudWatch is made of. */
export interface CloudWatchDeps {
  readonly assembly: Assembly;
  readonly iam: Pick<Iam, 'decideResource'>;
  readonly clock: Clock;
  readonly timeline: Timeline;
  readonly logs: Pick<FunctionLogs, 'onLine'>;
  readonly metrics: MetricStore;
}

const MINUTE_MILLISECONDS = 60_000;

/**
 * Makes metrics of what functions log from now on, and judges the assembly's alarms at the end of each minute of the
 * timeline, when the functions that ran in it have ended.
 * @throws AssemblyError, CompositeRuleError for what could not be deployed.
 */
export function startCloudWatch(deps: CloudWatchDeps): EmbeddedCloudWatch {
  const { assembly, clock, timeline, logs, metrics } = deps;
  const alarms = createEmbeddedAlarms(assembly, metrics);
  const decide = alarmTopics(assembly, deps.iam);
  const stateChanges: AlarmStateChange[] = [];
  const notifications: AlarmNotification[] = [];
  const refusedNotifications: FailedNotification[] = [];
  const refusedLines: { readonly line: LogLine; readonly reason: string }[] = [];

  function notify(change: AlarmStateChange): void {
    stateChanges.push(change);
    for (const topicArn of notifiedTopics(change)) {
      const notification = { at: change.at, topicArn, message: messageOf(change) };
      const decision = decide(topicArn, change.alarm.arn);
      if (decision === undefined) notifications.push(notification);
      else refusedNotifications.push({ ...notification, reason: decision.refusal });
    }
  }

  const evaluateAt = (minute: Date): void =>
    timeline.at(minute, () => {
      evaluateAt(new Date(minute.getTime() + MINUTE_MILLISECONDS));
      for (const change of alarms.evaluate(minute)) notify(change);
    });
  if (alarms.names.length > 0) evaluateAt(nextMinute(clock.now()));

  logs.onLine((line) => {
    try {
      for (const { metric, values, at } of readEmbeddedMetrics(line.text, line.at)) {
        metrics.put(metric, values, at);
      }
    } catch (error) {
      if (!(error instanceof EmbeddedMetricError)) throw error;
      refusedLines.push({ line, reason: error.message });
    }
  });

  const { names: alarmNames, stateOf } = alarms;
  return {
    metrics,
    alarmNames,
    stateOf,
    stateChanges,
    notifications,
    failedNotifications: refusedNotifications,
    rejectedLines: refusedLines,
  };
}

function nextMinute(now: Date): Date {
  return new Date((Math.floor(now.getTime() / MINUTE_MILLISECONDS) + 1) * MINUTE_MILLISECONDS);
}

/** The topics that are told of a change. */
export function notifiedTopics({ alarm, state }: AlarmStateChange): readonly string[] {
  if (state === 'ALARM') return alarm.alarmActions;
  return state === 'OK' ? alarm.okActions : [];
}

function messageOf({ alarm, state, oldState, reason, at }: AlarmStateChange): string {
  return JSON.stringify({
    AlarmName: alarm.name,
    AlarmDescription: alarm.description,
    NewStateValue: state,
    NewStateReason: reason,
    StateChangeTime: at.toISOString(),
    AlarmArn: alarm.arn,
    OldStateValue: oldState,
  });
}
