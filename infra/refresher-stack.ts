import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { ClusterAccessEntry } from './access/cluster-access-entry.ts';
import { clusterRoles } from './access/cluster-roles.ts';
import { ForwarderRole } from './access/forwarder-role.ts';
import { LoginSecret } from './access/login-secret.ts';
import { RefresherRole } from './access/refresher-role.ts';
import { chartValues } from './chart/chart-values.ts';
import { ClusterChart } from './chart/cluster-chart.ts';
import { ClusterKubectl } from './chart/cluster-kubectl.ts';
import { PodEvents } from './events/pod-events.ts';
import { importNetwork } from './functions/function-network.ts';
import { functionsEnvironment } from './functions/functions-environment.ts';
import { createLogGroups, createRefresherFunctions } from './functions/refresher-functions.ts';
import { Schedules } from './functions/schedules.ts';
import { Monitoring } from './monitoring/monitoring.ts';
import { stackNameOf } from './names.ts';
import { installsChart, usesLoginSecret } from './settings/cluster-login.ts';
import type { ClusterSettings } from './settings/cluster-settings.ts';
import { warnAboutRiskySettings } from './settings/deployment-warnings.ts';

interface RefresherStackProps extends StackProps {
  readonly settings: ClusterSettings;
  /** The bundle of the functions. */
  readonly code: Code;
  /** Writes the Helm chart to a folder. */
  readonly writeChart: (folder: string) => void;
}

/**
 * All AWS resources of one cluster: three functions on schedules and their role, the access entry for the cluster or the secret
 * with the login to it, the event bus for pod events, the Helm release, alarms and dashboard. The stack holds no state.
 */
export class RefresherStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { settings, code, writeChart, ...props }: RefresherStackProps,
  ) {
    const { clusterName } = settings;
    super(scope, id, {
      stackName: stackNameOf(clusterName),
      description: `kube-aws-iam: issues AWS credentials to pods of the cluster ${clusterName}`,
      ...props,
    });

    const logGroups = createLogGroups(this, settings);
    const network = importNetwork(this, settings.vpc);
    const kubectl = installsChart(settings)
      ? new ClusterKubectl(this, 'ClusterKubectl', { clusterName, network })
      : undefined;

    const roles = clusterRoles(settings, this, kubectl === undefined ? [] : [kubectl.roleArn]);
    const loginSecretArn = usesLoginSecret(settings)
      ? new LoginSecret(this, 'Login', { clusterName }).secretArn
      : undefined;
    const { role } = new RefresherRole(this, 'RefresherRole', {
      settings,
      roles,
      loginSecretArn,
      logGroups: Object.values(logGroups),
    });
    const { roleArn } = role;
    const access =
      settings.kind === 'eks'
        ? [new ClusterAccessEntry(this, 'ClusterAccess', { clusterName, roleArn })]
        : [];

    const environment = functionsEnvironment({
      settings,
      location: this,
      roles,
      loginSecretArn,
      toJson: (value) => this.toJsonString(value),
    });
    const functions = createRefresherFunctions(this, {
      settings,
      code,
      role,
      environment,
      network,
      logGroups,
    });
    const schedules = new Schedules(this, 'Schedules', { clusterName, functions });

    const forwarderRoleArn =
      settings.forwarderCredentials?.roleArn ??
      new ForwarderRole(this, 'ForwarderRole', { clusterName, refresherRoleArn: roleArn }).role
        .roleArn;
    const podEvents = new PodEvents(this, 'PodEvents', {
      clusterName,
      forwarderRoleArn,
      target: functions.events,
    });

    if (kubectl !== undefined) {
      const values = chartValues(settings, this.region, roles.baseRoleArn);
      const chart = new ClusterChart(this, 'Chart', {
        kubectl,
        process: 'forwarder',
        values,
        writeChart,
      });
      // Created in this order and deleted in reverse: no function runs without its permissions in the cluster.
      chart.node.addDependency(...access, podEvents);
      schedules.node.addDependency(chart);
    }

    const { ruleName } = podEvents;
    const { topic, dashboard } = new Monitoring(this, 'Monitoring', {
      settings,
      logGroups: Object.values(logGroups),
      lambda: { functions, ruleName, schedules },
    });

    this.output('RefresherRoleArn', roleArn, "Principal in the trust policies of pods' roles");
    this.output(
      'RefreshFunctionName',
      functions.refresh.functionName,
      'Creates and renews Secrets',
    );
    this.output(
      'SweepFunctionName',
      functions.sweep.functionName,
      'Removes Secrets; confirm a mass removal with {"pass": "sweep", "confirm": true}',
    );
    this.output('EventsFunctionName', functions.events.functionName, 'Creates Secrets at once');
    this.output('AlarmTopicArn', topic.topicArn, 'SNS topic of the alarms');
    this.output('DashboardName', dashboard.dashboardName, 'CloudWatch dashboard');
    if (settings.kubernetes !== undefined) {
      const command = (name: string) => `npx kube-aws-iam ${name} --cluster ${clusterName}`;
      this.output(
        'NextStep1',
        `${command('manifests')} | kubectl apply -f -`,
        'Installs the chart',
      );
      this.output('NextStep2', command('connect'), 'Lets the functions log in to the cluster');
    }
    warnAboutRiskySettings(this, settings);
  }

  private output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}
