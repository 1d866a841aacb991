import { describe, expect, it } from 'vitest';
import { MovableClock } from '../../../local/clock.ts';
import { createTimeline } from '../../../local/timeline.ts';

function setUp() {
  const clock = new MovableClock();
  const timeline = createTimeline(clock);
  const start = clock.now().getTime();
  const done: string[] = [];
  const at = (seconds: number, name: string) =>
    timeline.at(new Date(start + seconds * 1_000), () => done.push(name));
  const elapsed = () => Math.floor((clock.now().getTime() - start) / 1_000);
  const settled = async () => void done.push(`settled at ${elapsed()}`);
  return { timeline, done, at, settled, elapsed };
}

describe('the timeline', () => {
  it('stops at each due time, in order, and waits before it advances further', async () => {
    const { timeline, done, at, settled, elapsed } = setUp();
    at(120, 'third');
    at(60, 'first');
    at(60, 'second');
    await timeline.advance(3_600, settled);
    expect(done).toEqual(['first', 'second', 'settled at 60', 'third', 'settled at 120']);
    expect(elapsed()).toBe(3_600);
  });

  it('keeps a job that is due later', async () => {
    const { timeline, done, at, settled } = setUp();
    at(60, 'later');
    await timeline.advance(50, settled);
    expect(done).toEqual([]);
    await timeline.advance(10, settled);
    expect(done).toEqual(['later', 'settled at 60']);
  });

  it('runs a job that another job adds', async () => {
    const { timeline, done, at, settled } = setUp();
    timeline.at(new Date(), () => at(30, 'added'));
    await timeline.advance(60, settled);
    expect(done).toEqual(['settled at 0', 'added', 'settled at 30']);
  });
});
