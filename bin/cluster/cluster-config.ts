import type { RefresherConfig } from '../../lambda/config.ts';
import { type AwsDefaults, sdkDefaults } from './aws-defaults.ts';
import type { ConfigOptions } from './cluster-options.ts';
import { clusterPlace, regionOf } from './cluster-place.ts';
import { configOfSettings } from './config-of-settings.ts';
import { findCluster, hasSettings } from './find-cluster.ts';

/** What is known of a cluster's functions without asking them. */
export interface ClusterConfig {
  readonly config: RefresherConfig;
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
  const named = deployedCluster(options);
  const region = await regionOf(named, options, aws);
  const { connectLambda, deployedConfig } = await import('./deployed-config.ts');
  return deployedConfig(connectLambda(region), { clusterName: named.clusterName, region });
}

/** Who has no checkout names the cluster. */
function deployedCluster({ cluster }: ConfigOptions): {
  readonly clusterName: string;
  readonly region?: string | undefined;
} {
  if (hasSettings()) return findCluster(cluster);
  if (cluster !== undefined) return { clusterName: cluster };
  throw new Error(
    'which cluster? Name it with --cluster, or run this in the folder from which the stack is deployed',
  );
}
