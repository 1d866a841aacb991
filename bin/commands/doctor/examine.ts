import { EKSClient } from '@aws-sdk/client-eks';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { STSClient } from '@aws-sdk/client-sts';
import type { ClusterSettings } from '../../../infra/settings/cluster-settings.ts';
import { sdkDefaults } from '../../cluster/aws-defaults.ts';
import { regionOf } from '../../cluster/cluster-place.ts';
import { findCluster } from '../../cluster/find-cluster.ts';
import {
  connectKubeconfig,
  type KubeconfigConnection,
} from '../../kubeconfig/connect-kubeconfig.ts';
import { loadKubeconfig } from '../../kubeconfig/load-kubeconfig.ts';
import { connectFunctions } from '../../lambda/function-client.ts';
import type { ClusterOptions } from '../../options/cluster-options.ts';
import type { KubernetesOptions } from '../../options/kubeconfig-options.ts';
import { createAwsReader } from './aws-reader.ts';
import type { CheckResult } from './check.ts';
import { CHECKS } from './checks.ts';
import { createClusterReader } from './cluster-reader.ts';
import { failed, ok } from './finding.ts';
import { leaveOut, type Progress, runChecks } from './run-checks.ts';

/** A call that takes longer has failed. In milliseconds. */
const TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true };

const TITLE = { id: 'settings', title: 'settings' } as const;

/** Examines a cluster, as the caller, from the settings to the forwarder. */
export async function examine(
  options: ClusterOptions & KubernetesOptions,
  progress: Progress,
): Promise<readonly CheckResult[]> {
  const settings = await readSettings(options);
  const { result } = settings;
  progress.tell(result);
  if (!('region' in settings)) return [result, ...leaveOut(CHECKS, result, progress)];
  const opened: KubeconfigConnection[] = [];
  try {
    const subject = { ...settings, ...readersOf(settings.region, options, opened) };
    return [result, ...(await runChecks(CHECKS, subject, progress))];
  } finally {
    for (const connection of opened) await connection.close();
  }
}

type SettingsResult =
  | { readonly result: CheckResult }
  | { readonly result: CheckResult; readonly settings: ClusterSettings; readonly region: string };

async function readSettings(options: ClusterOptions): Promise<SettingsResult> {
  try {
    const found = findCluster(options.cluster);
    const region = await regionOf(found, options, sdkDefaults);
    // What was said has to be said again in the commands that are printed.
    const settings = options.region === undefined ? found : { ...found, region };
    const { clusterName, account = 'the account of your credentials' } = settings;
    const result = { ...TITLE, ...ok(`cluster "${clusterName}" in ${region}, ${account}`) };
    return { result, settings, region };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { result: { ...TITLE, ...failed(message, 'correct cdk.json, or what was said') } };
  }
}

function readersOf(region: string, options: KubernetesOptions, opened: KubeconfigConnection[]) {
  const config = { region, requestHandler: TIMEOUTS };
  return {
    now: () => new Date(),
    aws: createAwsReader({
      sts: new STSClient(config),
      eks: new EKSClient(config),
      lambda: connectFunctions(region),
      scheduler: new SchedulerClient(config),
    }),
    cluster: createClusterReader(async () => {
      const context = loadKubeconfig(options);
      const connection = await connectKubeconfig(context);
      opened.push(connection);
      const { name, server } = context.cluster;
      return { context: context.name, clusterName: name, server, connection };
    }),
  };
}
