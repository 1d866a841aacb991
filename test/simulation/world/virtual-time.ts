import type { Clock } from '../../../local/clock.ts';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A clock that jumps from one scheduled callback to the next. */
export interface VirtualTime extends Clock {
  /** Milliseconds since the start. */
  readonly elapsed: number;
  /** Schedules a callback. Callbacks of the same time run in the order in which they were scheduled. */
  after(milliseconds: number, callback: () => void): void;
  /** Runs all callbacks up to a time, in milliseconds since the start. */
  runUntil(elapsed: number): Promise<void>;
}

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Calls `act` in every period, for the first time at its end. The first period begins at `offset`. In milliseconds. */
export function every(time: VirtualTime, period: number, offset: number, act: () => void): void {
  const next = () =>
    time.after(period, () => {
      next();
      act();
    });
  time.after(offset, next);
}

/** Creates a clock that starts at `start`. */
export function createVirtualTime(start: Date): VirtualTime {
  const heap: Entry[] = [];
  let elapsed = 0;
  let order = 0;
  return {
    now: () => new Date(start.getTime() + elapsed),
    get elapsed() {
      return elapsed;
    },
    after(milliseconds, callback) {
      order += 1;
      push(heap, { at: elapsed + Math.max(0, milliseconds), order, callback });
    },
    async runUntil(end) {
      for (let next = heap[0]; next !== undefined && next.at <= end; next = heap[0]) {
        pop(heap);
        elapsed = next.at;
        next.callback();
        // Lets all promises settle before time passes.
        await new Promise(setImmediate);
      }
      elapsed = end;
    },
  };
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function push(heap: Entry[], entry: Entry): void {
  let i = heap.length;
  heap.push(entry);
  while (i > 0) {
    const parent = (i - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || isBefore(above, entry)) break;
    heap[i] = above;
    i = parent;
  }
  heap[i] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let i = 0;
  for (;;) {
    const left = 2 * i + 1;
    const right = left + 1;
    const one = heap[left];
    if (one === undefined) break;
    const other = heap[right];
    const isRight = other !== undefined && isBefore(other, one);
    const least = isRight ? other : one;
    if (!isBefore(least, last)) break;
    heap[i] = least;
    i = isRight ? right : left;
  }
  heap[i] = last;
}
