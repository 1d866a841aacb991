import { z } from 'zod';
import {
  INJECT_LABEL,
  INJECT_VALUE,
  ROLE_ANNOTATION,
} from '../../../contract/kubernetes/injection.ts';
import type { KubernetesConnection } from '../../../kubernetes/kubernetes-connection.ts';
import type { Listing } from '../../../kubernetes/lists/api-object.ts';
import { createGuard, type RolePolicy, roleArnFor } from '../../../lambda/decide/guard.ts';
import type { ObservedNamespace } from '../../../lambda/observe/namespaces.ts';
import { shellCommand } from '../../../tools/terminal/shell-quote.ts';
import { getObject } from '../../kubeconfig/get-object.ts';
import { judgeInjection } from './judge-injection.ts';
import { type PodObject, secretMounts } from './pod-object.ts';

/** What becomes of a pod with the annotation when it is created again, in a namespace with the label. */
export interface PodInjection {
  readonly annotation: string;
  /**
   * `done`: the pod has the Secret already. `injected`: it gets it. `waits`: it is created, but its role is not allowed, so
   * it does not start. `rejected`: it is not created. `untouched`: injection does not apply to it.
   */
  readonly result: 'done' | 'injected' | 'waits' | 'rejected' | 'untouched';
  /** Absent if there is none, or it is not known. */
  readonly secret?: string;
  readonly roleArn?: string;
  /** Why the pod does not start, or is not injected. */
  readonly message?: string;
}

/** Whether a pod with this result would not start if it were created again. */
export function wouldNotStart({ result }: Pick<PodInjection, 'result'>): boolean {
  return result === 'rejected' || result === 'waits';
}

/** Returns the command that lets injection apply to a namespace. */
export function labelCommand(namespace: string): string {
  return shellCommand`kubectl label namespace ${namespace} ${INJECT_LABEL}=${INJECT_VALUE}`;
}

/** Explains the annotation of a pod; undefined without a request. */
export function explainInjection(
  pod: PodObject,
  policy: RolePolicy,
  namespaces: Listing<ObservedNamespace>,
): PodInjection | undefined {
  const verdict = judgeInjection(pod, policy.baseRoleArn);
  if (verdict === undefined) return undefined;
  const annotation = pod.metadata.annotations[ROLE_ANNOTATION] ?? '';
  if (verdict.kind !== 'injected') {
    return { annotation, result: verdict.kind, message: verdict.message };
  }
  const { secret, role } = verdict;
  const { namespace } = pod.metadata;
  const roleArn = roleArnFor(policy, namespace, role);
  const isDone = secretMounts(pod).some((mount) => mount.secret === secret && mount.places.length);
  if (isDone) return { annotation, result: 'done', secret, roleArn };
  const guard = createGuard(policy, namespaces)(namespace, roleArn, 'pod');
  return guard.kind === 'allowed'
    ? { annotation, result: 'injected', secret, roleArn }
    : { annotation, result: 'waits', secret, roleArn, message: guard.message };
}

const labelled = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()).default({}) }),
});

/** Whether a namespace has the label of injection. @throws when it cannot be read or does not exist */
export async function isInjected(
  connection: KubernetesConnection,
  namespace: string,
  signal: AbortSignal,
): Promise<boolean> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
  const found = await getObject(connection, path, signal);
  if (found === undefined) throw new Error(`namespace ${namespace} does not exist`);
  return labelled.parse(found).metadata.labels[INJECT_LABEL] === INJECT_VALUE;
}
