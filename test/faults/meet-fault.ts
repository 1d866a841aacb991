import type { FaultRow, Measured } from './fault-row.ts';
import type { FaultWorld, Run } from './fault-world.ts';
import { leaveScene, MINUTE, setScene, stateOf } from './scene.ts';

/** What came of a fault. */
export interface Outcome extends Measured {
  /** What the scene ended as. */
  readonly endState: readonly string[];
}

/** By then, what was not renewed since the scene was set is over. */
const UNTIL_OVER = 25 * MINUTE;

/** Sets a scene, brings a fault about, has the product run meanwhile and twice more when it is over, and looks at the end. */
export async function meetFault(world: FaultWorld, row: FaultRow, name: string): Promise<Outcome> {
  const { proxy, witness } = world;
  const scene = await setScene(world, name);
  const before = { met: proxy.met, answered: proxy.statuses() };
  const end = await row.inject(world, scene);
  const runs = await (row.meanwhile ?? refreshAndSweep)(world, scene);
  await witness.caughtUp();
  const state = stateOf(world, scene);
  const met = proxy.met - before.met;
  const after = proxy.statuses();
  if (proxy.failures.length > 0) throw proxy.failures[0];
  proxy.faults.clear();
  await end();
  // A role that was denied is tried again after a minute and a half.
  for (const _ of [1, 2]) {
    await witness.advance(MINUTE);
    await refreshAndSweep(world);
  }
  await witness.advance(UNTIL_OVER);
  const endState = stateOf(world, scene);
  await leaveScene(world, scene);
  const answered = (status: number) =>
    (after.get(status) ?? 0) - (before.answered.get(status) ?? 0);
  return { runs, met, answered, state, endState };
}

async function refreshAndSweep(world: FaultWorld): Promise<readonly Run[]> {
  return [await world.refresh(), await world.sweep()];
}
