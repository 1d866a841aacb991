import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import type { SeedResult } from './run-seed.ts';

export interface SeedsInput {
  readonly from: number;
  readonly seeds: number;
  readonly days: number;
  /** Told of each that is done, in the order in which they are. */
  readonly onDone: (result: SeedResult) => void;
}

/**
 * Simulates seeds on all cores, each in one process, and stops at the first that breaks a rule.
 *
 * @throws when a process dies
 */
export async function runSeeds({ from, seeds, days, onDone }: SeedsInput): Promise<SeedResult[]> {
  const results: SeedResult[] = [];
  let next = from;
  const isOver = () =>
    next >= from + seeds || results.some(({ violations }) => violations.length > 0);
  const work = async (child: ChildProcess) => {
    while (!isOver()) {
      const seed = next;
      next += 1;
      child.send({ seed, days });
      const result = await answerOf(child, seed);
      results.push(result);
      onDone(result);
    }
    child.disconnect();
  };
  const file = new URL('seed-worker.ts', import.meta.url);
  const count = Math.min(availableParallelism(), seeds);
  // Dates come as dates, and not as text.
  const children = Array.from({ length: count }, () => fork(file, { serialization: 'advanced' }));
  try {
    await Promise.all(children.map(work));
  } finally {
    for (const child of children) child.kill();
  }
  return results;
}

async function answerOf(child: ChildProcess, seed: number): Promise<SeedResult> {
  const over = new AbortController();
  const { signal } = over;
  try {
    const [result] = await Promise.race([
      once(child, 'message', { signal }),
      once(child, 'exit', { signal }).then(() => {
        throw new Error(`the process that simulated seed ${seed} died`);
      }),
    ]);
    return result;
  } finally {
    over.abort();
  }
}
