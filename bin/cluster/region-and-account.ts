import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { errorMessageOf } from '../../contract/errors.ts';
import type { ClusterLocation } from '../../infra/access/cluster-roles.ts';
import type { ClusterSettings } from '../../infra/settings/cluster-settings.ts';
import { awsClientConfig } from '../aws/aws-client-config.ts';
import { partitionOf } from '../aws/partition-of.ts';
import type { ClusterOptions } from '../options/cluster-options.ts';
import { cdkRegion } from './cdk-environment.ts';

/** Region and account from the environment, for a `cdk.json` that leaves them out, as CDK resolves them. */
export interface AwsDefaults {
  /** The region of the environment or of the AWS profile. */
  region(): Promise<string | undefined>;
  /** The account of the credentials, from STS. */
  account(region: string): Promise<string>;
}

/** In milliseconds. Short, so that the command fails soon when STS is unreachable. */
const STS_TIMEOUTS = { connectionTimeout: 3_000, requestTimeout: 5_000 };

/** The defaults of CDK on this machine. */
export const cdkDefaults: AwsDefaults = {
  region: cdkRegion,
  async account(region) {
    const sts = new STSClient(awsClientConfig(region, STS_TIMEOUTS));
    const { Account } = await sts.send(new GetCallerIdentityCommand({}));
    if (Account === undefined) throw new Error('STS returned no account');
    return Account;
  },
};

type PartialSettings = Pick<ClusterSettings, 'clusterName' | 'region' | 'account'>;

/**
 * Resolves the region of a cluster: from `cdk.json`, `--region`, or CDK's defaults.
 *
 * @throws when `--region` contradicts `cdk.json`, because the stack is not in that region, and when no region is known
 */
export async function resolveRegion(
  { clusterName, region }: Omit<PartialSettings, 'account'>,
  options: ClusterOptions,
  aws: Pick<AwsDefaults, 'region'>,
): Promise<string> {
  if (region !== undefined && options.region !== undefined && region !== options.region) {
    throw new Error(
      `--region is ${options.region}, but cdk.json sets ${region} for cluster "${clusterName}": omit --region, or correct "region" in cdk.json`,
    );
  }
  const known = region ?? options.region ?? (await aws.region());
  if (known !== undefined) return known;
  throw new Error(
    `the region of cluster "${clusterName}" is unknown: use --region, set AWS_REGION or AWS_PROFILE, or set "region" in cdk.json`,
  );
}

/**
 * Returns the account of a cluster, from `cdk.json` or `--account`; undefined if it is that of the credentials.
 *
 * @throws when `--account` contradicts `cdk.json`, because the stack is not in that account
 */
export function configuredAccount(
  { clusterName, account }: Omit<PartialSettings, 'region'>,
  options: ClusterOptions,
): string | undefined {
  if (account !== undefined && options.account !== undefined && account !== options.account) {
    throw new Error(
      `--account is ${options.account}, but cdk.json sets ${account} for cluster "${clusterName}": omit --account, or correct "account" in cdk.json`,
    );
  }
  return account ?? options.account;
}

/**
 * Resolves the account of a cluster: from `cdk.json`, `--account`, or the account of the credentials.
 *
 * @throws when `--account` contradicts `cdk.json`, and when STS does not answer
 */
export async function resolveAccount(
  settings: Omit<PartialSettings, 'region'>,
  region: string,
  options: ClusterOptions,
  aws: Pick<AwsDefaults, 'account'>,
): Promise<string> {
  const account = configuredAccount(settings, options);
  if (account !== undefined) return account;
  try {
    return await aws.account(region);
  } catch (cause) {
    const message = errorMessageOf(cause);
    throw new Error(
      `the account of cluster "${settings.clusterName}" is unknown (${message}): use --account, set "account" in cdk.json, or log in to AWS`,
      { cause },
    );
  }
}

/** Resolves partition, region and account of a cluster's stack, as CDK would deploy it. */
export async function resolveClusterLocation(
  settings: PartialSettings,
  options: ClusterOptions,
  aws: AwsDefaults,
): Promise<ClusterLocation> {
  const region = await resolveRegion(settings, options, aws);
  return {
    partition: partitionOf(region),
    region,
    account: await resolveAccount(settings, region, options, aws),
  };
}
