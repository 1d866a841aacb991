import { setTimeout } from 'node:timers/promises';
import { type ChangeLine, count } from './change-lines.ts';
import { expect } from './expect.ts';
import type { Say } from './screen.ts';
import { PODS } from './workload.ts';
import type { World } from './world.ts';

/** The first tick of the refresh: what pending pods wait for is made, two are told why not, and the pods start. */
export async function passFirstMinute(
  world: World,
  changes: ChangeLine[],
  say: Say,
): Promise<void> {
  await world.cloud.scheduler.advance(60);
  const told = changes.splice(0);
  for (const line of told) say(line.text);
  expect(count(told, 'created') === 3, 'three Secrets are created');
  expect(count(told, 'failed') === 1, 'the role that nobody may assume fails, alone');
  expect(
    count(told, 'refused') === 1,
    'the role that its namespace does not allow is refused, alone',
  );
  for (const name of ['web', 'worker', 'ledger']) {
    const pod = await untilRunning(world, name);
    say(`pod ${pod} is Running`);
  }
}

async function untilRunning({ admin }: World, name: string): Promise<string> {
  const namespace = PODS.find((pod) => pod.name === name)?.namespace ?? '';
  for (let tries = 0; tries < 200; tries++) {
    const { status } = await admin.readNamespacedPod({ namespace, name });
    if (status?.phase === 'Running') return `${namespace}/${name}`;
    await setTimeout(25);
  }
  throw new Error(`pod ${namespace}/${name} did not start`);
}
