import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The first answer of `probe` that is not `undefined`, asked again every tenth of a second.
 *
 * @param what named in the error
 * @throws after `seconds` without one
 */
export async function waitUntil<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  seconds = 60,
): Promise<T> {
  const end = Date.now() + seconds * 1_000;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await sleep(100);
  }
}
