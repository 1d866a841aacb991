import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { ClusterPlace } from '../../infra/cluster-roles.ts';
import type { ClusterSettings } from '../../infra/settings.ts';
import type { AwsDefaults } from './aws-defaults.ts';
import type { ClusterOptions } from './cluster-options.ts';

/** The region of a cluster: what was said, what `cdk.json` says, or what the SDK takes by default. */
export async function regionOf(
  settings: Pick<ClusterSettings, 'clusterName' | 'region'>,
  options: ClusterOptions,
  aws: Pick<AwsDefaults, 'region'>,
): Promise<string> {
  const known = options.region ?? settings.region ?? (await aws.region());
  if (known !== undefined) return known;
  throw new Error(
    `the region of cluster "${settings.clusterName}" is not known: say --region, set AWS_REGION or AWS_PROFILE, or set "region" in cdk.json`,
  );
}

/** Where the stack of a cluster is, as CDK would deploy it. STS is asked for the account where `cdk.json` does not say it. */
export async function clusterPlace(
  settings: ClusterSettings,
  options: ClusterOptions,
  aws: AwsDefaults,
): Promise<ClusterPlace> {
  const region = await regionOf(settings, options, aws);
  const { partition } = RegionInfo.get(region);
  if (partition === undefined) {
    throw new Error(
      `region "${region}" is none that CDK knows: correct --region, or "region" in cdk.json`,
    );
  }
  return { partition, region, account: await accountOf(settings, region, aws) };
}

async function accountOf(
  { account, clusterName }: ClusterSettings,
  region: string,
  aws: AwsDefaults,
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
