import * as z from 'zod';
import { errorMessageOf } from '../../../../contract/errors.ts';
import type { ClusterSettings } from '../../../../infra/settings/cluster-settings.ts';
import { shellCommand } from '../../../../tools/terminal/shell-quote.ts';
import { assertSameCluster } from '../../../kubeconfig/assert-same-cluster.ts';
import { type Check, type Finding, failed, notChecked, ok, warning } from '../check.ts';
import type { ClusterRequest } from '../readers/cluster-reader.ts';
import type { ReadResult } from '../readers/read-result.ts';

/** What identifies the cluster: the kubeconfig, and EKS if it can be read. */
interface ServerIdentity {
  readonly context: string;
  /** Name of the cluster in the kubeconfig: the ARN, if the AWS CLI wrote it. */
  readonly clusterName: string;
  readonly server: string;
  /** The endpoint in EKS; undefined if EKS could not be read. */
  readonly endpoint: string | undefined;
  /** The account of the expected cluster; undefined if unknown. */
  readonly account: string | undefined;
  /** Issuer of the cluster's ServiceAccount tokens in EKS. It is unique to a cluster. */
  readonly issuer: string | undefined;
}

/** The issuer of the API server's tokens, as it publishes it. */
export const ISSUER: ClusterRequest<string> = {
  path: '/.well-known/openid-configuration',
  permission: 'get /.well-known/openid-configuration',
  schema: z.object({ issuer: z.string() }).transform(({ issuer }) => issuer),
};

/** The kubeconfig and `cdk.json` identify the same cluster. */
export const sameClusterCheck: Check = {
  id: 'right-cluster',
  title: 'kubeconfig',
  requires: ['cluster'],
  after: ['aws-identity', 'eks-cluster'],
  async run({ aws, cluster, settings, region }) {
    const [described, identity] = [await aws.cluster(settings.clusterName), await aws.identity()];
    const eksCluster = described.kind === 'found' ? described.value : {};
    const server = {
      ...(await cluster.connect()),
      account: settings.account ?? (identity.kind === 'found' ? identity.value.account : undefined),
      endpoint: eksCluster.endpoint,
      issuer: eksCluster.identity?.oidc?.issuer,
    };
    return (
      judgeServer(server, settings, region) ??
      judgeIssuer(server, await cluster.read(ISSUER), settings, region)
    );
  },
};

/** Judges by name and address. Undefined if the addresses differ: the server may be a proxy of the cluster. */
export function judgeServer(
  { context, clusterName: name, server, account, endpoint }: ServerIdentity,
  { clusterName }: ClusterSettings,
  region: string,
): Finding | undefined {
  try {
    assertSameCluster({ name: context, cluster: { name } }, { clusterName, region, account });
  } catch (error) {
    const message = errorMessageOf(error);
    return failed(message, remedyFor(clusterName, region));
  }
  if (endpoint === undefined) {
    return notChecked(
      'the endpoint of the cluster could not be read from EKS',
      'fix the check "EKS cluster" above',
    );
  }
  return originOf(server) === originOf(endpoint) ? ok(endpoint) : undefined;
}

/** Judges a server that is not the endpoint in EKS by the issuer of its tokens. */
export function judgeIssuer(
  { context, server, endpoint, issuer }: ServerIdentity,
  result: ReadResult<string>,
  { clusterName }: ClusterSettings,
  region: string,
): Finding {
  const mismatch = `context "${context}" is for ${server}, but EKS cluster "${clusterName}" is at ${endpoint}`;
  const remedy = remedyFor(clusterName, region);
  if (result.kind === 'forbidden' && issuer !== undefined) {
    return warning(
      `${mismatch}. It may be a proxy: the permission ${result.permission} is missing to verify that`,
      remedy,
    );
  }
  const isSame = result.kind === 'found' && issuer !== undefined && result.value === issuer;
  return isSame
    ? ok(`${server}, identified as that cluster by its token issuer`)
    : failed(mismatch, remedy);
}

function remedyFor(clusterName: string, region: string): string {
  return shellCommand`choose the --context of that cluster, or run: aws eks update-kubeconfig --name ${clusterName} --region ${region}`;
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}
