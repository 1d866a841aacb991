import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { V1Pod, V1SecretVolumeSource } from '@kubernetes/client-node';
import { SECRET_KEYS } from '../../contract/secret.ts';
import type { Installation } from './installation.ts';
import { eventually } from '../workload/eventually.ts';
import type { PodName } from './pods.ts';

/** The folder in which the kubelet keeps the files of a pod's first Secret. */
export async function volumeFolder(world: Installation, pod: PodName): Promise<string> {
  return firstSecretOf(world, await world.admin.readNamespacedPod(pod)).folder;
}

/**
 * Waits until a pod's files are those of its Secret as it is now. Minutes pass here in a moment; in those of a cluster the
 * kubelet would have come by.
 */
export async function waitUntilDelivered(world: Installation, pod: PodName): Promise<void> {
  const { admin, cluster } = world;
  const { folder, secretName } = firstSecretOf(world, await admin.readNamespacedPod(pod));
  const { data } = await admin.readNamespacedSecret({
    namespace: pod.namespace,
    name: secretName,
  });
  const expire = Buffer.from(data?.[SECRET_KEYS.expire] ?? '', 'base64').toString();
  const isDelivered = async () =>
    (await readFile(join(folder, SECRET_KEYS.expire), 'utf8')) === expire || undefined;
  if (await isDelivered()) return;
  await cluster.syncVolumes(pod.namespace, pod.name);
  await eventually(`the files of pod ${pod.namespace}/${pod.name} change`, isDelivered);
}

function firstSecretOf({ cluster }: Installation, { metadata, spec }: V1Pod) {
  for (const { name, secret } of spec?.volumes ?? []) {
    const volumes = cluster.podVolumesPath(metadata?.uid ?? '');
    if (secret) return { folder: join(volumes, 'kubernetes.io~secret', name), ...named(secret) };
  }
  throw new Error(`pod ${metadata?.namespace}/${metadata?.name} mounts no Secret`);
}

function named({ secretName = '' }: V1SecretVolumeSource) {
  return { secretName };
}
