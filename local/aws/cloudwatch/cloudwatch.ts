import type { Assembly } from '../../assembly/assembly.ts';
import type { Clock } from '../../clock.ts';
import type { Timeline } from '../../timeline.ts';
import type { Iam } from '../iam/iam.ts';
import type { FunctionLogs, LogLine } from '../lambda/function-logs.ts';
import { type AlarmStateChange, createEmbeddedAlarms } from './embedded-alarms.ts';
import type { AlarmState } from './evaluate-alarm.ts';
import type { MetricStore } from './metric-store.ts';
import { EmbeddedMetricError, readEmbeddedMetrics } from './read-emf.ts';
import { createTopicAccess } from './topic-access.ts';

/** A notification that an alarm published to a topic. */
interface AlarmNotification {
  readonly at: Date;
  readonly topicArn: string;
  /** JSON, with the fields that people read; the other fields that CloudWatch sends describe the metric. */
  readonly message: string;
}

/** A notification that could not be published. CloudWatch only records this in the alarm's history. */
interface FailedNotification extends AlarmNotification {
  readonly reason: string;
}

/** The embedded CloudWatch. */
export interface EmbeddedCloudWatch {
  readonly metrics: MetricStore;
  readonly alarmNames: readonly string[];
  stateOf(alarmName: string): AlarmState;
  /** Every change of an alarm's state, oldest first. */
  readonly stateChanges: readonly AlarmStateChange[];
  readonly notifications: readonly AlarmNotification[];
  readonly failedNotifications: readonly FailedNotification[];
  /** The lines in the embedded metric format that CloudWatch would drop. */
  readonly rejectedLines: readonly RejectedLine[];
}

interface RejectedLine {
  readonly line: LogLine;
  readonly reason: string;
}

/** Dependencies of the embedded CloudWatch. */
interface CloudWatchDeps {
  readonly assembly: Assembly;
  readonly iam: Pick<Iam, 'decideResource'>;
  readonly clock: Clock;
  readonly timeline: Timeline;
  readonly logs: Pick<FunctionLogs, 'onLine'>;
  readonly metrics: MetricStore;
}

const MINUTE_MS = 60_000;

/**
 * Extracts metrics from what functions log from now on, and evaluates the assembly's alarms at the end of each minute of
 * the timeline, after the functions that ran in it have ended.
 *
 * @throws AssemblyError, CompositeRuleError for an alarm that cannot be deployed
 */
export function startCloudWatch(deps: CloudWatchDeps): EmbeddedCloudWatch {
  const { assembly, clock, timeline, logs, metrics } = deps;
  const alarms = createEmbeddedAlarms(assembly, metrics);
  const denialReason = createTopicAccess(assembly, deps.iam);
  const stateChanges: AlarmStateChange[] = [];
  const notifications: AlarmNotification[] = [];
  const failedNotifications: FailedNotification[] = [];
  const rejectedLines: RejectedLine[] = [];

  function notify(change: AlarmStateChange): void {
    stateChanges.push(change);
    for (const topicArn of notifiedTopics(change)) {
      const notification = { at: change.at, topicArn, message: messageOf(change) };
      const reason = denialReason(topicArn, change.alarm.arn);
      if (reason === undefined) notifications.push(notification);
      else failedNotifications.push({ ...notification, reason });
    }
  }

  const evaluateAt = (minute: Date): void =>
    timeline.at(minute, () => {
      evaluateAt(new Date(minute.getTime() + MINUTE_MS));
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
      rejectedLines.push({ line, reason: error.message });
    }
  });

  const { names: alarmNames, stateOf } = alarms;
  return {
    metrics,
    alarmNames,
    stateOf,
    stateChanges,
    notifications,
    failedNotifications,
    rejectedLines,
  };
}

function nextMinute(now: Date): Date {
  return new Date((Math.floor(now.getTime() / MINUTE_MS) + 1) * MINUTE_MS);
}

/** Returns the ARNs of the topics to which a state change is published. */
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
