import * as z from 'zod';
import { FORWARDER_SERVICE_ACCOUNT, PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import type { Check } from './check.ts';
import { type Finding, failed, ok } from './finding.ts';
import { forwarderPod, judgePods } from './forwarder-pods.ts';
import { SECRETS_NEED } from './forwarder-secret-check.ts';
import { unread } from './reading.ts';
import { installChart } from './remedies.ts';

/** The chart calls the Deployment as its ServiceAccount. */
const DEPLOYMENT = FORWARDER_SERVICE_ACCOUNT;

const SELECTOR = 'app.kubernetes.io/name=kube-aws-iam,app.kubernetes.io/component=forwarder';

const condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
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

/** What is read of the Deployment. */
export type ForwarderDeployment = z.output<typeof deployment>;

/** The forwarder runs; without it, pods wait for the next minute. */
export const forwarderCheck: Check = {
  id: 'forwarder',
  title: 'forwarder',
  requires: ['cluster'],
  after: [...SECRETS_NEED, 'forwarder-secret'],
  async run({ cluster, settings }) {
    const reading = await cluster.read({
      path: `/apis/apps/v1/namespaces/${PRODUCT_NAMESPACE}/deployments/${DEPLOYMENT}`,
      right: `get deployments in namespace "${PRODUCT_NAMESPACE}"`,
      schema: deployment,
    });
    if (reading.kind === 'absent') {
      return failed(`Deployment ${DEPLOYMENT} is missing`, installChart(settings));
    }
    if (reading.kind !== 'read') return unread(reading);
    const judged = judgeDeployment(reading.value);
    if (judged !== undefined) return judged;
    const pods = await cluster.read({
      path: `/api/v1/namespaces/${PRODUCT_NAMESPACE}/pods?labelSelector=${SELECTOR}`,
      right: `list pods in namespace "${PRODUCT_NAMESPACE}"`,
      schema: z.object({ items: z.array(forwarderPod) }),
    });
    if (pods.kind === 'absent')
      return failed('the cluster lists no pods', 'is it a Kubernetes API?');
    return pods.kind === 'read' ? judgePods(pods.value.items, reading.value) : unread(pods);
  },
};

/** Judges the Deployment by itself; undefined when its pods have to be looked at. */
export function judgeDeployment({ spec, status }: ForwarderDeployment): Finding | undefined {
  if (spec.replicas === 0) {
    return failed(
      `Deployment ${DEPLOYMENT} is scaled to 0`,
      `run: kubectl scale deployment ${DEPLOYMENT} --namespace ${PRODUCT_NAMESPACE} --replicas 1`,
    );
  }
  if (status.availableReplicas === 0) return undefined;
  return ok(`${status.availableReplicas} of ${spec.replicas} available`);
}
