import type { MovableClock } from './clock.ts';

/** Runs jobs at times of the embedded clock. */
export interface Timeline {
  /** Schedules `job` for when the clock is advanced to `due` or later. */
  at(due: Date, job: () => void): void;
  /**
   * Advances the clock by `seconds`, stopping at each due time: jobs that are due at the same time run together, and
   * `settled` is awaited before the clock advances further. Real time that passes runs no jobs.
   */
  advance(seconds: number, settled: () => Promise<void>): Promise<void>;
}

/** Creates a timeline without jobs. */
export function createTimeline(clock: MovableClock): Timeline {
  let entries: readonly { readonly due: Date; readonly job: () => void }[] = [];

  function takeDue(until: Date): readonly (() => void)[] {
    const earliest = Math.min(...entries.map(({ due }) => due.getTime()));
    if (earliest > until.getTime()) return [];
    advanceTo(new Date(earliest));
    const due = entries.filter((entry) => entry.due.getTime() === earliest);
    entries = entries.filter((entry) => entry.due.getTime() !== earliest);
    return due.map(({ job }) => job);
  }

  function advanceTo(instant: Date): void {
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
      advanceTo(end);
    },
  };
}
