import type { RefresherConfig } from '../../lambda/config.ts';
import type { ConfigOptions } from '../options/cluster-options.ts';
import { type AwsDefaults, sdkDefaults } from './aws-defaults.ts';
import { clusterPlace } from './cluster-place.ts';
import { configOfSettings } from './config-of-settings.ts';
import { findCluster } from './find-cluster.ts';
import { namedCluster } from './named-cluster.ts';

/** What is known of a cluster's functions without asking them. */
export interface ClusterConfig {
  readonly config: RefresherConfig;
  /** The account that they are in. */
  readonly account: string;
  /** The role of the functions. */
  readonly refresherRoleArn: string;
  /** Where it is from, for people. */
  readonly source: string;
}

/**
 * The configuration of a cluster's functions: by default what `cdk.json` in the working directory would deploy, with
 * `--deployed` what Lambda says that they have.
 */
export async function readClusterConfig(
  options: ConfigOptions,
  aws: AwsDefaults = sdkDefaults,
): Promise<ClusterConfig> {
  if (options.deployed !== true) {
    const settings = findCluster(options.cluster);
    return configOfSettings(settings, await clusterPlace(settings, options, aws));
  }
  const named = await namedCluster(options, aws);
  const { connectFunctions } = await import('../lambda/function-client.ts');
  const { deployedConfig } = await import('./deployed-config.ts');
  return deployedConfig(connectFunctions(named.region), named);
}
