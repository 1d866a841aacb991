import { PASS } from '../../contract/pass.ts';
import type { SimulatedFunctions } from './functions.ts';
import type { Random } from './random.ts';
import type { Troubles } from './trouble.ts';
import { MINUTE, SECOND, type VirtualTime } from './virtual-time.ts';

export interface SchedulerDeps {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly troubles: Troubles;
  readonly functions: SimulatedFunctions;
  /** Whether the last sweep waits for a person. */
  readonly isBraked: () => boolean;
}

/** The schedules of the stack, and a person who answers the alarm of a sweep that waits. */
export function startScheduler(deps: SchedulerDeps): void {
  const { time, troubles, functions, isBraked } = deps;
  const every = (period: number, offset: number, run: () => void) => {
    const next = () =>
      time.after(period, () => {
        next();
        if (!troubles.is('ticks-lost')) invoke(deps, run);
      });
    time.after(offset, next);
  };
  every(MINUTE, 0, () => functions.refresh({ pass: PASS.refresh }));
  every(10 * MINUTE, 30 * SECOND, () => {
    if (!troubles.is('sweeps-lost')) functions.sweep({ pass: PASS.sweep });
  });
  every(30 * MINUTE, 45 * SECOND, () => {
    if (isBraked()) functions.sweep({ pass: PASS.sweep, confirm: true });
  });
}

function invoke({ time, random, troubles }: SchedulerDeps, run: () => void): void {
  const latest = troubles.is('ticks-late') ? 50 * SECOND : SECOND;
  time.after(random.int(0, latest), run);
  const isDoubled = troubles.is('ticks-doubled') && random.chance(0.5);
  if (isDoubled) time.after(random.int(0, 2 * SECOND), run);
}
