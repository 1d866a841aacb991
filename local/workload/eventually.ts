import { setTimeout } from 'node:timers/promises';

/** How often is asked: often enough for what the demo says of the milliseconds that a pod took. */
const PAUSE_MILLISECONDS = 10;
/** After how long the demo gives up. Nothing takes as long on any machine, so it is no measure. */
const PATIENCE_MILLISECONDS = 60_000;

/**
 * The first answer of `ask` that is not `undefined`: a kubelet and the controllers work in their own time.
 *
 * @throws when there is none after a minute, with what is missing
 */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + PATIENCE_MILLISECONDS;
  do {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await setTimeout(PAUSE_MILLISECONDS);
  } while (performance.now() < end);
  throw new Error(`this did not come about within a minute: ${what}`);
}
