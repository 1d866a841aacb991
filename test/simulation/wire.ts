import type { Random } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';

/** When a run dies: at which of its calls, before that has had an effect or after it. */
export interface Death {
  readonly atCall: number;
  readonly when: 'before' | 'after';
}

/** Calls over the network from one run of a function, which can die at any of them. */
export interface Wire {
  /**
   * Has `perform` happen at the other end, half of the way later; its result comes back after the other half, or never
   * when the run has died. Neither that nor the signal calls back what was sent.
   */
  call<T>(milliseconds: number, perform: () => T, signal?: AbortSignal): Promise<T>;
  readonly calls: number;
  readonly isDead: boolean;
  die(): void;
}

/** A wire of one run. */
export function createWire(time: VirtualTime, death: Death | undefined): Wire {
  let calls = 0;
  let isDead = false;
  return {
    get calls() {
      return calls;
    },
    get isDead() {
      return isDead;
    },
    die() {
      isDead = true;
    },
    call(milliseconds, perform, signal) {
      calls += 1;
      const isLast = calls === death?.atCall;
      return new Promise((resolve, reject) => {
        if (isLast && death.when === 'before') isDead = true;
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

/** The time that a call takes, in milliseconds: mostly near `usual`, now and then much more. */
export function latency(random: Random, usual: number): number {
  return random.chance(0.02) ? random.int(usual, 20 * usual) : random.int(usual / 2, 2 * usual);
}
