import assert from 'node:assert/strict';
import type { PrintDetail } from '../../tools/terminal/terminal.ts';
import type { Installation } from '../installation/installation.ts';
import { deletePods } from '../installation/pods.ts';
import { type ChangeLine, countChanges } from './change-lines.ts';
import { listSecretsForSummary } from './managed-secrets.ts';

/** Deletes the pods of one namespace, and advances the clock until the sweep has removed their Secrets. */
export async function showRemoval(
  installation: Installation,
  changes: ChangeLine[],
  print: PrintDetail,
): Promise<void> {
  for (const name of await deletePods(installation, 'shop')) print(`pod shop/${name} deleted`);
  const lines: ChangeLine[] = [];
  for (let minute = 1; minute <= 55; minute++) {
    await installation.cloud.scheduler.advance(60);
    const newLines = changes
      .splice(0)
      .filter(({ change }) => change === 'marked' || change === 'removed');
    for (const line of newLines) print(`after ${minute} min: ${line.text}`);
    lines.push(...newLines);
  }
  assert.equal(countChanges(lines, 'marked'), 4, 'marks the Secrets of shop');
  assert.equal(countChanges(lines, 'removed'), 4, 'removes the Secrets of shop');
  const { length } = await listSecretsForSummary(installation);
  assert.equal(length, 2, 'keeps the Secrets of bank and of the forwarder');
}
