import * as z from 'zod';
import type { ClusterSettings } from '../../../../infra/settings/cluster-settings.ts';
import { assertSameCluster } from '../../../kubeconfig/assert-same-cluster.ts';
import type { Check } from '../check.ts';
import type { ClusterRequest } from '../readers/cluster-reader.ts';
import { type Finding, failed, notChecked, ok, warning } from '../finding.ts';
import type { Reading } from '../readers/read-result.ts';

/** What says which cluster it is: the kubeconfig, and EKS where it can be asked. */
export interface FoundServer {
  readonly context: string;
  /** How the kubeconfig calls the cluster: by its ARN, if EKS wrote it. */
  readonly clusterName: string;
  readonly server: string;
  /** As EKS says; undefined where it could not be asked. */
  readonly endpoint: string | undefined;
  /** The account of the cluster that is meant; undefined where nobody knows it. */
  readonly account: string | undefined;
  /** Who issues the cluster's ServiceAccount tokens, as EKS says. No two clusters have the same. */
  readonly issuer: string | undefined;
}

const ISSUER: ClusterRequest<string> = {
  path: '/.well-known/openid-configuration',
  right: 'get /.well-known/openid-configuration',
  schema: z.object({ issuer: z.string() }).transform(({ issuer }) => issuer),
};

/** The kubeconfig and `cdk.json` mean the same cluster. */
export const rightClusterCheck: Check = {
  id: 'right-cluster',
  title: 'kubeconfig',
  requires: ['cluster'],
  after: ['aws-identity', 'eks-cluster'],
  async run({ aws, cluster, settings, region }) {
    const [reading, identity] = [await aws.cluster(settings.clusterName), await aws.identity()];
    const described = reading.kind === 'read' ? reading.value : {};
    const found = {
      ...(await cluster.reach()),
      account: settings.account ?? (identity.kind === 'read' ? identity.value.account : undefined),
      endpoint: described.endpoint,
      issuer: described.identity?.oidc?.issuer,
    };
    return (
      judgeServer(found, settings, region) ??
      judgeIssuer(found, await cluster.read(ISSUER), settings, region)
    );
  },
};

/** Judges by names and addresses; undefined where a proxy may stand between, and the cluster itself has to say who it is. */
export function judgeServer(
  { context, clusterName: name, server, account, endpoint }: FoundServer,
  { clusterName }: ClusterSettings,
  region: string,
): Finding | undefined {
  try {
    assertSameCluster({ name: context, cluster: { name } }, { clusterName, region, account });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return failed(message, remedyFor(clusterName, region));
  }
  if (endpoint === undefined) {
    return notChecked(
      'EKS could not be asked where the cluster is',
      'see above, where EKS is asked',
    );
  }
  return originOf(server) === originOf(endpoint) ? ok(endpoint) : undefined;
}

/** Judges a server that is not at the endpoint of EKS by whose tokens it takes. */
export function judgeIssuer(
  { context, server, endpoint, issuer }: FoundServer,
  reading: Reading<string>,
  { clusterName }: ClusterSettings,
  region: string,
): Finding {
  const elsewhere = `context "${context}" is for ${server}, and EKS cluster "${clusterName}" is at ${endpoint}`;
  const remedy = remedyFor(clusterName, region);
  if (reading.kind === 'forbidden' && issuer !== undefined) {
    return warning(
      `${elsewhere}: is that a proxy? You may not ${reading.right}, which would tell`,
      remedy,
    );
  }
  const isSame = reading.kind === 'read' && issuer !== undefined && reading.value === issuer;
  return isSame ? ok(`${server}, which is that cluster by its issuer`) : failed(elsewhere, remedy);
}

function remedyFor(clusterName: string, region: string): string {
  return `say --context for that cluster, or run: aws eks update-kubeconfig --name ${clusterName} --region ${region}`;
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}
