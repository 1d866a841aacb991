import { SECRET_NAME_PREFIX } from '../contract/secret.ts';
import { listByNamespace } from './by-namespace.ts';
import type { Listing, MountedSecret, ObservedPod } from './cluster-view.ts';
import { identityOf } from './identity.ts';
import type { KubernetesConnection } from './kubernetes-connection.ts';
import type { ApiObject, PodVolume } from './list-body.ts';
import { listPages } from './list-pages.ts';

/** `pending`: those that may be waiting for a Secret. `live`: all that may still use one. */
export type PodPhase = 'pending' | 'live';

const PHASE_SELECTOR: Readonly<Record<PodPhase, string>> = {
  pending: 'status.phase=Pending',
  live: 'status.phase!=Succeeded,status.phase!=Failed',
};

export interface ListPodsInput {
  readonly phase: PodPhase;
  /** The namespaces to look at; empty for all. */
  readonly namespaces: readonly string[];
  readonly signal: AbortSignal;
}

/** Lists the pods that mount a Secret whose name begins with the prefix. */
export async function listPods(
  connection: KubernetesConnection,
  { phase, namespaces, signal }: ListPodsInput,
): Promise<Listing<ObservedPod>> {
  const list = (namespace?: string) =>
    listPages(connection, {
      resource: 'pods',
      kind: 'PodList',
      namespace,
      fieldSelector: PHASE_SELECTOR[phase],
      pick: observedPod,
      signal,
    });
  return namespaces.length === 0 ? list() : listByNamespace(namespaces, list);
}

function observedPod(pod: ApiObject): ObservedPod | undefined {
  const secrets = mountedSecrets(pod.spec?.volumes ?? []);
  return secrets.length === 0 ? undefined : { ...identityOf(pod), secrets };
}

/** A Secret that is mounted twice is optional only if the pod can do without it in both places. */
function mountedSecrets(volumes: readonly PodVolume[]): readonly MountedSecret[] {
  const optionalByName = new Map<string, boolean>();
  for (const { name = '', optional = false } of volumes.flatMap(mentionsIn)) {
    if (!name.startsWith(SECRET_NAME_PREFIX)) continue;
    optionalByName.set(name, optional && (optionalByName.get(name) ?? true));
  }
  return [...optionalByName].map(([name, optional]) => ({ name, optional }));
}

function mentionsIn({ secret, projected }: PodVolume): readonly Partial<MountedSecret>[] {
  const own = secret ? [{ ...secret, name: secret.secretName ?? '' }] : [];
  const sources = (projected?.sources ?? []).flatMap((source) => source.secret ?? []);
  return [...own, ...sources];
}
