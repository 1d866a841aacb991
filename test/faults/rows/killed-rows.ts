import { expect } from 'vitest';
import { REFRESH, SWEEP } from '../../support/deployment/deployment.ts';
import type { FaultEnvironment, Invocation } from '../fault-environment.ts';
import type { FaultRow } from '../fault-row.ts';
import { advanceUntilDue, type Fixture, MINUTE } from '../fixture.ts';

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
  env: FaultEnvironment,
  pass: 'refresh' | 'sweep',
  when: When,
  skipped: number,
): Promise<Invocation> {
  const { proxy, cloud } = env;
  const name = { refresh: REFRESH, sweep: SWEEP }[pass];
  const act = async (cut: () => void) => {
    await cloud.functions.killRunning(name);
    cut();
  };
  const forget = proxy.faults.add({ effect: { kind: 'meanwhile', when, act }, skip: skipped });
  const invocation = await env[pass]();
  forget();
  return invocation;
}

/**
 * Invokes a pass repeatedly and kills it some requests later each time, until it completes. In between, another pass does the
 * rest, and everything becomes due again.
 */
async function killedAtEach(
  env: FaultEnvironment,
  pass: 'refresh' | 'sweep',
  when: When,
  makeDue: () => Promise<void>,
): Promise<readonly Invocation[]> {
  const invocations: Invocation[] = [];
  for (let skipped = 0; skipped < MAX_REQUESTS; skipped += STEP) {
    const invocation = await killedAt(env, pass, when, skipped);
    invocations.push(invocation);
    if (invocation.result.kind === 'success') break;
    await env.observer.advance(MINUTE);
    await env[pass]();
    await makeDue();
  }
  return invocations;
}

/** Fails unless every pass but the last was killed, and the last completed. */
function expectKilledUntilEnd(invocations: readonly Invocation[], min: number): void {
  expect(invocations.length).toBeGreaterThan(min);
  expect(invocations.slice(0, -1).map(({ result }) => result)).toEqual(
    invocations.slice(1).map(() => expect.objectContaining({ kind: 'error' })),
  );
  expect(invocations.at(-1)?.result).toMatchObject({ kind: 'success' });
}

function refreshKilled(when: When): FaultRow {
  return {
    name: `A refresh is killed at any of its requests, ${KILLED_WHEN[when]}`,
    injection:
      'kill -9 of its process at request 1, in the next invocation at request 4, and so on until it completes',
    guarantee: 'No rule is broken; the next pass does the rest',
    inject: () => () => {},
    invoke: (env, { shop }) =>
      killedAtEach(env, 'refresh', when, async () => {
        await advanceUntilDue(env);
        await env.users.remove(`/api/v1/namespaces/${shop}/secrets/aws-iam-app-late`);
      }),
    check: ({ invocations }) => expectKilledUntilEnd(invocations, 4),
  };
}

/** Makes a Secret unused and lets its grace period pass. */
async function makeRemovable(env: FaultEnvironment, { shop }: Fixture): Promise<void> {
  await env.users.createPod(shop, 'old', 'aws-iam-app-old');
  await env.refresh();
  await env.users.remove(`/api/v1/namespaces/${shop}/pods/old`);
  await env.sweep();
  await advanceUntilDue(env);
}

const SWEEP_KILLED: FaultRow = {
  name: `A sweep is killed at any of its requests, ${KILLED_WHEN.after}`,
  injection: 'the same, for sweeps that have a Secret to remove',
  guarantee: 'No rule is broken; the next sweep does the rest',
  inject: () => () => {},
  invoke: (env, fixture) => killedAtEach(env, 'sweep', 'after', () => makeRemovable(env, fixture)),
  check: ({ invocations }) => expectKilledUntilEnd(invocations, 4),
};

/** The functions' processes die. */
export const KILLED_ROWS: readonly FaultRow[] = [
  refreshKilled('before'),
  refreshKilled('after'),
  SWEEP_KILLED,
];
