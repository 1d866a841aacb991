import type { PrintDetail } from '../../tools/terminal/terminal.ts';
import { forwarderPod } from '../installation/forwarder-pod.ts';
import { waitUntilDelivered } from '../installation/volumes.ts';
import { type ChangeLine, countChanges } from './change-lines.ts';
import { expect } from './expect.ts';
import { listManagedSecrets, minutesLeft } from './managed-secrets.ts';
import type { PodProcess } from './pod-process.ts';
import { assertOrdersRole, READER } from './show-volume.ts';
import type { Installation } from '../installation/installation.ts';

/** Lets more than a session's length pass, and asks a process that was never restarted who it is. */
export async function showRenewal(
  world: Installation,
  changes: ChangeLine[],
  [, withProcess]: readonly PodProcess[],
  say: PrintDetail,
): Promise<void> {
  const from = world.clock.now();
  const readers = [READER, await forwarderPod(world)];
  for (let minute = 0; minute < 70; minute++) {
    await world.cloud.scheduler.advance(60);
    const after = Math.round((world.clock.now().getTime() - from.getTime()) / 60_000);
    const told = changes.splice(0);
    const renewed = told.filter(({ change }) => change === 'renewed');
    for (const line of renewed) say(`after ${after} min: ${line.text}`);
    if (renewed.length > 0) for (const pod of readers) await waitUntilDelivered(world, pod);
    expect(countChanges(told, 'created') === 0, 'nothing is created twice');
  }
  const secrets = await listManagedSecrets(world);
  const remaining = Math.min(...secrets.map((secret) => minutesLeft(world, secret)));
  say(`the credentials that end first still last ${remaining} min`);
  expect(remaining >= 24, 'no credentials in use come near their end');
  const arn = (await withProcess?.whoAmI()) ?? '';
  say(`the same process, its first credentials long over: ${arn}`);
  assertOrdersRole(arn);
}
