import * as z from 'zod';
import { FORWARDER_SERVICE_ACCOUNT, PRODUCT_NAMESPACE } from '../../../../contract/forwarder.ts';
import { shellCommand } from '../../../../tools/terminal/shell-quote.ts';
import { type Check, type CheckContext, type Finding, failed, ok, unreadable } from '../check.ts';
import type { ClusterRequest } from '../readers/cluster-reader.ts';
import { installChartCommand } from '../remedies.ts';
import { SECRET_CREATION_CHECKS } from './forwarder-secret.ts';

/** A process of the chart. */
export interface Workload {
  /** Name of its Deployment. */
  readonly deployment: string;
  /** The label `app.kubernetes.io/component` of its pods. */
  readonly component: string;
  /** Where the chart's values have its image and scheduling. */
  readonly values: string;
}

/** The chart gives Deployment and ServiceAccount the same name. */
const FORWARDER: Workload = {
  deployment: FORWARDER_SERVICE_ACCOUNT,
  component: 'forwarder',
  values: 'forwarder',
};

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

/** Reads the Deployment of a process of the chart. */
export function deploymentOf<T>(
  { deployment: name }: Workload,
  schema: z.ZodType<T>,
): ClusterRequest<T> {
  return {
    path: `/apis/apps/v1/namespaces/${PRODUCT_NAMESPACE}/deployments/${name}`,
    permission: `get deployments in namespace "${PRODUCT_NAMESPACE}"`,
    schema,
  };
}

/** Reads the Deployment of the forwarder. */
export function forwarderDeployment<T>(schema: z.ZodType<T>): ClusterRequest<T> {
  return deploymentOf(FORWARDER, schema);
}

function podsOf({
  component,
}: Workload): ClusterRequest<{ readonly items: readonly ForwarderPod[] }> {
  const selector = `app.kubernetes.io/name=kube-aws-iam,app.kubernetes.io/component=${component}`;
  return {
    path: `/api/v1/namespaces/${PRODUCT_NAMESPACE}/pods?labelSelector=${selector}`,
    permission: `list pods in namespace "${PRODUCT_NAMESPACE}"`,
    schema: z.object({ items: z.array(forwarderPod) }),
  };
}

/** Lists the pods of the forwarder. */
export const FORWARDER_PODS = podsOf(FORWARDER);

/** The forwarder is available. Without it, pods wait for the next refresh. */
export const forwarderCheck: Check = {
  id: 'forwarder',
  title: 'forwarder',
  requires: ['cluster'],
  after: [...SECRET_CREATION_CHECKS, 'forwarder-secret'],
  run: (context) => examineWorkload(context, FORWARDER),
};

/** Finds out whether a process of the chart is available, and why not. */
export async function examineWorkload(
  { cluster, settings }: CheckContext,
  workload: Workload,
): Promise<Finding> {
  const result = await cluster.read(deploymentOf(workload, deployment));
  if (result.kind === 'absent') {
    return failed(`Deployment ${workload.deployment} is missing`, installChartCommand(settings));
  }
  if (result.kind !== 'found') return unreadable(result);
  const judged = judgeDeployment(result.value, workload);
  if (judged !== undefined) return judged;
  const pods = await cluster.read(podsOf(workload));
  if (pods.kind === 'absent') {
    return failed('the server does not list pods', 'check that it is a Kubernetes API server');
  }
  return pods.kind === 'found'
    ? judgePods(pods.value.items, result.value, workload)
    : unreadable(pods);
}

/** Judges the Deployment; undefined if the reason has to be found in its pods. */
export function judgeDeployment(
  { spec, status }: ForwarderDeployment,
  { deployment: name }: Workload = FORWARDER,
): Finding | undefined {
  if (spec.replicas === 0) {
    return failed(
      `Deployment ${name} is scaled to 0`,
      shellCommand`run: kubectl scale deployment ${name} --namespace ${PRODUCT_NAMESPACE} --replicas 1`,
    );
  }
  if (status.availableReplicas === 0) return undefined;
  return ok(`${status.availableReplicas} of ${spec.replicas} available`);
}

/** Finds out why no pod is available. */
export function judgePods(
  pods: readonly ForwarderPod[],
  { status }: ForwarderDeployment,
  workload: Workload = FORWARDER,
): Finding {
  const [pod] = pods;
  if (pod !== undefined) return judgePod(pod, workload);
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
export function judgePod(
  { metadata: { name }, status }: ForwarderPod,
  { values }: Workload = FORWARDER,
): Finding {
  const [container] = status.containerStatuses;
  const waiting = container?.state.waiting;
  const unscheduled = status.conditions.find(
    (one) => one.type === 'PodScheduled' && one.status === 'False',
  );
  if (unscheduled !== undefined) {
    return failed(
      `pod ${name} cannot be scheduled: ${unscheduled.message}`,
      `add a node that fits, or set the chart's ${values}.nodeSelector and tolerations`,
    );
  }
  if (waiting !== undefined && /Image/.test(waiting.reason)) {
    return failed(
      `the image of pod ${name} cannot be pulled: ${waiting.reason}: ${waiting.message}`,
      `set the chart's ${values}.image to a Node.js image that the nodes can pull, and ${values}.imagePullSecrets if the registry needs them`,
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
