import type { PrintDetail } from '../../tools/terminal/terminal.ts';
import { deletePods } from '../installation/pods.ts';
import { type ChangeLine, countChanges } from './change-lines.ts';
import { expect } from './expect.ts';
import { listManagedSecrets } from './managed-secrets.ts';
import type { Installation } from '../installation/installation.ts';

/** Deletes the pods of one namespace and lets time pass until the sweep has removed what they used. */
export async function showRemoval(world: Installation, changes: ChangeLine[], say: PrintDetail): Promise<void> {
  for (const name of await deletePods(world, 'shop')) say(`pod shop/${name} deleted`);
  const from = world.clock.now();
  const told: ChangeLine[] = [];
  for (let minute = 0; minute < 55; minute++) {
    await world.cloud.scheduler.advance(60);
    const after = Math.round((world.clock.now().getTime() - from.getTime()) / 60_000);
    const lines = changes
      .splice(0)
      .filter(({ change }) => change === 'marked' || change === 'removed');
    for (const line of lines) say(`after ${after} min: ${line.text}`);
    told.push(...lines);
  }
  expect(countChanges(told, 'marked') === 4 && countChanges(told, 'removed') === 4, 'the Secrets of shop go');
  expect((await listManagedSecrets(world)).length === 2, 'those of bank and of the forwarder stay');
}
