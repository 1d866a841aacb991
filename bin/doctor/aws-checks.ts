import type { Cluster } from '@aws-sdk/client-eks';
import type { ClusterSettings } from '../../infra/settings.ts';
import { assertSameCluster } from '../kubernetes/assert-same-cluster.ts';
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

/** The kubeconfig and `cdk.json` mean the same cluster. */
export const rightClusterCheck: Check = {
  id: 'right-cluster',
  title: 'kubeconfig',
  requires: ['cluster'],
  after: ['eks-cluster'],
  async run({ aws, cluster, settings, region }) {
    const found = await cluster.reach();
    const reading = await aws.cluster(settings.clusterName);
    const endpoint = reading.kind === 'read' ? reading.value.endpoint : undefined;
    return judgeServer({ ...found, endpoint }, settings, region);
  },
};

/** What says which cluster it is: the kubeconfig, and EKS where it can be asked. */
export interface FoundServer {
  readonly context: string;
  /** How the kubeconfig calls the cluster: by its ARN, if EKS wrote it. */
  readonly clusterName: string;
  readonly server: string;
  readonly endpoint: string | undefined;
}

/** Judges whether the cluster of the kubeconfig is the one of the settings. */
export function judgeServer(
  { context, clusterName: name, server, endpoint }: FoundServer,
  { clusterName }: ClusterSettings,
  region: string,
): Finding {
  const remedy = `say --context for that cluster, or run: aws eks update-kubeconfig --name ${clusterName} --region ${region}`;
  try {
    assertSameCluster({ name: context, cluster: { name } }, { clusterName, region });
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error), remedy);
  }
  if (endpoint === undefined) {
    return notChecked(
      'EKS could not be asked where the cluster is',
      'see above, where EKS is asked',
    );
  }
  if (originOf(server) === originOf(endpoint)) return ok(endpoint);
  return failed(
    `context "${context}" is for ${server}, and EKS cluster "${clusterName}" is at ${endpoint}`,
    remedy,
  );
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}
