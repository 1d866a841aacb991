import { setTimeout as sleep } from 'node:timers/promises';

interface WaitOptions {
  /** @default 60 */
  readonly timeoutSeconds?: number;
  /** Pause between two probes, in milliseconds. @default 100 */
  readonly intervalMs?: number;
}

/**
 * Polls `probe` until it returns a value other than `undefined`, and returns that value.
 *
 * @param what - the awaited state, for the error: "pod web to be Running"
 * @throws Error on timeout
 */
export async function waitUntil<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  { timeoutSeconds = 60, intervalMs = 100 }: WaitOptions = {},
): Promise<T> {
  const deadline = performance.now() + timeoutSeconds * 1_000;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() > deadline)
      throw new Error(`timed out after ${timeoutSeconds} s waiting for ${what}`);
    await sleep(intervalMs);
  }
}
