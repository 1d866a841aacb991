import type { ClusterSettings } from '../../infra/settings.ts';
import { sdkDefaults } from './aws-defaults.ts';
import type { ClusterOptions } from './cluster-options.ts';
import { regionOf } from './cluster-place.ts';
import { findCluster, hasSettings } from './find-cluster.ts';

/** A cluster, as far as its functions can be found by it. */
export interface NamedCluster {
  readonly clusterName: string;
  readonly region: string;
  /** Undefined where there is no `cdk.json`. */
  readonly settings: ClusterSettings | undefined;
}

/**
 * The cluster that is meant: one of `cdk.json`, or where there is none the one that is named. Who has to stop the functions
 * need not have a checkout.
 */
export async function namedCluster(options: ClusterOptions): Promise<NamedCluster> {
  const settings = hasSettings() ? findCluster(options.cluster) : undefined;
  const clusterName = settings?.clusterName ?? options.cluster;
  if (clusterName === undefined) {
    throw new Error(
      'which cluster? Name it with --cluster, or run this in the folder from which the stack is deployed',
    );
  }
  const region = await regionOf(settings ?? { clusterName }, options, sdkDefaults);
  return { clusterName, region, settings };
}
