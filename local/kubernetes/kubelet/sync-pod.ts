import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HTTP_STATUS } from '../../../contract/http-status.ts';
import type { ApiClient } from '../../api-client.ts';
import { type KubeletPod, type KubeletSecret, podVolumes } from './pod-volumes.ts';
import { writeVolumeFiles } from './volume-files.ts';

interface SyncDeps {
  readonly api: ApiClient;
  /** Folder for the files of all pods. */
  readonly directory: string;
  readonly node: string;
  readonly secretNamed: (namespace: string, name: string) => KubeletSecret | undefined;
}

/** The folder of a pod's files. */
export function podPath(directory: string, uid: string): string {
  return join(directory, 'pods', uid);
}

/** Takes the next step for a pod: binds it, writes its files and starts it, or terminates it. The change triggers the next sync. */
export async function syncPod(deps: SyncDeps, pod: KubeletPod): Promise<void> {
  const { nodeName } = pod.spec;
  if (nodeName !== undefined && nodeName !== deps.node) return;
  if (pod.metadata.deletionTimestamp) await terminatePod(deps, pod);
  else if (nodeName === undefined) await bindPod(deps, pod);
  else if (['Pending', 'Running'].includes(pod.status.phase)) await startPod(deps, pod);
}

async function terminatePod({ api, directory }: SyncDeps, { metadata }: KubeletPod): Promise<void> {
  const { uid } = metadata;
  await rm(podPath(directory, uid), { recursive: true, force: true });
  await send(api, 'DELETE', apiPath(metadata), { gracePeriodSeconds: 0, preconditions: { uid } });
}

async function bindPod({ api, node }: SyncDeps, { metadata }: KubeletPod): Promise<void> {
  await send(api, 'POST', `${apiPath(metadata)}/binding`, {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name: metadata.name },
    target: { kind: 'Node', name: node },
  });
}

/** Writes the files of a pod. A pod whose Secret was deleted keeps its files. */
async function startPod(deps: SyncDeps, pod: KubeletPod): Promise<void> {
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
  await send(api, 'PATCH', `${apiPath(pod.metadata)}/status`, {
    status: { phase: 'Running', conditions },
  });
}

/** @throws Error when the API server refuses the request, except for a pod that no longer exists */
async function send(api: ApiClient, method: string, path: string, body: object): Promise<void> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const response = await api.send(method, path, { body, headers: { 'content-type': type } });
  if (response.status < 300 || response.status === HTTP_STATUS.notFound) return;
  throw new Error(`${method} ${path} failed: ${response.status} ${response.body['message']}`);
}

function apiPath({ namespace, name }: KubeletPod['metadata']): string {
  return `/api/v1/namespaces/${namespace}/pods/${name}`;
}
