import {
  Alarm,
  AlarmRule,
  AlarmState,
  Color,
  CompositeAlarm,
  type HorizontalAnnotation,
  type IAlarm,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { alarmNameOf } from '../../names.ts';
import { type AlarmDefinition, type AlarmTexts, COMPARISONS, MISSING } from './alarm-definition.ts';
import { credentialAlarms } from './credential-alarms.ts';
import type { ClusterMetrics } from '../metrics.ts';
import { podEventAlarms } from './pod-event-alarms.ts';
import { runAlarms } from './pass-alarms.ts';
import { throttleAlarms } from './throttle-alarms.ts';

export interface AlarmsProps extends AlarmTexts {
  readonly clusterName: string;
  readonly metrics: ClusterMetrics;
  /** Told when an alarm begins and when it ends. */
  readonly topic: ITopic;
  /** Where the runbook is; each alarm's description links to its heading there. */
  readonly runbookUrl: string;
}

/** What says that an alarm is about something: a heading of the runbook. */
export type AlarmId = keyof ReturnType<typeof alarmDefinitions>;

/** What a graph shows of an alarm: what it looks at and where it begins. */
export interface GraphedAlarm {
  readonly metric: IMetric;
  readonly annotation: HorizontalAnnotation;
}

/** The alarm on top: pods lose credentials, or soon will. */
const AT_RISK = {
  id: 'credentials-at-risk',
  causes: ['refresh-stopped', 'runs-failing', 'renewals-overdue'],
} as const satisfies { id: string; causes: readonly AlarmId[] };

/** The alarms of a cluster. Each is one way in which somebody is hurt, and has a heading in the runbook. */
export class Alarms extends Construct {
  /** All of them, the one on top first. */
  readonly all: readonly IAlarm[];
  private readonly definitions: ReturnType<typeof alarmDefinitions>;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.definitions = alarmDefinitions(props.metrics, props);
    const alarms = new Map<string, Alarm>();
    for (const [name, definition] of Object.entries(this.definitions)) {
      alarms.set(name, this.create(name, definition, props));
    }
    const causes = AT_RISK.causes.flatMap((name) => alarms.get(name) ?? []);
    this.all = [this.createAtRisk(causes, props), ...alarms.values()];
  }

  /** What a graph has to show, so that it and the alarm cannot disagree. */
  graphed(id: AlarmId): GraphedAlarm {
    const definition: AlarmDefinition = this.definitions[id];
    const { metric, threshold, severity } = definition;
    const color = severity === 'page' ? Color.RED : Color.ORANGE;
    return { metric, annotation: { value: threshold, label: `${severity}: ${id}`, color } };
  }

  private create(id: string, definition: AlarmDefinition, props: AlarmsProps): Alarm {
    const { severity, metric, threshold, comparison, missing } = definition;
    const [datapointsToAlarm, evaluationPeriods] = definition.periods;
    const alarm = new Alarm(this, id, {
      alarmName: alarmNameOf(props.clusterName, severity, id),
      alarmDescription: descriptionOf(id, definition, props.runbookUrl),
      metric,
      threshold,
      comparisonOperator: COMPARISONS[comparison],
      evaluationPeriods,
      datapointsToAlarm,
      treatMissingData: MISSING[missing],
    });
    notify(alarm, props.topic);
    return alarm;
  }

  private createAtRisk(causes: readonly Alarm[], props: AlarmsProps): CompositeAlarm {
    const { id } = AT_RISK;
    const alarm = new CompositeAlarm(this, id, {
      compositeAlarmName: alarmNameOf(props.clusterName, 'page', id),
      alarmDescription: descriptionOf(
        id,
        {
          wrong:
            'Credentials in use are not being renewed: runs do not come, fail, or do not get through.',
          otherwise: `The first credentials end within ${props.refreshBeforeMinutes} minutes, all within the hour; pods that use them then get errors from AWS. The alarm that began this has the details.`,
        },
        props.runbookUrl,
      ),
      alarmRule: AlarmRule.anyOf(
        ...causes.map((cause) => AlarmRule.fromAlarm(cause, AlarmState.ALARM)),
      ),
    });
    notify(alarm, props.topic);
    return alarm;
  }
}

function alarmDefinitions(metrics: ClusterMetrics, texts: AlarmTexts) {
  return {
    ...runAlarms(metrics, texts),
    ...credentialAlarms(metrics, texts),
    ...throttleAlarms(metrics, texts),
    ...podEventAlarms(metrics),
  };
}

function descriptionOf(
  id: string,
  { wrong, otherwise, look }: Pick<AlarmDefinition, 'wrong' | 'otherwise' | 'look'>,
  runbookUrl: string,
): string {
  const sentences = [wrong, `If nobody acts: ${otherwise}`, ...(look === undefined ? [] : [look])];
  return `${sentences.join(' ')} What to do: ${runbookUrl}#${id}`;
}

function notify(alarm: Alarm | CompositeAlarm, topic: ITopic): void {
  const action = new SnsAction(topic);
  alarm.addAlarmAction(action);
  alarm.addOkAction(action);
}
