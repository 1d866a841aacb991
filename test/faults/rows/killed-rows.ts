import { expect } from 'vitest';
import { REFRESH, SWEEP } from '../../support/deployment.ts';
import type { FaultRow } from '../fault-row.ts';
import type { FaultWorld, Run } from '../fault-world.ts';
import { awaitDue, MINUTE, type Scene } from '../scene.ts';

/** More requests than any run of a scene makes. */
const MOST_REQUESTS = 60;
/** Each takes two runs and a cold start; at each single call runs are killed in virtual time (test/simulation). */
const STEP = 3;

type When = 'before' | 'after';

const PASSED_ON = {
  before: 'before it is passed on',
  after: 'once the API server has answered it',
};

/** Runs once, killed at its request number `skipped` + 1; a run that makes fewer ends as it would. */
async function killedAt(
  world: FaultWorld,
  pass: 'refresh' | 'sweep',
  when: When,
  skipped: number,
): Promise<Run> {
  const { proxy, cloud } = world;
  const name = { refresh: REFRESH, sweep: SWEEP }[pass];
  const act = async (cut: () => void) => {
    await cloud.functions.killRunning(name);
    cut();
  };
  const forget = proxy.faults.add({ effect: { kind: 'meanwhile', when, act }, skip: skipped });
  const run = await world[pass]();
  forget();
  return run;
}

/**
 * Runs again and again, killed some requests later each time until it comes to its end. In between, the next run mends what the
 * killed one left, and all becomes due again.
 */
async function killedAtEach(
  world: FaultWorld,
  pass: 'refresh' | 'sweep',
  when: When,
  makeDue: () => Promise<void>,
): Promise<readonly Run[]> {
  const runs: Run[] = [];
  for (let skipped = 0; skipped < MOST_REQUESTS; skipped += STEP) {
    const run = await killedAt(world, pass, when, skipped);
    runs.push(run);
    if (run.result.kind === 'success') break;
    await world.witness.advance(MINUTE);
    await world[pass]();
    await makeDue();
  }
  return runs;
}

/** Fails unless every run but the last was killed, and the last came to its end. */
function expectKilledUntilEnd(runs: readonly Run[], least: number): void {
  expect(runs.length).toBeGreaterThan(least);
  expect(runs.slice(0, -1).map(({ result }) => result)).toEqual(
    runs.slice(1).map(() => expect.objectContaining({ kind: 'error' })),
  );
  expect(runs.at(-1)?.result).toMatchObject({ kind: 'success' });
}

function refreshKilled(when: When): FaultRow {
  return {
    fault: `A refresh is killed at any of its requests, ${PASSED_ON[when]}`,
    how: 'kill -9 of its process at request 1, in another run at request 4, and so on to its end',
    promise: 'No harm is done, and the next tick mends what is left',
    inject: () => () => {},
    meanwhile: (world, { shop }) =>
      killedAtEach(world, 'refresh', when, async () => {
        await awaitDue(world);
        await world.people.remove(`/api/v1/namespaces/${shop}/secrets/aws-iam-app-late`);
      }),
    check: ({ runs }) => expectKilledUntilEnd(runs, 4),
  };
}

/** Has a Secret become unused and its grace go by. */
async function makeRemovable(world: FaultWorld, { shop }: Scene): Promise<void> {
  await world.people.createPod(shop, 'old', 'aws-iam-app-old');
  await world.refresh();
  await world.people.remove(`/api/v1/namespaces/${shop}/pods/old`);
  await world.sweep();
  await awaitDue(world);
}

const SWEEP_KILLED: FaultRow = {
  fault: `A sweep is killed at any of its requests, ${PASSED_ON.after}`,
  how: 'the same with sweeps that have a Secret to remove',
  promise: 'No harm is done, and the next sweep mends what is left',
  inject: () => () => {},
  meanwhile: (world, scene) =>
    killedAtEach(world, 'sweep', 'after', () => makeRemovable(world, scene)),
  check: ({ runs }) => expectKilledUntilEnd(runs, 4),
};

/** The functions' processes die. */
export const KILLED_ROWS: readonly FaultRow[] = [
  refreshKilled('before'),
  refreshKilled('after'),
  SWEEP_KILLED,
];
