import * as z from 'zod';
import { parseRoleArn } from '../../contract/aws/role-arn.ts';
import { ENVIRONMENT } from '../../contract/environment.ts';
import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import {
  PAUSED_REPLICAS_ANNOTATION,
  REFRESHER_DEPLOYMENT,
} from '../../contract/kubernetes/refresher-lease.ts';
import { ClusterSetupError } from '../../kubernetes/errors.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import { getObject } from '../kubeconfig/get-object.ts';
import { sendObject } from '../kubeconfig/send-object.ts';

/** Path of the Deployment of a refresher that runs in the cluster. */
export const REFRESHER_DEPLOYMENT_PATH = `/apis/apps/v1/namespaces/${PRODUCT_NAMESPACE}/deployments/${REFRESHER_DEPLOYMENT}`;

/** The variables of the containers of a Deployment. */
export const podTemplate = z.object({
  spec: z.object({
    containers: z.array(
      z.object({
        env: z.array(z.object({ name: z.string(), value: z.string().default('') })).default([]),
      }),
    ),
  }),
});

/** The read fields of the Deployment. */
export const refresherDeployment = z
  .object({
    metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }),
    spec: z.object({
      replicas: z.number().default(1),
      template: podTemplate,
    }),
  })
  .transform(({ metadata, spec }) => ({
    replicas: spec.replicas,
    /** How many replicas `resume` restores; undefined if it is not known. */
    replicasBeforePause: wholeNumber(metadata.annotations[PAUSED_REPLICAS_ANNOTATION]),
    environment: Object.fromEntries(
      spec.template.spec.containers.flatMap(({ env }) =>
        // As the kubelet reads it.
        env.map(({ name, value }) => [name, value.replaceAll('$$', '$')] as const),
      ),
    ),
  }));

export type RefresherDeployment = z.output<typeof refresherDeployment>;

function wholeNumber(text = ''): number | undefined {
  return /^[1-9]\d{0,2}$/.test(text) ? Number(text) : undefined;
}

/** Reads the Deployment; undefined if it does not exist. */
export async function readRefresherDeployment(
  connection: KubernetesConnection,
  signal: AbortSignal,
): Promise<RefresherDeployment | undefined> {
  const deployment = await getObject(connection, REFRESHER_DEPLOYMENT_PATH, signal);
  return deployment === undefined ? undefined : refresherDeployment.parse(deployment);
}

/**
 * Reads the Deployment of a cluster.
 *
 * @param context - of the kubeconfig
 * @throws {ClusterSetupError} when it does not exist, or belongs to another cluster
 */
export async function requireRefresherDeployment(
  connection: KubernetesConnection,
  expected: ExpectedRefresher,
  signal: AbortSignal,
): Promise<RefresherDeployment> {
  const { clusterName, context } = expected;
  const deployment = await readRefresherDeployment(connection, signal);
  if (deployment === undefined) {
    throw new ClusterSetupError(
      `the cluster of context "${context}" has no Deployment ${PRODUCT_NAMESPACE}/${REFRESHER_DEPLOYMENT}, in which the refresher of cluster "${clusterName}" runs (setting "runsIn"): choose the matching --context, or apply the manifests (kube-aws-iam manifests)`,
    );
  }
  assertOfCluster(deployment, expected);
  return deployment;
}

/** Whose refresher a cluster must have. */
export interface ExpectedRefresher {
  readonly clusterName: string;
  /** Undefined if it is not known. */
  readonly region?: string | undefined;
  /** Undefined if it is not known. */
  readonly account?: string | undefined;
  /** Context of the kubeconfig. */
  readonly context: string;
}

/**
 * Asserts that the refresher in the cluster of a context is the one of a cluster. Clusters of other Regions and accounts may have
 * the same name: `seed` would hand over credentials of another account's roles.
 *
 * @throws {ClusterSetupError} when it is another one
 */
function assertOfCluster(
  { environment }: Pick<RefresherDeployment, 'environment'>,
  { clusterName, region, account, context }: ExpectedRefresher,
): void {
  const ownRole = environment['AWS_ROLE_ARN'] ?? environment[ENVIRONMENT.forwarderRoleArn] ?? '';
  const actual = {
    clusterName: environment[ENVIRONMENT.clusterName],
    region: environment['AWS_REGION'],
    account: parseRoleArn(ownRole)?.account,
  };
  const isNamed = actual.clusterName === clusterName;
  const isInRegion = region === undefined || actual.region === region;
  const isInAccount = account === undefined || actual.account === account;
  if (isNamed && isInRegion && isInAccount) return;
  const place = (one: Pick<ExpectedRefresher, 'region' | 'account'>) =>
    isNamed ? ` (${one.region ?? 'any Region'}, account ${one.account ?? 'any'})` : '';
  throw new ClusterSetupError(
    `the refresher in the cluster of context "${context}" is that of cluster "${actual.clusterName ?? ''}"${place(actual)}, but the configuration is for "${clusterName}"${place({ region, account })}: choose the matching --context or --cluster, or apply the manifests again`,
  );
}

/**
 * Scales the Deployment and remembers the replicas that `resume` restores; undefined forgets them.
 *
 * @throws when the API server rejects it, with a message for the user
 */
export async function scaleRefresher(
  connection: KubernetesConnection,
  replicas: number,
  remembered: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const annotation = remembered === undefined ? null : String(remembered);
  const annotations = { [PAUSED_REPLICAS_ANNOTATION]: annotation };
  await sendObject(
    connection,
    {
      method: 'PATCH',
      path: REFRESHER_DEPLOYMENT_PATH,
      body: { metadata: { annotations }, spec: { replicas } },
    },
    signal,
  );
}
