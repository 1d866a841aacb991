import { type ArnScope, parseRoleArn, regionalArn } from '../arn.ts';
import type { AwsServer } from '../http/aws-server.ts';
import { type RestDeps, type RestOperation, startRestService } from '../http/rest-json.ts';
import { ServiceError } from '../http/service-error.ts';
import type { AccessEntry } from './token-authenticator.ts';

/** A cluster as DescribeCluster returns it. */
export interface EksCluster {
  readonly name: string;
  /** URL of the Kubernetes API server; absent until the cluster is active. */
  readonly endpoint?: string;
  /** Certificate of the cluster's certificate authority, in PEM. */
  readonly caPem?: string;
  /** Issuer of the cluster's ServiceAccount tokens. */
  readonly oidcIssuer?: string;
  /** @default API_AND_CONFIG_MAP */
  readonly authenticationMode?: 'API' | 'API_AND_CONFIG_MAP' | 'CONFIG_MAP';
  /** Access to the endpoint. @default - public for every address, not private */
  readonly vpcConfig?: VpcConfig;
  /** @default ACTIVE */
  readonly status?: 'ACTIVE' | 'CREATING' | 'DELETING' | 'FAILED' | 'UPDATING' | 'PENDING';
}

/** The fields of a cluster's `resourcesVpcConfig` that the product reads. */
export interface VpcConfig {
  readonly vpcId: string;
  readonly clusterSecurityGroupId: string;
  readonly endpointPublicAccess: boolean;
  readonly endpointPrivateAccess: boolean;
  readonly publicAccessCidrs: readonly string[];
}

const PUBLIC: VpcConfig = {
  vpcId: 'vpc-0123456789abcdef0',
  clusterSecurityGroupId: 'sg-0c0c0c0c0c0c0c0c0',
  endpointPublicAccess: true,
  endpointPrivateAccess: false,
  publicAccessCidrs: ['0.0.0.0/0'],
};

/** The embedded EKS, with its clusters and their access entries. */
export interface EmbeddedEks extends AwsServer {
  /** Creates a cluster, or replaces the one of that name. */
  addCluster(cluster: EksCluster): void;
  findCluster(name: string): EksCluster | undefined;
  /** Creates an access entry, or replaces the one of that principal. */
  putAccessEntry(entry: AccessEntry): void;
  removeAccessEntry(clusterName: string, principalArn: string): void;
  accessEntriesOf(clusterName: string): readonly AccessEntry[];
}

/** Starts an EKS on a loopback address. It supports DescribeCluster and DescribeAccessEntry. */
export async function startEks(deps: RestDeps): Promise<EmbeddedEks> {
  const clusters = new Map<string, EksCluster>();
  const entries = new Map<string, AccessEntry>();
  const server = await startRestService(deps, {
    name: 'eks',
    operations: [describeCluster(clusters), describeAccessEntry(clusters, entries)],
  });
  const keyOf = (clusterName: string, principalArn: string) => `${principalArn}|${clusterName}`;
  return {
    ...server,
    addCluster: (cluster) => clusters.set(cluster.name, cluster),
    findCluster: (name) => clusters.get(name),
    putAccessEntry: (entry) => entries.set(keyOf(entry.clusterName, entry.principalArn), entry),
    removeAccessEntry: (clusterName, principalArn) =>
      entries.delete(keyOf(clusterName, principalArn)),
    accessEntriesOf: (clusterName) =>
      [...entries.values()].filter((entry) => entry.clusterName === clusterName),
  };
}

function describeCluster(clusters: ReadonlyMap<string, EksCluster>): RestOperation {
  return {
    name: 'DescribeCluster',
    method: 'GET',
    path: /^\/clusters\/([^/]+)$/,
    arn: ({ scope, parameters: [name = ''] }) => clusterArn(scope, name),
    handle: ({ scope, parameters: [name = ''] }) => ({
      body: { cluster: describe(find(clusters, name), clusterArn(scope, name)) },
    }),
  };
}

function describeAccessEntry(
  clusters: ReadonlyMap<string, EksCluster>,
  entries: ReadonlyMap<string, AccessEntry>,
): RestOperation {
  return {
    name: 'DescribeAccessEntry',
    method: 'GET',
    path: /^\/clusters\/([^/]+)\/access-entries\/([^/]+)$/,
    arn: ({ scope, parameters: [name = '', principal = ''] }) => entryArn(scope, name, principal),
    handle: ({ scope, parameters: [name = '', principal = ''] }) => {
      const { authenticationMode } = find(clusters, name);
      if (authenticationMode === 'CONFIG_MAP') {
        throw new ServiceError(
          400,
          'InvalidRequestException',
          "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
        );
      }
      const entry = entries.get(`${principal}|${name}`);
      if (entry) return { body: { accessEntry: describeEntry(scope, entry) } };
      throw new ServiceError(
        404,
        'ResourceNotFoundException',
        `The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.`,
      );
    },
  };
}

function find(clusters: ReadonlyMap<string, EksCluster>, name: string): EksCluster {
  const cluster = clusters.get(name);
  if (cluster) return cluster;
  throw new ServiceError(404, 'ResourceNotFoundException', `No cluster found for name: ${name}.`);
}

function describe(cluster: EksCluster, arn: string) {
  const { name, endpoint, caPem, oidcIssuer, authenticationMode, status } = cluster;
  const { vpcConfig = PUBLIC } = cluster;
  return {
    name,
    arn,
    status: status ?? 'ACTIVE',
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(caPem === undefined
      ? {}
      : { certificateAuthority: { data: Buffer.from(caPem).toString('base64') } }),
    ...(oidcIssuer === undefined ? {} : { identity: { oidc: { issuer: oidcIssuer } } }),
    resourcesVpcConfig: vpcConfig,
    accessConfig: { authenticationMode: authenticationMode ?? 'API_AND_CONFIG_MAP' },
  };
}

function describeEntry(scope: ArnScope, entry: AccessEntry) {
  const { clusterName, principalArn, kubernetesGroups, username } = entry;
  return {
    clusterName,
    principalArn,
    kubernetesGroups,
    accessEntryArn: entryArn(scope, clusterName, principalArn),
    type: 'STANDARD',
    ...(username === undefined ? {} : { username }),
  };
}

function clusterArn(scope: ArnScope, name: string): string {
  return regionalArn(scope, 'eks', `cluster/${name}`);
}

/** As EKS forms it, except for the unique ID at its end, which policies cannot know in advance. */
function entryArn(scope: ArnScope, clusterName: string, principalArn: string): string {
  const { account, name } = parseRoleArn(principalArn) ?? {};
  return regionalArn(scope, 'eks', `access-entry/${clusterName}/role/${account}/${name}/0`);
}
