import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { INVOCATION_SECONDS } from '../../contract/pass.ts';
import { type FunctionName, functionNameOf } from '../names.ts';
import type { ClusterSettings } from '../settings/cluster-settings.ts';
import { reservedConcurrencyOf } from '../settings/schema/deployment.ts';
import { RefresherFunction, type RefresherFunctionProps } from './refresher-function.ts';

/** What the functions share. */
interface RefresherFunctionsProps
  extends Pick<RefresherFunctionProps, 'code' | 'role' | 'environment' | 'network'> {
  readonly settings: ClusterSettings;
  readonly logGroups: Readonly<Record<FunctionName, LogGroup>>;
}

/** Creates the functions. */
export function createRefresherFunctions(
  scope: Construct,
  { settings, logGroups, ...shared }: RefresherFunctionsProps,
): Readonly<Record<FunctionName, IFunction>> {
  const { clusterName, logLevel, tracing } = settings;
  const propsOf = (name: FunctionName) => ({
    ...shared,
    name,
    functionName: functionNameOf(clusterName, name),
    logGroup: logGroups[name],
    logLevel,
    tracing,
    reservedConcurrency: reservedConcurrencyOf(settings.reservedConcurrency, name),
  });
  const refresh = new RefresherFunction(scope, 'Refresh', {
    ...propsOf('refresh'),
    description: `Creates and renews the credentials of pods in ${clusterName}, every minute`,
    timeout: Duration.seconds(INVOCATION_SECONDS.refresh),
    // One full vCPU: pods whose event was lost wait for this function.
    memorySize: 1_769,
  });
  const sweep = new RefresherFunction(scope, 'Sweep', {
    ...propsOf('sweep'),
    description: `Removes credentials that no pod in ${clusterName} uses, every ten minutes`,
    timeout: Duration.seconds(INVOCATION_SECONDS.sweep),
    // Lists every pod of the cluster, but no pod waits for it.
    memorySize: 1_024,
  });
  const events = new RefresherFunction(scope, 'Events', {
    ...propsOf('events'),
    description: `Creates the credentials of pods in ${clusterName} that the forwarder announces`,
    timeout: Duration.seconds(INVOCATION_SECONDS.events),
    // One full vCPU: pods wait for this function.
    memorySize: 1_769,
  });
  return { refresh: refresh.function, sweep: sweep.function, events: events.function };
}

/**
 * Creates the log groups of the functions. They are retained when the stack is deleted, because they record who received
 * which role. CloudFormation generates their names; fixed names would conflict with a new stack for the same cluster.
 */
export function createLogGroups(
  scope: Construct,
  { logRetentionDays, logKmsKeyArn }: ClusterSettings,
): Readonly<Record<FunctionName, LogGroup>> {
  const key =
    logKmsKeyArn === undefined
      ? {}
      : { encryptionKey: Key.fromKeyArn(scope, 'LogKey', logKmsKeyArn) };
  const create = (id: string) =>
    new LogGroup(scope, id, {
      retention: logRetentionDays,
      ...key,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
  return {
    refresh: create('RefreshLogs'),
    sweep: create('SweepLogs'),
    events: create('EventsLogs'),
  };
}
