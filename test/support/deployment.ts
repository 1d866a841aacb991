import { MovableClock } from '../../local/clock.ts';
import { type EmbeddedCloud, startCloud } from '../../local/cloud.ts';
import type { Authenticate } from '../../local/kubernetes/access/user-info.ts';
import { assemblyOf } from './assembly-of.ts';

export const CLUSTER_NAME = 'test';
export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';
export const REFRESHER_ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/kube-aws-iam-${REGION}-${CLUSTER_NAME}`;
export const REFRESH = `kube-aws-iam-${CLUSTER_NAME}-refresh`;
export const SWEEP = `kube-aws-iam-${CLUSTER_NAME}-sweep`;

/** The product as it is deployed, in front of some cluster. */
export interface Deployment {
  readonly cloud: EmbeddedCloud;
  /** Folder of what was deployed. */
  readonly assemblyDir: string;
  readonly clock: MovableClock;
  /** Adds a role that the refresher may assume, as the README says; with a namespace, only for that one. */
  addPodRole(name: string, namespace?: string): void;
  /** Invokes a function and returns what it answered. @throws the function's error */
  invoke(functionName: string, event: object): Promise<unknown>;
  stop(): Promise<void>;
}

/** A cluster that takes tokens, whichever it is. */
export interface StartedCluster {
  readonly url: string;
  /** Where EKS says that it is, when that is not its own address. */
  readonly endpoint?: string;
  readonly caPem: string;
  stop(): Promise<void>;
}

/**
 * Synthesizes the stack, deploys it into an embedded AWS and puts it in front of the cluster that `startCluster` starts
 * with the token authentication of that AWS.
 *
 * @param startClock - makes the clock of the whole deployment, once all is ready for it
 */
export async function deploy<C extends StartedCluster>(
  startCluster: (authenticate: Authenticate, clock: MovableClock) => Promise<C>,
  settings: object = {},
  startClock = () => new MovableClock(),
): Promise<Deployment & { readonly cluster: C }> {
  const assemblyDir = await assemblyOf({
    clusterName: CLUSTER_NAME,
    assumableRoles: ['app-*'],
    installChart: false,
    ...settings,
  });
  const clock = startClock();
  const cloud = await startCloud({ assemblyDir, clock, account: ACCOUNT, region: REGION });
  const cluster = await startCluster(cloud.authenticateToken(CLUSTER_NAME), clock);
  const { url, endpoint = url, caPem } = cluster;
  cloud.eks.addCluster({ name: CLUSTER_NAME, endpoint, caPem });

  return {
    cloud,
    assemblyDir,
    clock,
    cluster,
    addPodRole: (name, namespace) =>
      cloud.sts.addRole({
        arn: `arn:aws:iam::${ACCOUNT}:role/${name}`,
        trustPolicy: trustPolicy(namespace),
      }),
    async invoke(functionName, event) {
      const result = await cloud.functions.invoke(functionName, event);
      if (result.kind === 'success') return result.payload;
      throw new Error(JSON.stringify(result));
    },
    async stop() {
      await cloud.stop();
      await cluster.stop();
    },
  };
}

function trustPolicy(namespace: string | undefined): object {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        Action: 'sts:AssumeRole',
        Condition: {
          ArnEquals: { 'aws:PrincipalArn': REFRESHER_ROLE_ARN },
          ...(namespace === undefined
            ? {}
            : { StringLike: { 'sts:RoleSessionName': `${namespace}@${CLUSTER_NAME}` } }),
        },
      },
    ],
  };
}
