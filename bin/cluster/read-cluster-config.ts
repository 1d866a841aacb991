import type { ConfigOptions } from '../options/cluster-options.ts';
import { readCdkJson } from './cdk-json.ts';
import { type ClusterConfig, configFromSettings } from './cluster-config.ts';
import { cdkDefaults, resolveClusterLocation } from './region-and-account.ts';
import { findTargetCluster } from './target-cluster.ts';

/**
 * Reads the configuration of a cluster's functions: by default what `cdk.json` in the working directory would deploy,
 * with `--deployed` the environment of the deployed function.
 */
export async function readClusterConfig(options: ConfigOptions): Promise<ClusterConfig> {
  if (options.deployed !== true) {
    const settings = readCdkJson(options);
    const location = await resolveClusterLocation(settings, options, cdkDefaults);
    return configFromSettings(settings, location);
  }
  const target = await findTargetCluster(options);
  const { createLambdaClient } = await import('../lambda/call-lambda.ts');
  const { deployedConfig } = await import('./deployed-config.ts');
  return deployedConfig(createLambdaClient(target.region, { ...options, ...target }), target);
}
