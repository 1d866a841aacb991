import type { NamespaceScope } from '../../contract/namespace.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import type { ApiObject } from '../../kubernetes/lists/api-object.ts';
import { listInScope } from '../../kubernetes/lists/list-in-scope.ts';
import type { Listing } from '../../kubernetes/lists/listing.ts';
import { readObject } from '../../kubernetes/lists/read-object.ts';
import { type ObservedPod, observedPod } from './observed-pod.ts';

/** `pending`: pods that may be waiting for a Secret. `live`: all pods that may still use one. */
export type PodPhase = 'pending' | 'live';

const PHASE_SELECTOR: Readonly<Record<PodPhase, string>> = {
  pending: 'status.phase=Pending',
  live: 'status.phase!=Succeeded,status.phase!=Failed',
};

interface ListPodsInput {
  readonly phase: PodPhase;
  readonly scope: NamespaceScope;
  readonly signal: AbortSignal;
}

/** Lists the pods that mount a Secret whose name has the prefix. */
export function listPods(
  connection: KubernetesConnection,
  { phase, scope, signal }: ListPodsInput,
): Promise<Listing<ObservedPod>> {
  return listInScope(connection, scope, {
    resource: 'pods',
    kind: 'PodList',
    fieldSelector: PHASE_SELECTOR[phase],
    pick: observedPod,
    signal,
  });
}

/** Reads one pod. The listing is empty if the pod does not exist, has terminated, or mounts no such Secret. */
export function readLivePod(
  connection: KubernetesConnection,
  pod: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<Listing<ObservedPod>> {
  return readObject(connection, { resource: 'pods', ...pod, pick: observedLivePod, signal });
}

const TERMINATED: ReadonlySet<string | undefined> = new Set(['Succeeded', 'Failed']);

function observedLivePod(pod: ApiObject): ObservedPod | undefined {
  return TERMINATED.has(pod.status?.phase) ? undefined : observedPod(pod);
}
