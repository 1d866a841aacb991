import assert from 'node:assert/strict';
import type { PrintDetail } from '../../tools/terminal/terminal.ts';
import { forwarderPodManifest } from '../installation/forwarder-pod.ts';
import type { Installation } from '../installation/installation.ts';
import { waitUntilDelivered } from '../installation/volumes.ts';
import { type ChangeLine, countChanges } from './change-lines.ts';
import { listSecretsForSummary, minutesLeft } from './managed-secrets.ts';
import type { PodProcess } from './pod-process.ts';
import { assertOrdersRole, READER } from './show-volume.ts';

/** Advances the clock by more than the length of a session, and checks that a running process has new credentials. */
export async function showRenewal(
  installation: Installation,
  changes: ChangeLine[],
  [, credentialProcess]: readonly PodProcess[],
  print: PrintDetail,
): Promise<void> {
  const readers = [READER, await forwarderPodManifest(installation)];
  for (let minute = 1; minute <= 70; minute++) {
    await installation.cloud.scheduler.advance(60);
    const lines = changes.splice(0);
    const renewed = lines.filter(({ change }) => change === 'renewed');
    for (const line of renewed) print(`after ${minute} min: ${line.text}`);
    if (renewed.length > 0) for (const pod of readers) await waitUntilDelivered(installation, pod);
    assert.equal(countChanges(lines, 'created'), 0, 'no Secret is created twice');
  }
  const secrets = await listSecretsForSummary(installation);
  const remaining = Math.min(...secrets.map((secret) => minutesLeft(installation, secret)));
  print(`the credentials that expire first are valid for another ${remaining} min`);
  assert(remaining >= 24, `credentials in use expire in ${remaining} min`);
  const arn = (await credentialProcess?.whoAmI()) ?? '';
  print(`the same process, long after its first credentials expired: ${arn}`);
  assertOrdersRole(arn);
}
