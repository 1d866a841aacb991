import type { FaultEnvironment, Invocation } from './fault-environment.ts';
import type { FaultRow, Measurement } from './fault-row.ts';
import { createFixture, MINUTE, removeFixture, stateOf } from './fixture.ts';

/** The result of a fault. */
interface FaultOutcome extends Measurement {
  /** The Secrets of the fixture at the end. */
  readonly endState: readonly string[];
}

/** By then, sessions that were not renewed since the fixture was created have expired. */
const UNTIL_EXPIRED = 25 * MINUTE;

/** Creates a fixture, injects a fault, invokes the functions during it and twice after it, and returns the result. */
export async function runFault(
  env: FaultEnvironment,
  row: FaultRow,
  name: string,
): Promise<FaultOutcome> {
  const { proxy, observer } = env;
  const fixture = await createFixture(env, name);
  const before = { injected: proxy.injected, statuses: proxy.statuses() };
  const end = await row.inject(env, fixture);
  const invocations = await (row.invoke ?? refreshAndSweep)(env, fixture);
  await observer.catchUp();
  const state = stateOf(env, fixture);
  const injected = proxy.injected - before.injected;
  const after = proxy.statuses();
  if (proxy.failures.length > 0) throw proxy.failures[0];
  proxy.faults.clear();
  await end();
  // The product retries a denied role after 90 seconds.
  for (const _ of [1, 2]) {
    await observer.advance(MINUTE);
    await refreshAndSweep(env);
  }
  await observer.advance(UNTIL_EXPIRED);
  const endState = stateOf(env, fixture);
  await removeFixture(env, fixture);
  const responses = (status: number) =>
    (after.get(status) ?? 0) - (before.statuses.get(status) ?? 0);
  return { invocations, injected, responses, state, endState };
}

async function refreshAndSweep(env: FaultEnvironment): Promise<readonly Invocation[]> {
  return [await env.refresh(), await env.sweep()];
}
