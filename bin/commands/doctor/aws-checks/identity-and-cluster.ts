import type { Cluster } from '@aws-sdk/client-eks';
import type { ClusterSettings } from '../../../../infra/settings/cluster-settings.ts';
import {
  type Check,
  type CheckContext,
  type Finding,
  failed,
  notChecked,
  ok,
  unreadable,
} from '../check.ts';
import type { AwsIdentity } from '../readers/aws-reader.ts';

/** The caller's credentials belong to the account of the cluster. */
export const identityCheck: Check = {
  id: 'aws-identity',
  title: 'AWS identity',
  async run({ aws, settings }) {
    const result = await aws.identity();
    if (result.kind === 'found') return judgeIdentity(result.value, settings);
    return result.kind === 'absent' ? notChecked('STS returned no identity') : unreadable(result);
  },
};

/** Judges the caller's account. */
export function judgeIdentity({ account, arn }: AwsIdentity, settings: ClusterSettings): Finding {
  if (settings.account === undefined || settings.account === account) return ok(arn);
  return failed(
    `your credentials are for ${arn}, but the account of the cluster is ${settings.account}`,
    'log in to that account (AWS_PROFILE), or correct --account, or "account" in cdk.json',
  );
}

/** The EKS cluster exists and is active. */
export const eksClusterCheck: Check = {
  id: 'eks-cluster',
  title: 'EKS cluster',
  requires: ['aws-identity'],
  async run({ aws, settings: { clusterName }, region }) {
    const result = await aws.cluster(clusterName);
    if (result.kind === 'found') return judgeStatus(result.value);
    if (result.kind !== 'absent') return unreadable(result);
    return failed(
      `EKS cluster "${clusterName}" does not exist in ${region} of your account`,
      'correct "clusterName", "region" or "account" in cdk.json, or log in to the account of the cluster',
    );
  },
};

/** Judges the status of the cluster. It keeps working during an update. */
export function judgeStatus({ status }: Pick<Cluster, 'status'>): Finding {
  if (status === 'ACTIVE' || status === 'UPDATING') return ok(status);
  return failed(
    `the cluster's status is ${status ?? 'unknown'}`,
    status === 'CREATING' ? 'wait until it is ACTIVE' : 'check the cluster in the EKS console',
  );
}

/** Judges what EKS reports about the cluster. */
export async function judgeCluster(
  { aws, settings }: CheckContext,
  judge: (cluster: Cluster, settings: ClusterSettings) => Finding,
): Promise<Finding> {
  const result = await aws.cluster(settings.clusterName);
  return result.kind === 'found'
    ? judge(result.value, settings)
    : notChecked('EKS does not describe the cluster');
}
