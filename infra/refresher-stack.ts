import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { Code, IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ClusterAccessEntry } from './access/cluster-access-entry.ts';
import { clusterRoles } from './access/cluster-roles.ts';
import { ForwarderRole } from './access/forwarder-role.ts';
import { RefresherRole } from './access/refresher-role.ts';
import { chartValues } from './chart/chart-values.ts';
import { ClusterChart } from './chart/cluster-chart.ts';
import { ClusterKubectl } from './chart/cluster-kubectl.ts';
import { eventBusArn, PodEvents } from './events/pod-events.ts';
import type { FunctionName } from './functions/bundle.ts';
import { importNetwork } from './functions/function-network.ts';
import { functionsEnvironment } from './functions/functions-environment.ts';
import { RefresherFunction, type RefresherFunctionProps } from './functions/refresher-function.ts';
import { Schedules } from './functions/schedules.ts';
import { Monitoring } from './monitoring/monitoring.ts';
import { eventBusNameOf, forwarderRoleName, functionNameOf, stackNameOf } from './names.ts';
import { warnAboutRiskySettings } from './settings/deployment-warnings.ts';
import type { ClusterSettings } from './settings/cluster-settings.ts';

export interface RefresherStackProps extends StackProps {
  readonly settings: ClusterSettings;
  /** The bundle of both functions. */
  readonly code: Code;
  /** Makes the Helm chart in a folder. */
  readonly writeChart: (folder: string) => void;
}

/** What both functions have. */
type SharedProps = Pick<RefresherFunctionProps, 'code' | 'role' | 'environment' | 'network'>;

/**
 * Everything that one cluster needs on the side of AWS: two functions on schedules, the role they share, its way into the
 * cluster, the way of pod events out of it, the chart, and what watches them. Nothing in it holds state.
 */
export class RefresherStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { settings, code, writeChart, ...props }: RefresherStackProps,
  ) {
    super(scope, id, {
      stackName: stackNameOf(settings.clusterName),
      description: `kube-aws-iam: gives AWS credentials to the pods of the EKS cluster ${settings.clusterName}`,
      ...props,
    });
    const { clusterName, installChart } = settings;
    const logGroups = {
      refresh: this.createLogGroup('RefreshLogs', settings.logRetentionDays),
      sweep: this.createLogGroup('SweepLogs', settings.logRetentionDays),
    };
    const network = importNetwork(this, settings.vpc);
    const kubectl = installChart
      ? new ClusterKubectl(this, 'ClusterKubectl', { clusterName, network })
      : undefined;
    const roles = clusterRoles(settings, this, kubectl === undefined ? [] : [kubectl.roleArn]);
    const { role } = new RefresherRole(this, 'RefresherRole', {
      clusterName,
      assumableRoles: roles.assumableRoles,
      intermediateRoleArn: settings.assumeRole,
      sessionTags: settings.sessionTags,
      forwarderRoleArn: roles.forwarderRoleArn,
      neverAssumed: roles.neverAssumed,
      logGroups: Object.values(logGroups),
      inVpc: settings.vpc !== undefined,
    });
    const access = new ClusterAccessEntry(this, 'ClusterAccess', {
      clusterName,
      roleArn: role.roleArn,
    });
    const environment = functionsEnvironment({
      settings,
      place: this,
      roles,
      toJson: (list) => this.toJsonString(list),
    });
    const functions = this.createFunctions(settings, logGroups, {
      code,
      role,
      environment,
      network,
    });

    const podEvents = this.createPodEvents(settings, role.roleArn, functions.refresh);
    const schedules = new Schedules(this, 'Schedules', {
      functions,
      names: {
        refresh: functionNameOf(clusterName, 'refresh'),
        sweep: functionNameOf(clusterName, 'sweep'),
      },
    });
    if (kubectl !== undefined) {
      const chart = new ClusterChart(this, 'Chart', {
        kubectl,
        values: chartValues(settings, this.region, roles.baseRoleArn),
        writeChart,
      });
      // Made in this order and removed in the reverse: nothing runs before it is let in, nor after what lets it in is gone.
      chart.node.addDependency(access, podEvents);
      schedules.node.addDependency(chart);
    }
    const monitoring = new Monitoring(this, 'Monitoring', {
      settings,
      functions,
      logGroups,
      schedules,
      eventBusName: eventBusNameOf(clusterName),
      ruleName: podEvents.ruleName,
    });

    this.output('RefresherRoleArn', role.roleArn, "For the trust policies of the pods' roles");
    this.output(
      'RefreshFunctionName',
      functions.refresh.functionName,
      'Creates and renews Secrets',
    );
    this.output(
      'SweepFunctionName',
      functions.sweep.functionName,
      'Removes Secrets; takes {"pass": "sweep", "confirm": true}',
    );
    this.output('AlarmTopicArn', monitoring.topic.topicArn, 'Told when an alarm begins and ends');
    this.output(
      'DashboardName',
      monitoring.dashboard.dashboardName,
      'What to look at: a dashboard of CloudWatch',
    );
    warnAboutRiskySettings(this, settings);
  }

  private createFunctions(
    { clusterName, reservedConcurrency, logLevel }: ClusterSettings,
    logGroups: Readonly<Record<FunctionName, LogGroup>>,
    shared: SharedProps,
  ): Readonly<Record<FunctionName, IFunction>> {
    const own = (name: FunctionName) => ({
      ...shared,
      name,
      functionName: functionNameOf(clusterName, name),
      logGroup: logGroups[name],
      logLevel,
      reservedConcurrency: reservedConcurrency?.[name],
    });
    const refresh = new RefresherFunction(this, 'Refresh', {
      ...own('refresh'),
      description: `Creates and renews the credentials of pods in ${clusterName}, every minute and for each pod event`,
      // A run is over before the next begins.
      timeout: Duration.seconds(50),
      // One whole CPU: pods wait for this one.
      memorySize: 1_769,
    });
    const sweep = new RefresherFunction(this, 'Sweep', {
      ...own('sweep'),
      description: `Removes the credentials that no pod in ${clusterName} uses, every ten minutes`,
      timeout: Duration.minutes(5),
      // Lists every pod of the cluster, and nobody waits for it.
      memorySize: 1_024,
    });
    return { refresh: refresh.function, sweep: sweep.function };
  }

  private createPodEvents(
    { clusterName, forwarderCredentials }: ClusterSettings,
    refresherRoleArn: string,
    refresh: IFunction,
  ): PodEvents {
    const eventBusName = eventBusNameOf(clusterName);
    const forwarderRoleArn =
      forwarderCredentials?.roleArn ??
      new ForwarderRole(this, 'ForwarderRole', {
        clusterName,
        roleName: forwarderRoleName(this.region, clusterName),
        refresherRoleArn,
        eventBusArn: eventBusArn(this, eventBusName),
      }).role.roleArn;
    return new PodEvents(this, 'PodEvents', { eventBusName, forwarderRoleArn, refresh });
  }

  /**
   * Logs say who was given which role, so they outlive the stack, for as long as their retention. The group's name is
   * CloudFormation's, because a fixed one would be in the way of the next stack.
   */
  private createLogGroup(id: string, retention: number): LogGroup {
    return new LogGroup(this, id, {
      retention,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
  }

  private output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}
