import * as z from 'zod';
import { PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import { type Finding, failed } from './finding.ts';
import type { ForwarderDeployment } from './forwarder-check.ts';

const stopped = z.object({ reason: z.string().default(''), message: z.string().default('') });

/** What is read of a pod of the forwarder. */
export const forwarderPod = z.object({
  metadata: z.object({ name: z.string() }),
  status: z
    .object({
      phase: z.string().default('Pending'),
      conditions: z
        .array(
          z.object({
            type: z.string(),
            status: z.string(),
            message: z.string().default(''),
          }),
        )
        .default([]),
      containerStatuses: z
        .array(
          z.object({
            state: z.object({ waiting: stopped.optional() }).default({}),
            lastState: z.object({ terminated: stopped.optional() }).default({}),
          }),
        )
        .default([]),
    })
    .default({ phase: 'Pending', conditions: [], containerStatuses: [] }),
});

/** A pod of the forwarder. */
export type ForwarderPod = z.output<typeof forwarderPod>;

const DESCRIBE = `run: kubectl describe pods --namespace ${PRODUCT_NAMESPACE}`;

/** Judges why no pod of the forwarder is available. */
export function judgePods(pods: readonly ForwarderPod[], { status }: ForwarderDeployment): Finding {
  const [pod] = pods;
  if (pod !== undefined) return judgePod(pod);
  const refused = status.conditions.find(
    ({ type, status: is }) => type === 'ReplicaFailure' && is === 'True',
  );
  return failed(
    refused === undefined
      ? 'it has no pod, and Kubernetes does not say why'
      : `its pods are refused: ${refused.message ?? refused.reason ?? ''}`,
    `run: kubectl describe replicasets --namespace ${PRODUCT_NAMESPACE}`,
  );
}

/** Judges why a pod is not available. What Kubernetes says of it is passed on. */
export function judgePod({ metadata: { name }, status }: ForwarderPod): Finding {
  const [container] = status.containerStatuses;
  const waiting = container?.state.waiting;
  const unscheduled = status.conditions.find(
    ({ type, status: is }) => type === 'PodScheduled' && is === 'False',
  );
  if (unscheduled !== undefined) {
    return failed(
      `pod ${name} is on no node: ${unscheduled.message}`,
      "give the cluster a node that it fits on, or set the chart's forwarder.nodeSelector and tolerations",
    );
  }
  if (waiting !== undefined && /Image/.test(waiting.reason)) {
    return failed(
      `the image of pod ${name} cannot be had: ${waiting.reason}: ${waiting.message}`,
      "set the chart's forwarder.image to a Node image that the nodes can pull, and forwarder.imagePullSecrets if the registry wants them",
    );
  }
  if (waiting?.reason === 'CrashLoopBackOff') {
    const ended = container?.lastState.terminated;
    return failed(
      `pod ${name} ends again and again: ${ended?.reason ?? ''} ${ended?.message ?? ''}`.trim(),
      `run: kubectl logs --previous ${name} --namespace ${PRODUCT_NAMESPACE}`,
    );
  }
  if (waiting !== undefined) {
    return failed(`pod ${name} waits: ${waiting.reason} ${waiting.message}`.trim(), DESCRIBE);
  }
  return failed(
    `pod ${name} is ${status.phase} and not ready`,
    `run: kubectl logs ${name} --namespace ${PRODUCT_NAMESPACE}`,
  );
}
