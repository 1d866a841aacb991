import type { NamespaceScope } from '../../contract/kubernetes/namespace.ts';
import { SECRET_NAME_PREFIX } from '../../contract/kubernetes/secret.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import {
  type ApiObject,
  identityOf,
  type Listing,
  type PodVolume,
} from '../../kubernetes/lists/api-object.ts';
import { listInScope } from '../../kubernetes/lists/list-in-scope.ts';
import { readObject } from '../../kubernetes/lists/read-listing.ts';

/** A pod that mounts a Secret whose name has the prefix. */
export interface ObservedPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The mounted names with the prefix, from `secret` and `projected` volumes, in order and without duplicates. Never empty. */
  readonly secretNames: readonly string[];
  /** Absent when the server does not send it. */
  readonly createdAt?: Date;
}

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

/** Returns what is kept of a pod; undefined when it mounts no Secret whose name has the prefix. */
export function observedPod(pod: ApiObject): ObservedPod | undefined {
  const names = (pod.spec?.volumes ?? []).flatMap(secretNamesOf);
  const secretNames = new Set(names.filter((name) => name.startsWith(SECRET_NAME_PREFIX)));
  if (secretNames.size === 0) return undefined;
  const { creationTimestamp } = pod.metadata ?? {};
  return {
    ...identityOf(pod),
    secretNames: [...secretNames],
    ...(creationTimestamp === undefined ? {} : { createdAt: new Date(creationTimestamp) }),
  };
}

function secretNamesOf({ secret, projected }: PodVolume): readonly string[] {
  const sources = (projected?.sources ?? []).map((source) => source.secret?.name);
  return [secret?.secretName, ...sources].filter((name) => name !== undefined);
}
