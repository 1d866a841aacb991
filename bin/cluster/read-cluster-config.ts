import type { ConfigOptions } from '../options/cluster-options.ts';
import type { KubeconfigOptions } from '../options/kubeconfig-options.ts';
import { readCdkJson } from './cdk-json.ts';
import { type ClusterConfig, configFromSettings } from './cluster-config.ts';
import { cdkDefaults, resolveClusterLocation } from './region-and-account.ts';
import { findTargetCluster, type TargetCluster } from './target-cluster.ts';

/**
 * Reads the configuration of a cluster's refresher: by default what `cdk.json` in the working directory would deploy, with
 * `--deployed` the environment of the deployed function, or of the Deployment in the cluster.
 */
export async function readClusterConfig(
  options: ConfigOptions & KubeconfigOptions,
): Promise<ClusterConfig> {
  if (options.deployed !== true) {
    const settings = readCdkJson(options);
    const location = await resolveClusterLocation(settings, options, cdkDefaults);
    return configFromSettings(settings, location);
  }
  const target = await findTargetCluster(options);
  const { settings } = target;
  if (settings?.runsIn === 'cluster') {
    const { inClusterConfig } = await import('../in-cluster/in-cluster-config.ts');
    return inClusterConfig(options, { ...target, isOnEks: settings.kind === 'eks' });
  }
  return deployedElsewhere(options, target);
}

/** Without settings, the refresher of a cluster without functions may run in the cluster. */
async function deployedElsewhere(
  options: ConfigOptions & KubeconfigOptions,
  target: TargetCluster,
): Promise<ClusterConfig> {
  const { createLambdaClient, isFunctionMissing } = await import('../lambda/call-lambda.ts');
  const { deployedConfig } = await import('./deployed-config.ts');
  const lambda = createLambdaClient(target.region, { ...options, ...target });
  try {
    return await deployedConfig(lambda, target);
  } catch (error) {
    if (target.settings !== undefined || !isFunctionMissing(error)) throw error;
    const { inClusterConfig } = await import('../in-cluster/in-cluster-config.ts');
    // Neither can be read: the function's error names the options to correct.
    return inClusterConfig(options, target).catch(() => Promise.reject(error));
  }
}
