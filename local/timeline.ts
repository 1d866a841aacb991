import type { MovableClock } from './clock.ts';

/** What is to happen at some time of the embedded clock. */
export interface Timeline {
  /** Has `job` run when the clock is moved to `due` or beyond. */
  at(due: Date, job: () => void): void;
  /**
   * Moves the clock forward by `seconds`, stopping at each due time: what is due together runs together, and `settled` is
   * awaited before time goes on. Time that passes by itself makes nothing happen before the next move.
   */
  advance(seconds: number, settled: () => Promise<void>): Promise<void>;
}

/** Nothing to happen yet. */
export function createTimeline(clock: MovableClock): Timeline {
  let entries: readonly { readonly due: Date; readonly job: () => void }[] = [];

  function takeDue(until: Date): readonly (() => void)[] {
    const earliest = Math.min(...entries.map(({ due }) => due.getTime()));
    if (earliest > until.getTime()) return [];
    moveTo(new Date(earliest));
    const due = entries.filter((entry) => entry.due.getTime() === earliest);
    entries = entries.filter((entry) => entry.due.getTime() !== earliest);
    return due.map(({ job }) => job);
  }

  function moveTo(instant: Date): void {
    const seconds = (instant.getTime() - clock.now().getTime()) / 1_000;
    if (seconds > 0) clock.advance(seconds);
  }

  return {
    at: (due, job) => {
      entries = [...entries, { due, job }];
    },
    advance: async (seconds, settled) => {
      const end = new Date(clock.now().getTime() + seconds * 1_000);
      for (let jobs = takeDue(end); jobs.length > 0; jobs = takeDue(end)) {
        for (const job of jobs) job();
        await settled();
      }
      moveTo(end);
    },
  };
}
