import * as z from 'zod';
import { FORWARDER_SERVICE_ACCOUNT, PRODUCT_NAMESPACE } from '../../../../contract/forwarder.ts';
import { shellCommand } from '../../../../tools/terminal/shell-quote.ts';
import { type Check, type Finding, failed, ok, unreadable } from '../check.ts';
import type { ClusterRequest } from '../readers/cluster-reader.ts';
import { installChartCommand } from '../remedies.ts';
import { SECRET_CREATION_CHECKS } from './forwarder-secret.ts';

/** The chart gives Deployment and ServiceAccount the same name. */
const DEPLOYMENT = FORWARDER_SERVICE_ACCOUNT;

const SELECTOR = 'app.kubernetes.io/name=kube-aws-iam,app.kubernetes.io/component=forwarder';

const condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(''),
  message: z.string().default(''),
});

const deployment = z.object({
  spec: z.object({ replicas: z.number().default(1) }),
  status: z
    .object({
      availableReplicas: z.number().default(0),
      conditions: z.array(condition).default([]),
    })
    .default({ availableReplicas: 0, conditions: [] }),
});

/** The checked fields of the Deployment. */
type ForwarderDeployment = z.output<typeof deployment>;

const containerState = z.object({
  reason: z.string().default(''),
  message: z.string().default(''),
});

/** The checked fields of a pod of the forwarder. */
export const forwarderPod = z.object({
  metadata: z.object({ name: z.string() }),
  status: z
    .object({
      phase: z.string().default('Pending'),
      conditions: z.array(condition).default([]),
      containerStatuses: z
        .array(
          z.object({
            state: z.object({ waiting: containerState.optional() }).default({}),
            lastState: z.object({ terminated: containerState.optional() }).default({}),
          }),
        )
        .default([]),
    })
    .default({ phase: 'Pending', conditions: [], containerStatuses: [] }),
});

type ForwarderPod = z.output<typeof forwarderPod>;

/** Reads the Deployment of the forwarder. */
export function forwarderDeployment<T>(schema: z.ZodType<T>): ClusterRequest<T> {
  return {
    path: `/apis/apps/v1/namespaces/${PRODUCT_NAMESPACE}/deployments/${DEPLOYMENT}`,
    permission: `get deployments in namespace "${PRODUCT_NAMESPACE}"`,
    schema,
  };
}

/** Lists the pods of the forwarder. */
export const FORWARDER_PODS: ClusterRequest<{ readonly items: readonly ForwarderPod[] }> = {
  path: `/api/v1/namespaces/${PRODUCT_NAMESPACE}/pods?labelSelector=${SELECTOR}`,
  permission: `list pods in namespace "${PRODUCT_NAMESPACE}"`,
  schema: z.object({ items: z.array(forwarderPod) }),
};

/** The forwarder is available. Without it, pods wait for the next refresh. */
export const forwarderCheck: Check = {
  id: 'forwarder',
  title: 'forwarder',
  requires: ['cluster'],
  after: [...SECRET_CREATION_CHECKS, 'forwarder-secret'],
  async run({ cluster, settings }) {
    const result = await cluster.read(forwarderDeployment(deployment));
    if (result.kind === 'absent') {
      return failed(`Deployment ${DEPLOYMENT} is missing`, installChartCommand(settings));
    }
    if (result.kind !== 'found') return unreadable(result);
    const judged = judgeDeployment(result.value);
    if (judged !== undefined) return judged;
    const pods = await cluster.read(FORWARDER_PODS);
    if (pods.kind === 'absent') {
      return failed('the server does not list pods', 'check that it is a Kubernetes API server');
    }
    return pods.kind === 'found' ? judgePods(pods.value.items, result.value) : unreadable(pods);
  },
};

/** Judges the Deployment; undefined if the reason has to be found in its pods. */
export function judgeDeployment({ spec, status }: ForwarderDeployment): Finding | undefined {
  if (spec.replicas === 0) {
    return failed(
      `Deployment ${DEPLOYMENT} is scaled to 0`,
      shellCommand`run: kubectl scale deployment ${DEPLOYMENT} --namespace ${PRODUCT_NAMESPACE} --replicas 1`,
    );
  }
  if (status.availableReplicas === 0) return undefined;
  return ok(`${status.availableReplicas} of ${spec.replicas} available`);
}

/** Finds out why no pod of the forwarder is available. */
export function judgePods(pods: readonly ForwarderPod[], { status }: ForwarderDeployment): Finding {
  const [pod] = pods;
  if (pod !== undefined) return judgePod(pod);
  const failure = status.conditions.find(
    (one) => one.type === 'ReplicaFailure' && one.status === 'True',
  );
  return failed(
    failure === undefined
      ? 'the Deployment has no pod, and Kubernetes gives no reason'
      : `pods cannot be created: ${failure.message || failure.reason}`,
    shellCommand`run: kubectl describe replicasets --namespace ${PRODUCT_NAMESPACE}`,
  );
}

/** Finds out why a pod is not available, and quotes Kubernetes' reason. */
export function judgePod({ metadata: { name }, status }: ForwarderPod): Finding {
  const [container] = status.containerStatuses;
  const waiting = container?.state.waiting;
  const unscheduled = status.conditions.find(
    (one) => one.type === 'PodScheduled' && one.status === 'False',
  );
  if (unscheduled !== undefined) {
    return failed(
      `pod ${name} cannot be scheduled: ${unscheduled.message}`,
      "add a node that fits, or set the chart's forwarder.nodeSelector and tolerations",
    );
  }
  if (waiting !== undefined && /Image/.test(waiting.reason)) {
    return failed(
      `the image of pod ${name} cannot be pulled: ${waiting.reason}: ${waiting.message}`,
      "set the chart's forwarder.image to a Node.js image that the nodes can pull, and forwarder.imagePullSecrets if the registry needs them",
    );
  }
  if (waiting?.reason === 'CrashLoopBackOff') {
    const { reason = '', message = '' } = container?.lastState.terminated ?? {};
    return failed(
      `pod ${name} crashes repeatedly: ${reason} ${message}`.trim(),
      shellCommand`run: kubectl logs --previous ${name} --namespace ${PRODUCT_NAMESPACE}`,
    );
  }
  if (waiting !== undefined) {
    return failed(
      `pod ${name} is waiting: ${waiting.reason} ${waiting.message}`.trim(),
      shellCommand`run: kubectl describe pod ${name} --namespace ${PRODUCT_NAMESPACE}`,
    );
  }
  return failed(
    `pod ${name} is ${status.phase} but not ready`,
    shellCommand`run: kubectl logs ${name} --namespace ${PRODUCT_NAMESPACE}`,
  );
}
