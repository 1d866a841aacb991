import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { V1Pod } from '@kubernetes/client-node';
import { SECRET_KEYS } from '../../contract/kubernetes/secret.ts';
import { waitUntil } from '../wait-until.ts';
import type { Installation } from './installation.ts';
import type { PodName } from './pods.ts';

type VolumeDeps = Pick<Installation, 'admin' | 'cluster'>;

/** The folder with the files of the first Secret that a pod mounts. */
export async function volumeFolder(installation: VolumeDeps, pod: PodName): Promise<string> {
  return firstSecretVolume(installation, await installation.admin.readNamespacedPod(pod)).folder;
}

/**
 * Waits until a pod's files match its Secret. Triggers the kubelet, which would update them within minutes of cluster
 * time, because the embedded clock skips those minutes.
 */
export async function waitUntilDelivered(installation: VolumeDeps, pod: PodName): Promise<void> {
  const { admin, cluster } = installation;
  const { folder, secretName } = firstSecretVolume(
    installation,
    await admin.readNamespacedPod(pod),
  );
  const { data } = await admin.readNamespacedSecret({
    namespace: pod.namespace,
    name: secretName,
  });
  const expire = Buffer.from(data?.[SECRET_KEYS.expire] ?? '', 'base64').toString();
  const isDelivered = async () =>
    (await readFile(join(folder, SECRET_KEYS.expire), 'utf8')) === expire || undefined;
  if (await isDelivered()) return;
  await cluster.syncVolumes(pod.namespace, pod.name);
  await waitUntil(`new files in pod ${pod.namespace}/${pod.name}`, isDelivered);
}

function firstSecretVolume({ cluster }: VolumeDeps, { metadata, spec }: V1Pod) {
  for (const { name, secret } of spec?.volumes ?? []) {
    if (!secret) continue;
    const volumes = cluster.podVolumesPath(metadata?.uid ?? '');
    const folder = join(volumes, 'kubernetes.io~secret', name);
    return { folder, secretName: secret.secretName ?? '' };
  }
  throw new Error(`pod ${metadata?.namespace}/${metadata?.name} mounts no Secret`);
}
