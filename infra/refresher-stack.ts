import {
  Annotations,
  CfnOutput,
  Duration,
  RemovalPolicy,
  Stack,
  type StackProps,
} from 'aws-cdk-lib';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { FunctionName } from './bundle.ts';
import { ClusterAccessEntry } from './cluster-access-entry.ts';
import { warnOfOddSettings } from './deployment-warnings.ts';
import { functionsEnvironment } from './functions-environment.ts';
import { functionNameOf, stackNameOf } from './names.ts';
import { type FunctionNetwork, RefresherFunction } from './refresher-function.ts';
import { RefresherRole } from './refresher-role.ts';
import { roleArnPattern } from './role-pattern.ts';
import { Schedules } from './schedules.ts';
import type { ClusterSettings } from './settings.ts';

export interface RefresherStackProps extends StackProps {
  readonly settings: ClusterSettings;
  /** The bundle of both functions. */
  readonly code: Code;
}

/**
 * Everything that one cluster needs on the side of AWS: two functions on schedules, the role they share, and its way into
 * the cluster. Nothing in it holds state.
 */
export class RefresherStack extends Stack {
  constructor(scope: Construct, id: string, { settings, code, ...props }: RefresherStackProps) {
    super(scope, id, {
      stackName: stackNameOf(settings.clusterName),
      description: `kube-aws-iam: gives AWS credentials to the pods of the EKS cluster ${settings.clusterName}`,
      ...props,
    });
    const { clusterName } = settings;
    const logGroups = {
      refresh: this.createLogGroup('RefreshLogs', settings.logRetentionDays),
      sweep: this.createLogGroup('SweepLogs', settings.logRetentionDays),
    };
    const baseRoleArn = settings.baseRoleArn ?? `arn:${this.partition}:iam::${this.account}:role/`;
    const assumableRoles = settings.assumableRoles.map((p) => roleArnPattern(p, baseRoleArn));
    const { role, deniedRoles } = new RefresherRole(this, 'RefresherRole', {
      clusterName,
      assumableRoles,
      logGroups: Object.values(logGroups),
      inVpc: settings.vpc !== undefined,
    });
    new ClusterAccessEntry(this, 'ClusterAccess', { clusterName, roleArn: role.roleArn });

    const network = this.findNetwork(settings.vpc);
    const shared = (name: FunctionName) => ({
      name,
      functionName: functionNameOf(clusterName, name),
      code,
      role,
      logGroup: logGroups[name],
      environment: functionsEnvironment(this, {
        settings,
        baseRoleArn,
        assumableRoles,
        deniedRoles,
      }),
      network,
      reservedConcurrency: settings.reservedConcurrency?.[name],
    });
    const refresh = new RefresherFunction(this, 'Refresh', {
      ...shared('refresh'),
      description: `Creates and renews the credentials of pods in ${clusterName}, every minute`,
      // A run is over before the next begins.
      timeout: Duration.seconds(50),
      // One whole CPU: pods wait for this one.
      memorySize: 1_769,
    }).function;
    const sweep = new RefresherFunction(this, 'Sweep', {
      ...shared('sweep'),
      description: `Removes the credentials that no pod in ${clusterName} uses, every ten minutes`,
      timeout: Duration.minutes(5),
      // Lists every pod of the cluster, and nobody waits for it.
      memorySize: 1_024,
    }).function;
    new Schedules(this, 'Schedules', {
      functions: { refresh, sweep },
      names: {
        refresh: functionNameOf(clusterName, 'refresh'),
        sweep: functionNameOf(clusterName, 'sweep'),
      },
    });

    this.output('RefresherRoleArn', role.roleArn, "For the trust policies of the pods' roles");
    this.output('RefreshFunctionName', refresh.functionName, 'Creates and renews Secrets');
    this.output(
      'SweepFunctionName',
      sweep.functionName,
      'Removes Secrets; takes {"pass": "sweep", "confirm": true}',
    );
    warnOfOddSettings(this, settings);
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

  private findNetwork(vpc: ClusterSettings['vpc']): FunctionNetwork | undefined {
    if (vpc === undefined) return undefined;
    const imported = Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId: vpc.vpcId,
      availabilityZones: vpc.availabilityZones,
      privateSubnetIds: vpc.subnetIds,
    });
    Annotations.of(imported).acknowledgeWarning(
      '@aws-cdk/aws-ec2:noSubnetRouteTableId',
      'The stack makes no routes.',
    );
    return {
      vpc: imported,
      // Not ours: no rule is added to them.
      securityGroups: vpc.securityGroupIds.map((groupId) =>
        SecurityGroup.fromSecurityGroupId(this, groupId, groupId, { mutable: false }),
      ),
    };
  }

  private output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}
