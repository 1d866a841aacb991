import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiConnection } from './api-connection.ts';
import { type KubeletPod, type KubeletSecret, podVolumes } from './pod-volumes.ts';
import { writeVolumeFiles } from './volume-files.ts';

/** What bringing a pod about takes. */
export interface SyncDeps {
  readonly api: ApiConnection;
  /** The folder of all pods' files. */
  readonly directory: string;
  readonly node: string;
  readonly secretNamed: (namespace: string, name: string) => KubeletSecret | undefined;
}

/** The folder of a pod's files. */
export function podPath(directory: string, uid: string): string {
  return join(directory, 'pods', uid);
}

/** Takes one step with a pod: gives it a node, its files and the phase Running, or ends it. Its change brings the next. */
export async function syncPod(deps: SyncDeps, pod: KubeletPod): Promise<void> {
  const { nodeName } = pod.spec;
  if (nodeName !== undefined && nodeName !== deps.node) return;
  if (pod.metadata.deletionTimestamp) await endPod(deps, pod);
  else if (nodeName === undefined) await bindPod(deps, pod);
  else if (['Pending', 'Running'].includes(pod.status.phase)) await runPod(deps, pod);
}

async function endPod({ api, directory }: SyncDeps, { metadata }: KubeletPod): Promise<void> {
  const { uid } = metadata;
  await rm(podPath(directory, uid), { recursive: true, force: true });
  await api.send('DELETE', apiPath(metadata), { gracePeriodSeconds: 0, preconditions: { uid } });
}

async function bindPod({ api, node }: SyncDeps, { metadata }: KubeletPod): Promise<void> {
  await api.send('POST', `${apiPath(metadata)}/binding`, {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name: metadata.name },
    target: { kind: 'Node', name: node },
  });
}

// A running pod whose Secret is gone keeps the files that it has.
async function runPod(deps: SyncDeps, pod: KubeletPod): Promise<void> {
  const { api, directory, secretNamed } = deps;
  const { namespace, uid } = pod.metadata;
  const found = podVolumes(pod, (name) => secretNamed(namespace, name));
  if (found.kind === 'waiting') return;
  for (const { plugin, name, files } of found.volumes)
    await writeVolumeFiles(join(podPath(directory, uid), 'volumes', plugin, name), files);
  if (pod.status.phase === 'Running') return;
  const conditions = ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
    type,
    status: 'True',
  }));
  await api.send('PATCH', `${apiPath(pod.metadata)}/status`, {
    status: { phase: 'Running', conditions },
  });
}

function apiPath({ namespace, name }: KubeletPod['metadata']): string {
  return `/api/v1/namespaces/${namespace}/pods/${name}`;
}
