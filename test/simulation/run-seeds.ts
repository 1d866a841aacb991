import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { endWithParent } from '../../tools/processes/end-with-parent.ts';
import type { SeedResult } from './run-seed.ts';

interface SeedsInput {
  readonly from: number;
  readonly seeds: number;
  readonly days: number;
  readonly hasLongSessions: boolean;
  /** Called with each result, in the order in which seeds finish. */
  readonly onDone: (result: SeedResult) => void;
}

/**
 * Simulates seeds in one process per core, and stops after the first seed that breaks a rule.
 *
 * @throws {Error} if a process exits
 */
export async function runSeeds({
  from,
  seeds,
  onDone,
  ...world
}: SeedsInput): Promise<SeedResult[]> {
  const results: SeedResult[] = [];
  let next = from;
  const isDone = () =>
    next >= from + seeds || results.some(({ violations }) => violations.length > 0);
  const work = async (child: ChildProcess) => {
    while (!isDone()) {
      const seed = next;
      next += 1;
      child.send({ seed, ...world });
      const result = await resultOf(child, seed);
      results.push(result);
      onDone(result);
    }
    child.disconnect();
  };
  const file = new URL('seed-worker.ts', import.meta.url);
  const count = Math.min(availableParallelism(), seeds);
  // The serialization keeps Dates.
  const children = Array.from({ length: count }, () =>
    endWithParent(() => fork(file, { serialization: 'advanced' })),
  );
  try {
    await Promise.all(children.map(work));
  } finally {
    for (const child of children) child.kill();
  }
  return results;
}

async function resultOf(child: ChildProcess, seed: number): Promise<SeedResult> {
  const done = new AbortController();
  const { signal } = done;
  try {
    const [result] = await Promise.race([
      once(child, 'message', { signal }),
      once(child, 'exit', { signal }).then(() => {
        throw new Error(`the process that simulated seed ${seed} exited`);
      }),
    ]);
    return result;
  } finally {
    done.abort();
  }
}
