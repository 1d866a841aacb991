import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct, type IDependable } from 'constructs';
import { usesLoginSecret } from '../settings/cluster-login.ts';
import type { ClusterSettings } from '../settings/cluster-settings.ts';
import { sessionTimes } from '../settings/schema/sessions.ts';
import { AlarmTopic } from './alarms/alarm-topic.ts';
import { ClusterAlarms } from './alarms/cluster-alarms.ts';
import { ClusterDashboard } from './dashboard/cluster-dashboard.ts';
import { ClusterMetrics, type MonitoredFunctions } from './metrics.ts';

interface MonitoringProps {
  readonly settings: ClusterSettings;
  readonly logGroups: readonly ILogGroup[];
  /** The functions, and the schedules of the passes. @default - the refresher runs in the cluster */
  readonly lambda?: MonitoredFunctions & { readonly schedules: IDependable };
}

/**
 * Monitors a cluster: alarms, the topic that notifies people of them, and the dashboard that shows the cause.
 */
export class Monitoring extends Construct {
  readonly topic: ITopic;
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, { settings, logGroups, lambda }: MonitoringProps) {
    super(scope, id);
    const { clusterName, runbookUrl } = settings;
    const metrics = new ClusterMetrics({ clusterName, lambda });
    this.topic = this.topicOf(settings);
    const alarms = new ClusterAlarms(this, 'Alarms', {
      clusterName,
      metrics,
      hasLogin: usesLoginSecret(settings),
      topic: this.topic,
      runbookUrl,
      ...sessionTimes(settings),
    });
    // Created last and deleted first: no alarm because nothing runs while the stack is deployed or deleted.
    if (lambda !== undefined) alarms.node.addDependency(lambda.schedules);
    this.dashboard = new ClusterDashboard(this, 'Dashboard', {
      clusterName,
      metrics,
      alarms,
      runbookUrl,
      logGroups,
    }).dashboard;
  }

  private topicOf({ clusterName, alarmTopicArn, alarmEmail }: ClusterSettings): ITopic {
    return alarmTopicArn === undefined
      ? new AlarmTopic(this, 'AlarmTopic', { clusterName, email: alarmEmail }).topic
      : Topic.fromTopicArn(this, 'AlarmTopic', alarmTopicArn);
  }
}
