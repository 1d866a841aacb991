import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MOUNT_PATH } from '../../contract/secret.ts';
import type { PrintDetail } from '../../tools/terminal/terminal.ts';
import type { PodName } from '../installation/pods.ts';
import { volumeFolder } from '../installation/volumes.ts';
import { expect } from './expect.ts';
import { type PodProcess, startPodProcess } from './pod-process.ts';
import { ACCOUNT, CLUSTER_NAME, REGION, type Installation } from '../installation/installation.ts';

/** The pod whose volume is read. */
export const READER: PodName = { namespace: 'shop', name: 'web' };

/** Shows the files that the kubelet wrote, but for what is secret in them. */
export async function showVolume(world: Installation, say: PrintDetail): Promise<void> {
  const volume = await volumeFolder(world, READER);
  const names = (await readdir(volume)).filter((name) => !name.startsWith('.'));
  for (const name of names.sort()) {
    const text = await readFile(join(volume, name), 'utf8');
    const isSecret = name === 'credentials' || name === 'credentials.json';
    say(
      `${name.padEnd(20)} ${isSecret ? `(${text.length} bytes, not shown)` : JSON.stringify(text)}`,
    );
  }
  expect(names.length === 5, 'the volume has the five files');
}

/** A pod with static keys, and one with `credential_process`, which is kept to be asked again. */
export async function readWithSdk(world: Installation, say: PrintDetail): Promise<PodProcess[]> {
  const common = {
    clock: world.clock,
    mounted: await volumeFolder(world, READER),
    stsUrl: world.cloud.sts.url,
    region: REGION,
    folder: world.folder,
  };
  const processes: PodProcess[] = [];
  for (const file of ['credentials', 'credentials.process'] as const) {
    const pod = await startPodProcess({ ...common, file });
    processes.push(pod);
    const arn = await pod.whoAmI();
    say(`AWS_SHARED_CREDENTIALS_FILE=${MOUNT_PATH}/${file}: ${arn}`);
    assertOrdersRole(arn);
  }
  return processes;
}

/** Checks that AWS knows the pod by its role, and by its namespace and cluster as the session's name. */
export function assertOrdersRole(arn: string): void {
  const expected = `arn:aws:sts::${ACCOUNT}:assumed-role/demo-orders/shop@${CLUSTER_NAME}`;
  expect(arn === expected, `the SDK is ${expected}, and not ${arn}`);
}
