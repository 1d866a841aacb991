import type { Cluster } from '@aws-sdk/client-eks';
import type { ClusterSettings } from '../../../infra/settings/cluster-settings.ts';
import type { AwsIdentity } from './aws-reader.ts';
import type { Check } from './check.ts';
import { type Finding, failed, notChecked, ok } from './finding.ts';
import { unread } from './reading.ts';

/** The caller is in the account of the cluster. */
export const identityCheck: Check = {
  id: 'aws-identity',
  title: 'AWS identity',
  async run({ aws, settings }) {
    const reading = await aws.identity();
    if (reading.kind === 'read') return judgeIdentity(reading.value, settings);
    return reading.kind === 'absent' ? notChecked('STS names nobody') : unread(reading);
  },
};

/** Judges whose credentials they are. */
export function judgeIdentity({ account, arn }: AwsIdentity, settings: ClusterSettings): Finding {
  if (settings.account === undefined || settings.account === account) return ok(arn);
  return failed(
    `you are ${arn}, and cdk.json says account ${settings.account}`,
    'log in to that account (AWS_PROFILE), or correct "account" in cdk.json',
  );
}

/** EKS knows the cluster, and it is up. */
export const eksClusterCheck: Check = {
  id: 'eks-cluster',
  title: 'EKS cluster',
  requires: ['aws-identity'],
  async run({ aws, settings: { clusterName }, region }) {
    const reading = await aws.cluster(clusterName);
    if (reading.kind === 'read') return judgeStatus(reading.value);
    if (reading.kind !== 'absent') return unread(reading);
    return failed(
      `there is no EKS cluster "${clusterName}" in ${region} of your account`,
      'correct "clusterName", "region" or "account" in cdk.json, or log in to the account of the cluster',
    );
  },
};

/** Judges whether a cluster is up. While EKS changes something, it goes on working. */
export function judgeStatus({ status }: Pick<Cluster, 'status'>): Finding {
  if (status === 'ACTIVE' || status === 'UPDATING') return ok(status);
  return failed(
    `its status is ${status ?? 'unknown'}`,
    status === 'CREATING' ? 'wait until it is ACTIVE' : 'look at the cluster in the EKS console',
  );
}
