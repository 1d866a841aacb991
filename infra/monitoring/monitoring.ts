import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct, type IDependable } from 'constructs';
import type { FunctionName } from '../functions/bundle.ts';
import type { ClusterSettings } from '../settings/cluster-settings.ts';
import { AlarmTopic } from './alarms/alarm-topic.ts';
import { Alarms } from './alarms/cluster-alarms.ts';
import { ClusterDashboard } from './dashboard/cluster-dashboard.ts';
import { ClusterMetrics, type MonitoredResources } from './metrics.ts';

export interface MonitoringProps extends Omit<MonitoredResources, 'clusterName'> {
  readonly settings: ClusterSettings;
  readonly logGroups: Readonly<Record<FunctionName, ILogGroup>>;
  /** What starts the runs. */
  readonly schedules: IDependable;
}

/**
 * How the operation of a cluster is watched: alarms, the topic that tells people of them, and the dashboard on which they
 * see why.
 */
export class Monitoring extends Construct {
  readonly topic: ITopic;
  readonly dashboard: Dashboard;

  constructor(
    scope: Construct,
    id: string,
    { settings, logGroups, schedules, ...resources }: MonitoringProps,
  ) {
    super(scope, id);
    const { clusterName, runbookUrl, refreshBeforeMinutes } = settings;
    const metrics = new ClusterMetrics({ clusterName, ...resources });
    this.topic = this.topicOf(settings);
    const alarms = new Alarms(this, 'Alarms', {
      clusterName,
      metrics,
      topic: this.topic,
      runbookUrl,
      refreshBeforeMinutes,
    });
    // Made last and removed first: that nothing runs while the stack is made or removed is no alarm.
    alarms.node.addDependency(schedules);
    this.dashboard = new ClusterDashboard(this, 'Dashboard', {
      clusterName,
      metrics,
      alarms,
      runbookUrl,
      logGroups: Object.values(logGroups),
    }).dashboard;
  }

  private topicOf({ clusterName, alarmTopicArn, alarmEmail }: ClusterSettings): ITopic {
    return alarmTopicArn === undefined
      ? new AlarmTopic(this, 'AlarmTopic', { clusterName, email: alarmEmail }).topic
      : Topic.fromTopicArn(this, 'AlarmTopic', alarmTopicArn);
  }
}
