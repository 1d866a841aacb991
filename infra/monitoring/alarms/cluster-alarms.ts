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
import type { ClusterMetrics } from '../metrics.ts';
import { type AlarmDefinition, type AlarmTexts, withinSession } from './alarm-definition.ts';
import { credentialAlarms } from './credential-alarms.ts';
import { loginAlarms } from './login-alarms.ts';
import { passAlarms } from './pass-alarms.ts';
import { deliveryAlarms, podEventAlarms } from './pod-event-alarms.ts';
import { throttleAlarms } from './throttle-alarms.ts';

interface ClusterAlarmsProps extends AlarmTexts {
  readonly clusterName: string;
  readonly metrics: ClusterMetrics;
  /** Whether the functions log in to the cluster with a login in Secrets Manager. */
  readonly hasLogin: boolean;
  /** Notified when an alarm enters and leaves the ALARM state. */
  readonly topic: ITopic;
  /** URL of the runbook. Each alarm's description links to its heading there. */
  readonly runbookUrl: string;
}

/** ID of an alarm, which is also its heading in the runbook. */
export type AlarmId = keyof ReturnType<typeof alarmDefinitions>;

/** The metric of an alarm and its threshold, to be shown in a graph. */
interface AlarmLine {
  readonly metric: IMetric;
  readonly annotation: HorizontalAnnotation;
}

/** The composite alarm: pods lose their credentials, or will soon. */
const AT_RISK = {
  id: 'credentials-at-risk',
  causes: ['refresh-stopped', 'runs-failing', 'renewals-overdue'],
} as const satisfies { id: string; causes: readonly AlarmId[] };

/** All alarms of a cluster. Each detects one way in which pods, tenants or the operator are affected. */
export class ClusterAlarms extends Construct {
  /** All alarms, the composite alarm first. */
  readonly all: readonly IAlarm[];
  private readonly definitions: ReturnType<typeof alarmDefinitions>;

  constructor(scope: Construct, id: string, props: ClusterAlarmsProps) {
    super(scope, id);
    this.definitions = alarmDefinitions(props);
    const alarms = new Map<string, Alarm>();
    for (const [name, definition] of Object.entries(this.definitions)) {
      alarms.set(name, this.create(name, definition, props));
    }
    const causes = AT_RISK.causes.flatMap((name) => alarms.get(name) ?? []);
    this.all = [this.createAtRisk(causes, props), ...alarms.values()];
  }

  /** Returns what a graph shows of an alarm, so that graph and alarm cannot differ. Undefined if the cluster does not have it. */
  lineOf(id: AlarmId): AlarmLine | undefined {
    const definition: AlarmDefinition | undefined = this.definitions[id];
    if (definition === undefined) return undefined;
    const { metric, threshold, severity } = definition;
    const color = severity === 'page' ? Color.RED : Color.ORANGE;
    return { metric, annotation: { value: threshold, label: `${severity}: ${id}`, color } };
  }

  private create(id: string, definition: AlarmDefinition, props: ClusterAlarmsProps): Alarm {
    const { severity, condition, impact, firstStep, ...alarmProps } = definition;
    const alarm = new Alarm(this, id, {
      alarmName: alarmNameOf(props.clusterName, severity, id),
      alarmDescription: descriptionOf(id, definition, props.runbookUrl),
      ...alarmProps,
    });
    notify(alarm, props.topic);
    return alarm;
  }

  private createAtRisk(causes: readonly Alarm[], props: ClusterAlarmsProps): CompositeAlarm {
    const { id } = AT_RISK;
    const alarm = new CompositeAlarm(this, id, {
      compositeAlarmName: alarmNameOf(props.clusterName, 'page', id),
      alarmDescription: descriptionOf(
        id,
        {
          condition:
            'Credentials in use are not being renewed: refresh passes do not run, fail, or cannot keep up.',
          impact: `The first credentials expire within ${props.refreshBeforeMinutes} minutes, all ${withinSession(props)}; AWS calls of pods that use them then fail.`,
          firstStep:
            'The alarm that triggered this one has the details. If you page on one alarm only, page on this one.',
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

type DefinitionsInput = AlarmTexts & Pick<ClusterAlarmsProps, 'metrics' | 'hasLogin'>;

function alarmDefinitions({ metrics, hasLogin, ...texts }: DefinitionsInput) {
  return {
    ...passAlarms(metrics, texts),
    ...credentialAlarms(metrics, texts),
    ...throttleAlarms(metrics, texts),
    ...podEventAlarms(metrics),
    ...(metrics.lambda && deliveryAlarms(metrics.lambda)),
    ...(hasLogin ? loginAlarms(metrics, texts) : {}),
  };
}

function descriptionOf(
  id: string,
  { condition, impact, firstStep }: Pick<AlarmDefinition, 'condition' | 'impact' | 'firstStep'>,
  runbookUrl: string,
): string {
  const sentences = [
    condition,
    `Impact: ${impact}`,
    ...(firstStep === undefined ? [] : [firstStep]),
  ];
  return `${sentences.join(' ')} What to do: ${runbookUrl}#${id}`;
}

function notify(alarm: Alarm | CompositeAlarm, topic: ITopic): void {
  const action = new SnsAction(topic);
  alarm.addAlarmAction(action);
  alarm.addOkAction(action);
}
