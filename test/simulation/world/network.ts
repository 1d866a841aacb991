import type { Random } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';

/** When to kill a process: at which of its calls, before or after the call takes effect. */
export interface Kill {
  readonly atCall: number;
  readonly when: 'before' | 'after';
}

/** The network of one invocation, which can be killed at any of its calls. */
export interface Network {
  /**
   * Runs `perform` on the server after half of the latency and returns its result after the other half, or never if the process
   * was killed. Neither a kill nor the signal cancels a request that was sent.
   */
  call<T>(milliseconds: number, perform: () => T, signal?: AbortSignal): Promise<T>;
  readonly calls: number;
  readonly isKilled: boolean;
  kill(): void;
}

/** Creates the network of an invocation. */
export function createNetwork(time: VirtualTime, killAt: Kill | undefined): Network {
  let calls = 0;
  let isDead = false;
  return {
    get calls() {
      return calls;
    },
    get isKilled() {
      return isDead;
    },
    kill() {
      isDead = true;
    },
    call(milliseconds, perform, signal) {
      calls += 1;
      const isLast = calls === killAt?.atCall;
      return new Promise((resolve, reject) => {
        if (isLast && killAt.when === 'before') isDead = true;
        if (isDead) return;
        if (signal?.aborted) return reject(signal.reason);
        const abort = () => isDead || reject(signal?.reason);
        signal?.addEventListener('abort', abort, { once: true });
        time.after(milliseconds / 2, () => {
          const answer = attempt(perform);
          if (isLast) isDead = true;
          time.after(milliseconds / 2, () => {
            signal?.removeEventListener('abort', abort);
            if (isDead) return;
            if ('error' in answer) reject(answer.error);
            else resolve(answer.value);
          });
        });
      });
    },
  };
}

function attempt<T>(perform: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: perform() };
  } catch (error) {
    return { error };
  }
}

/** Returns the latency of a call, in milliseconds: usually near `usual`, sometimes much more. */
export function latency(random: Random, usual: number): number {
  return random.chance(0.02) ? random.int(usual, 20 * usual) : random.int(usual / 2, 2 * usual);
}
