/** A clock that runs with the machine's and can be moved. */
export interface Clock {
  now(): Date;
}

/** Makes a clock that moves with another, and can be moved apart from it besides. */
export function createFollowingClock(other: MovableClock): MovableClock {
  const clock = new MovableClock();
  let followed = 0;
  const follow = (offsetMilliseconds: number) => {
    clock.advance((offsetMilliseconds - followed) / 1_000);
    followed = offsetMilliseconds;
  };
  follow(other.offsetMs);
  other.onMove(follow);
  return clock;
}

/** The embedded cloud's clock. Everything embedded reads it; the functions' own `Date` follows it. */
export class MovableClock implements Clock {
  #offsetMilliseconds = 0;
  readonly #listeners = new Set<(offsetMilliseconds: number) => void>();

  now(): Date {
    return new Date(Date.now() + this.#offsetMilliseconds);
  }

  get offsetMs(): number {
    return this.#offsetMilliseconds;
  }

  /** Moves the clock forward by `seconds`, back when they are negative, and tells everybody who follows it. */
  advance(seconds: number): void {
    this.#offsetMilliseconds += seconds * 1_000;
    for (const listener of this.#listeners) listener(this.#offsetMilliseconds);
  }

  /** Calls `listener` at each move with the new distance to the machine's clock; the result ends that. */
  onMove(listener: (offsetMilliseconds: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
