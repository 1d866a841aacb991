import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MOUNT_PATH } from '../../contract/kubernetes/secret.ts';
import type { PrintDetail } from '../../tools/terminal/terminal.ts';
import { ACCOUNT, CLUSTER_NAME, type Installation, REGION } from '../installation/installation.ts';
import type { PodName } from '../installation/pods.ts';
import { volumeFolder } from '../installation/volumes.ts';
import { type PodProcess, startPodProcess } from './pod-process.ts';

/** The pod whose volume the demo reads. */
export const READER: PodName = { namespace: 'shop', name: 'web' };

/** Shows the files that the kubelet wrote, without their secrets. */
export async function showVolume(installation: Installation, print: PrintDetail): Promise<void> {
  const volume = await volumeFolder(installation, READER);
  const names = (await readdir(volume)).filter((name) => !name.startsWith('.'));
  for (const name of names.sort()) {
    const text = await readFile(join(volume, name), 'utf8');
    const isSecret = name === 'credentials' || name === 'credentials.json';
    print(
      `${name.padEnd(20)} ${isSecret ? `(${text.length} bytes, not shown)` : JSON.stringify(text)}`,
    );
  }
  assert.equal(names.length, 5, 'the volume has five files');
}

/** Starts one process with static keys and one with `credential_process`. Each reports its identity. */
export async function readWithSdk(
  installation: Installation,
  print: PrintDetail,
): Promise<PodProcess[]> {
  const options = {
    clock: installation.clock,
    mounted: await volumeFolder(installation, READER),
    stsUrl: installation.cloud.sts.url,
    region: REGION,
    folder: installation.folder,
  };
  const processes: PodProcess[] = [];
  for (const file of ['credentials', 'credentials.process'] as const) {
    const pod = await startPodProcess({ ...options, file });
    processes.push(pod);
    const arn = await pod.whoAmI();
    print(`AWS_SHARED_CREDENTIALS_FILE=${MOUNT_PATH}/${file}: ${arn}`);
    assertOrdersRole(arn);
  }
  return processes;
}

/** Asserts that AWS identifies the pod by its role, with namespace and cluster as the session name. */
export function assertOrdersRole(arn: string): void {
  const expected = `arn:aws:sts::${ACCOUNT}:assumed-role/demo-orders/shop@${CLUSTER_NAME}`;
  assert.equal(arn, expected);
}
