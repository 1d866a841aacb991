/** Returns the current time. */
export interface Clock {
  now(): Date;
}

/** Creates a clock that follows another and can be advanced independently of it. */
export function createFollowingClock(other: MovableClock): MovableClock {
  const clock = new MovableClock();
  let followed = 0;
  const follow = (offsetMs: number) => {
    clock.advance((offsetMs - followed) / 1_000);
    followed = offsetMs;
  };
  follow(other.offsetMs);
  other.onMove(follow);
  return clock;
}

/** A clock that runs at the speed of the machine's clock with an adjustable offset. All embedded servers use one. */
export class MovableClock implements Clock {
  #offsetMs = 0;
  readonly #listeners = new Set<(offsetMs: number) => void>();

  now(): Date {
    return new Date(Date.now() + this.#offsetMs);
  }

  /** The difference to the machine's clock, in milliseconds. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** Moves the clock forward, or back if `seconds` is negative, and notifies the listeners. */
  advance(seconds: number): void {
    this.#offsetMs += seconds * 1_000;
    for (const listener of this.#listeners) listener(this.#offsetMs);
  }

  /** Calls `listener` with the new offset whenever the clock is moved. Returns a function that removes the listener. */
  onMove(listener: (offsetMs: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
