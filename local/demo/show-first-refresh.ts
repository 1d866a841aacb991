import assert from 'node:assert/strict';
import type { PrintDetail } from '../../tools/terminal/terminal.ts';
import type { Installation } from '../installation/installation.ts';
import { waitUntilRunning } from '../installation/pods.ts';
import { type ChangeLine, countChanges } from './change-lines.ts';
import { PODS } from './create-pods.ts';

/** The pods whose roles all trust the refresher and are allowed in their namespace. */
const STARTING: ReadonlySet<string> = new Set(['web', 'worker', 'ledger']);

/** Runs the first refresh: it creates the Secrets of pending pods, except two, and the other pods start. */
export async function showFirstRefresh(
  installation: Installation,
  changes: ChangeLine[],
  print: PrintDetail,
): Promise<void> {
  await installation.cloud.scheduler.advance(60);
  const lines = changes.splice(0);
  for (const line of lines) print(line.text);
  assert.equal(countChanges(lines, 'created'), 4, 'creates four Secrets, one for the forwarder');
  assert.equal(countChanges(lines, 'failed'), 1, 'fails for the role with another trust policy');
  assert.equal(countChanges(lines, 'refused'), 1, 'refuses the role that bank does not allow');
  for (const pod of PODS.filter(({ name }) => STARTING.has(name))) {
    print(`pod ${await waitUntilRunning(installation, pod)} is Running`);
  }
}
