import type { Clock } from '../../local/clock.ts';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Time that passes only as it is told to, from one thing that happens to the next. */
export interface VirtualTime extends Clock {
  /** Milliseconds since the beginning. */
  readonly elapsed: number;
  /** Has something happen in so many milliseconds; what is due at once happens in the order in which it was asked for. */
  after(milliseconds: number, happen: () => void): void;
  /** Lets everything happen up to a moment, in milliseconds since the beginning. */
  runUntil(elapsed: number): Promise<void>;
}

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly happen: () => void;
}

/** Time that begins at `start`. */
export function createVirtualTime(start: Date): VirtualTime {
  const heap: Entry[] = [];
  let elapsed = 0;
  let order = 0;
  return {
    now: () => new Date(start.getTime() + elapsed),
    get elapsed() {
      return elapsed;
    },
    after(milliseconds, happen) {
      order += 1;
      push(heap, { at: elapsed + Math.max(0, milliseconds), order, happen });
    },
    async runUntil(end) {
      for (let next = heap[0]; next !== undefined && next.at <= end; next = heap[0]) {
        pop(heap);
        elapsed = next.at;
        next.happen();
        // Whatever follows from it by promises alone happens before time goes on.
        await new Promise(setImmediate);
      }
      elapsed = end;
    },
  };
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
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
