import type { PrintDetail } from '../../tools/terminal/terminal.ts';
import { waitUntilRunning } from '../installation/pods.ts';
import { type ChangeLine, countChanges } from './change-lines.ts';
import { expect } from './expect.ts';
import { PODS } from './create-pods.ts';
import type { Installation } from '../installation/installation.ts';

/** The pods that get all that they ask for. */
const STARTING: ReadonlySet<string> = new Set(['web', 'worker', 'ledger']);

/** The first tick of the refresh: what pending pods wait for is made, two are told why not, and the pods start. */
export async function showFirstRefresh(
  world: Installation,
  changes: ChangeLine[],
  say: PrintDetail,
): Promise<void> {
  await world.cloud.scheduler.advance(60);
  const told = changes.splice(0);
  for (const line of told) say(line.text);
  expect(countChanges(told, 'created') === 4, 'four Secrets are created, one of them for the forwarder');
  expect(countChanges(told, 'failed') === 1, 'the role that nobody may assume fails, alone');
  expect(
    countChanges(told, 'refused') === 1,
    'the role that its namespace does not allow is refused, alone',
  );
  for (const pod of PODS.filter(({ name }) => STARTING.has(name))) {
    say(`pod ${await waitUntilRunning(world, pod)} is Running`);
  }
}
