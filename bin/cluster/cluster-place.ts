import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { ClusterPlace } from '../../infra/access/cluster-roles.ts';
import type { ClusterSettings } from '../../infra/settings/cluster-settings.ts';
import type { ClusterOptions } from '../options/cluster-options.ts';
import type { AwsDefaults } from './aws-defaults.ts';

type KnownPlace = Pick<ClusterSettings, 'clusterName' | 'region' | 'account'>;

/**
 * The region of a cluster: what `cdk.json` says, what was said, or what the SDK takes by default.
 *
 * @throws when what was said is not what `cdk.json` says: the stack is not there
 */
export async function regionOf(
  { clusterName, region }: Omit<KnownPlace, 'account'>,
  options: ClusterOptions,
  aws: Pick<AwsDefaults, 'region'>,
): Promise<string> {
  if (region !== undefined && options.region !== undefined && region !== options.region) {
    throw new Error(
      `cdk.json has cluster "${clusterName}" in ${region}, and --region says ${options.region}: leave --region out, or correct "region" in cdk.json`,
    );
  }
  const known = region ?? options.region ?? (await aws.region());
  if (known !== undefined) return known;
  throw new Error(
    `the region of cluster "${clusterName}" is not known: say --region, set AWS_REGION or AWS_PROFILE, or set "region" in cdk.json`,
  );
}

/** The partition that a region is of. */
export function partitionOf(region: string): string {
  const { partition } = RegionInfo.get(region);
  if (partition !== undefined) return partition;
  throw new Error(
    `region "${region}" is none that CDK knows: correct --region, or "region" in cdk.json`,
  );
}

/** The account of a cluster. STS is asked where `cdk.json` does not say it. */
export async function accountOf(
  { account, clusterName }: Omit<KnownPlace, 'region'>,
  region: string,
  aws: Pick<AwsDefaults, 'account'>,
): Promise<string> {
  if (account !== undefined) return account;
  try {
    return await aws.account(region);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `the account of cluster "${clusterName}" is not known: set "account" in cdk.json, or log in to AWS (${why})`,
      { cause },
    );
  }
}

/** Where the stack of a cluster is, as CDK would deploy it. */
export async function clusterPlace(
  settings: KnownPlace,
  options: ClusterOptions,
  aws: AwsDefaults,
): Promise<ClusterPlace> {
  const region = await regionOf(settings, options, aws);
  return {
    partition: partitionOf(region),
    region,
    account: await accountOf(settings, region, aws),
  };
}
