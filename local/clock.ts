/** A clock that runs with the machine's and can be moved forward. */
export interface Clock {
  now(): Date;
}

/** The embedded cloud's clock. Everything embedded reads it, the functions' own `Date` included. */
export class MovableClock implements Clock {
  #offsetMilliseconds = 0;
  readonly #listeners = new Set<(offsetMilliseconds: number) => void>();

  now(): Date {
    return new Date(Date.now() + this.#offsetMilliseconds);
  }

  get offsetMilliseconds(): number {
    return this.#offsetMilliseconds;
  }

  /** Moves the clock forward by `seconds` and tells everybody who follows it. */
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
