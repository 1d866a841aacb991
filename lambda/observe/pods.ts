import type { NamespaceScope } from '../../contract/namespace-scope.ts';
import { SECRET_NAME_PREFIX } from '../../contract/secret.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import type { ApiObject, PodVolume } from '../../kubernetes/lists/api-object.ts';
import { identityOf } from '../../kubernetes/lists/api-object.ts';
import { listInScope } from '../../kubernetes/lists/list-in-scope.ts';
import type { Listing } from '../../kubernetes/lists/listing.ts';
import { readObject } from '../../kubernetes/lists/read-object.ts';

/** What is read of a pod that mounts a Secret whose name begins with the prefix. */
export interface ObservedPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The names with the prefix, of `secret` volumes and `projected` sources in their order, each once. Never empty. */
  readonly secretNames: readonly string[];
  /** When it was made; absent when the server does not say so. */
  readonly createdAt?: Date;
}

/** `pending`: those that may be waiting for a Secret. `live`: all that may still use one. */
export type PodPhase = 'pending' | 'live';

const PHASE_SELECTOR: Readonly<Record<PodPhase, string>> = {
  pending: 'status.phase=Pending',
  live: 'status.phase!=Succeeded,status.phase!=Failed',
};

export interface ListPodsInput {
  readonly phase: PodPhase;
  readonly scope: NamespaceScope;
  readonly signal: AbortSignal;
}

/** Lists the pods that mount a Secret whose name begins with the prefix. */
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

/** Reads one pod, as the list of live ones would have it: one that has ended, or is not there, is an empty listing. */
export function readLivePod(
  connection: KubernetesConnection,
  pod: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<Listing<ObservedPod>> {
  return readObject(connection, { resource: 'pods', ...pod, pick: liveOnly, signal });
}

const ENDED: ReadonlySet<string | undefined> = new Set(['Succeeded', 'Failed']);

function liveOnly(pod: ApiObject): ObservedPod | undefined {
  return ENDED.has(pod.status?.phase) ? undefined : observedPod(pod);
}

/** What is kept of a pod, or undefined when it mounts no Secret whose name begins with the prefix. */
export function observedPod(pod: ApiObject): ObservedPod | undefined {
  const names = (pod.spec?.volumes ?? []).flatMap(secretNamesIn);
  const secretNames = new Set(names.filter((name) => name.startsWith(SECRET_NAME_PREFIX)));
  if (secretNames.size === 0) return undefined;
  const { creationTimestamp } = pod.metadata ?? {};
  return {
    ...identityOf(pod),
    secretNames: [...secretNames],
    ...(creationTimestamp === undefined ? {} : { createdAt: new Date(creationTimestamp) }),
  };
}

function secretNamesIn({ secret, projected }: PodVolume): readonly string[] {
  const sources = (projected?.sources ?? []).map((source) => source.secret?.name);
  return [secret?.secretName, ...sources].filter((name) => name !== undefined);
}
