import assert from 'node:assert/strict';
import type { PrintDetail } from '../../tools/terminal/terminal.ts';
import type { Installation } from '../installation/installation.ts';
import { deletePods } from '../installation/pods.ts';
import { type ChangeLine, countChanges } from './change-lines.ts';
import { listSecretsForSummary } from './managed-secrets.ts';

/** The pod that stays: a sweep does not remove more than three Secrets and most of a namespace without a confirmation. */
export const KEPT_POD = 'basket';

/** Deletes pods of one namespace, and advances the clock until the sweep has removed their Secrets. */
export async function showRemoval(
  installation: Installation,
  changes: ChangeLine[],
  print: PrintDetail,
): Promise<void> {
  for (const name of await deletePods(installation, 'shop', KEPT_POD))
    print(`pod shop/${name} deleted`);
  const lines: ChangeLine[] = [];
  for (let minute = 1; minute <= 55; minute++) {
    await installation.cloud.scheduler.advance(60);
    const newLines = changes
      .splice(0)
      .filter(({ change }) => change === 'marked' || change === 'removed');
    for (const line of newLines) print(`after ${minute} min: ${line.text}`);
    lines.push(...newLines);
  }
  assert.equal(countChanges(lines, 'marked'), 3, 'marks the Secrets of shop');
  assert.equal(countChanges(lines, 'removed'), 3, 'removes the Secrets of shop');
  const { length } = await listSecretsForSummary(installation);
  assert.equal(length, 3, 'keeps the Secrets of the pod, of bank and of the forwarder');
}
