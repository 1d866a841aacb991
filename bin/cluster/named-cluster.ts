import type { ClusterSettings } from '../../infra/settings/cluster-settings.ts';
import type { ClusterOptions } from '../options/cluster-options.ts';
import { type AwsDefaults, sdkDefaults } from './aws-defaults.ts';
import { accountOf, regionOf } from './cluster-place.ts';
import { findCluster, hasSettings } from './find-cluster.ts';

/** A cluster, as far as its functions can be found by it. */
export interface NamedCluster {
  readonly clusterName: string;
  readonly region: string;
  /** Undefined where `cdk.json` does not say it. */
  readonly account: string | undefined;
  /** Undefined where there is no `cdk.json` that says anything of the cluster. */
  readonly settings: ClusterSettings | undefined;
  /** Why a `cdk.json` that is there counts for nothing. */
  readonly ignored?: string;
}

/**
 * The cluster that is meant: one of `cdk.json`, or the one that is named. Who has to stop the functions need not have a
 * checkout, and may be in the folder of something else.
 */
export async function namedCluster(
  options: ClusterOptions,
  aws: AwsDefaults = sdkDefaults,
): Promise<NamedCluster> {
  const { settings, ignored } = settingsOf(options);
  const clusterName = settings?.clusterName ?? options.cluster;
  if (clusterName === undefined) {
    throw new Error(
      'which cluster? Name it with --cluster, or run this in the folder from which the stack is deployed',
    );
  }
  const region = await regionOf(settings ?? { clusterName }, options, aws);
  const named = { clusterName, region, account: settings?.account, settings };
  return ignored === undefined ? named : { ...named, ignored };
}

/** A {@link NamedCluster} of which the account is known, so that a person can be told what is about to be changed. */
export interface LocatedCluster extends NamedCluster {
  readonly account: string;
}

/** The cluster that is meant, and its account: that of the credentials, where `cdk.json` says none. */
export async function locatedCluster(
  options: ClusterOptions,
  aws: AwsDefaults = sdkDefaults,
): Promise<LocatedCluster> {
  const named = await namedCluster(options, aws);
  return { ...named, account: await accountOf(named, named.region, aws) };
}

/** Who says both needs nothing of a `cdk.json`, so that one that is not right is none. */
function settingsOf({ cluster, region }: ClusterOptions): Pick<NamedCluster, 'ignored'> & {
  readonly settings?: ClusterSettings;
} {
  if (!hasSettings()) return {};
  try {
    return { settings: findCluster(cluster) };
  } catch (error) {
    if (cluster === undefined || region === undefined) throw error;
    return { ignored: error instanceof Error ? error.message : String(error) };
  }
}
