import type { StartEnvironmentProcess } from '../../../local/aws/lambda/environment-process.ts';
import { MovableClock } from '../../../local/clock.ts';
import { type EmbeddedCloud, startCloud } from '../../../local/cloud.ts';
import type { Authenticate } from '../../../local/kubernetes/access/user-info.ts';
import { assemblyOf } from './assembly-of.ts';

export const CLUSTER_NAME = 'test';
export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';
export const REFRESHER_ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/kube-aws-iam-${REGION}-${CLUSTER_NAME}`;
export const REFRESH = `kube-aws-iam-${CLUSTER_NAME}-refresh`;
export const EVENTS = `kube-aws-iam-${CLUSTER_NAME}-events`;
export const SWEEP = `kube-aws-iam-${CLUSTER_NAME}-sweep`;

/** The deployed product, connected to a cluster. */
export interface Deployment {
  readonly cloud: EmbeddedCloud;
  /** Folder of the deployed cloud assembly. */
  readonly assemblyDir: string;
  readonly clock: MovableClock;
  /** Adds a role that trusts the refresher as the README describes, for one namespace if given. */
  addPodRole(name: string, namespace?: string): void;
  /** Invokes a function and returns its result. @throws {Error} the function's error */
  invoke(functionName: string, event: object): Promise<unknown>;
  stop(): Promise<void>;
}

/** A real or embedded cluster that accepts EKS tokens. */
export interface StartedCluster {
  readonly url: string;
  /** The endpoint that EKS returns. @default - `url` */
  readonly endpoint?: string;
  readonly caPem: string;
  stop(): Promise<void>;
}

/**
 * Synthesizes the stack, deploys it to an embedded AWS, and connects it to the cluster that `startCluster` starts, which
 * authenticates tokens with that AWS.
 *
 * @param startClock - creates the clock of the deployment, after the synthesis
 * @param startProcess - starts the processes of the functions
 * @param accountConcurrency - limit of the account for concurrent invocations
 */
export async function deploy<C extends StartedCluster>(
  startCluster: (authenticate: Authenticate, clock: MovableClock) => Promise<C>,
  settings: object = {},
  startClock = () => new MovableClock(),
  startProcess?: StartEnvironmentProcess,
  accountConcurrency?: number,
): Promise<Deployment & { readonly cluster: C }> {
  const assemblyDir = await assemblyOf({
    clusterName: CLUSTER_NAME,
    assumableRoles: ['app-*'],
    installChart: false,
    ...settings,
  });
  const clock = startClock();
  const cloud = await startCloud({
    assemblyDir,
    clock,
    startProcess,
    accountConcurrency,
    account: ACCOUNT,
    region: REGION,
  });
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
