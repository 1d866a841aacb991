import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { clusterRoles, renewsOwnCredentials } from './access/cluster-roles.ts';
import { InClusterRole } from './access/in-cluster-role.ts';
import { inClusterChartValues } from './chart/chart-values.ts';
import { ClusterChart } from './chart/cluster-chart.ts';
import { ClusterKubectl } from './chart/cluster-kubectl.ts';
import { functionsEnvironment } from './functions/functions-environment.ts';
import { Monitoring } from './monitoring/monitoring.ts';
import { logGroupNameOf, stackNameOf } from './names.ts';
import { installsChart } from './settings/cluster-login.ts';
import type { ClusterSettings } from './settings/cluster-settings.ts';
import { warnAboutRiskySettings } from './settings/deployment-warnings.ts';

interface InClusterStackProps extends StackProps {
  readonly settings: ClusterSettings;
  /** Writes the Helm chart to a folder. */
  readonly writeChart: (folder: string) => void;
}

/**
 * All AWS resources of a cluster in which the refresher itself runs: its role, the log group that receives its log and
 * metrics, alarms and dashboard; on EKS, the Helm release with its Deployment. The stack holds no state.
 */
export class InClusterStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { settings, writeChart, ...props }: InClusterStackProps,
  ) {
    const { clusterName } = settings;
    super(scope, id, {
      stackName: stackNameOf(clusterName),
      description: `kube-aws-iam: issues AWS credentials to pods of the cluster ${clusterName}, in which it runs`,
      ...props,
    });

    const logGroup = this.createLogGroup(settings);
    const kubectl = installsChart(settings)
      ? new ClusterKubectl(this, 'ClusterKubectl', { clusterName })
      : undefined;
    const roles = clusterRoles(settings, this, kubectl === undefined ? [] : [kubectl.roleArn]);
    const { role } = new InClusterRole(this, 'RefresherRole', { settings, roles, logGroup });

    if (kubectl !== undefined) {
      const environment = functionsEnvironment({
        settings,
        location: this,
        roles,
        toJson: (value) => this.toJsonString(value),
      });
      const values = inClusterChartValues(settings, this.region, roles, environment);
      const chart = new ClusterChart(this, 'Chart', {
        kubectl,
        process: 'refresher',
        values,
        writeChart,
      });
      chart.node.addDependency(role, logGroup);
    }

    const { topic, dashboard } = new Monitoring(this, 'Monitoring', {
      settings,
      logGroups: [logGroup],
    });

    this.output('RefresherRoleArn', role.roleArn, "Principal in the trust policies of pods' roles");
    this.output('LogGroupName', logGroup.logGroupName, 'Log and metrics of the refresher');
    this.output('AlarmTopicArn', topic.topicArn, 'SNS topic of the alarms');
    this.output('DashboardName', dashboard.dashboardName, 'CloudWatch dashboard');
    const command = (name: string) => `npx kube-aws-iam ${name} --cluster ${clusterName}`;
    const manifests = `${command('manifests')} | kubectl apply -f -`;
    const nextSteps = [
      ...(kubectl === undefined ? [[manifests, 'Installs the chart'] as const] : []),
      ...(renewsOwnCredentials(settings)
        ? [[command('seed'), 'Issues the first credentials of the refresher'] as const]
        : []),
    ];
    for (const [index, [value, description]] of nextSteps.entries()) {
      this.output(`NextStep${index + 1}`, value, description);
    }
    warnAboutRiskySettings(this, settings);
  }

  /**
   * Its name is fixed, because the manifests contain it. It is retained when the stack is deleted, because it records who
   * received which role; `cdk deploy --import-existing-resources` adopts it in a new stack for the same cluster.
   */
  private createLogGroup({
    clusterName,
    logRetentionDays,
    logKmsKeyArn,
  }: ClusterSettings): LogGroup {
    return new LogGroup(this, 'Logs', {
      logGroupName: logGroupNameOf(clusterName),
      retention: logRetentionDays,
      ...(logKmsKeyArn === undefined
        ? {}
        : { encryptionKey: Key.fromKeyArn(this, 'LogKey', logKmsKeyArn) }),
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
  }

  private output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}
