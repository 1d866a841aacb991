import { expect } from 'vitest';
import { REFRESH, SWEEP } from '../../support/deployment.ts';
import type { FaultRow } from '../fault-row.ts';
import type { FaultWorld, Run } from '../fault-world.ts';
import { awaitDue, MINUTE, type Scene } from '../scene.ts';

/** More requests than any pass makes. */
const MAX_REQUESTS = 60;
/** Each kill costs two passes and a cold start. The simulation kills passes at every single call (test/simulation). */
const STEP = 3;

type When = 'before' | 'after';

const KILLED_WHEN = {
  before: 'before the request is forwarded',
  after: 'after the API server has answered',
};

/** Invokes a pass and kills it at request number `skipped` + 1. A pass with fewer requests completes. */
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
 * Invokes a pass repeatedly and kills it some requests later each time, until it completes. In between, another pass does the
 * rest, and everything becomes due again.
 */
async function killedAtEach(
  world: FaultWorld,
  pass: 'refresh' | 'sweep',
  when: When,
  makeDue: () => Promise<void>,
): Promise<readonly Run[]> {
  const runs: Run[] = [];
  for (let skipped = 0; skipped < MAX_REQUESTS; skipped += STEP) {
    const run = await killedAt(world, pass, when, skipped);
    runs.push(run);
    if (run.result.kind === 'success') break;
    await world.witness.advance(MINUTE);
    await world[pass]();
    await makeDue();
  }
  return runs;
}

/** Fails unless every pass but the last was killed, and the last completed. */
function expectKilledUntilEnd(runs: readonly Run[], least: number): void {
  expect(runs.length).toBeGreaterThan(least);
  expect(runs.slice(0, -1).map(({ result }) => result)).toEqual(
    runs.slice(1).map(() => expect.objectContaining({ kind: 'error' })),
  );
  expect(runs.at(-1)?.result).toMatchObject({ kind: 'success' });
}

function refreshKilled(when: When): FaultRow {
  return {
    fault: `A refresh is killed at any of its requests, ${KILLED_WHEN[when]}`,
    how: 'kill -9 of its process at request 1, in the next invocation at request 4, and so on until it completes',
    promise: 'No rule is broken; the next pass does the rest',
    inject: () => () => {},
    meanwhile: (world, { shop }) =>
      killedAtEach(world, 'refresh', when, async () => {
        await awaitDue(world);
        await world.people.remove(`/api/v1/namespaces/${shop}/secrets/aws-iam-app-late`);
      }),
    check: ({ runs }) => expectKilledUntilEnd(runs, 4),
  };
}

/** Makes a Secret unused and lets its grace period pass. */
async function makeRemovable(world: FaultWorld, { shop }: Scene): Promise<void> {
  await world.people.createPod(shop, 'old', 'aws-iam-app-old');
  await world.refresh();
  await world.people.remove(`/api/v1/namespaces/${shop}/pods/old`);
  await world.sweep();
  await awaitDue(world);
}

const SWEEP_KILLED: FaultRow = {
  fault: `A sweep is killed at any of its requests, ${KILLED_WHEN.after}`,
  how: 'the same, for sweeps that have a Secret to remove',
  promise: 'No rule is broken; the next sweep does the rest',
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
