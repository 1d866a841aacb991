import { PASS } from '../../../contract/pass.ts';
import type { ActiveFaults } from './fault-injection.ts';
import type { SimulatedFunctions } from './functions.ts';
import type { Random } from './random.ts';
import { every, MINUTE, SECOND, type VirtualTime } from './virtual-time.ts';

interface SchedulerDeps {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly faults: ActiveFaults;
  readonly functions: SimulatedFunctions;
  /** Whether the brake stopped the last sweep. */
  readonly isBraked: () => boolean;
}

/** Starts the schedules of the stack, and an operator who confirms a sweep that the brake stopped. */
export function startScheduler(deps: SchedulerDeps): void {
  const { time, faults, functions, isBraked } = deps;
  const schedule = (period: number, offset: number, run: () => void) =>
    every(time, period, offset, () => {
      if (!faults.has('schedules-lost')) invoke(deps, run);
    });
  schedule(MINUTE, 0, () => functions.refresh({ pass: PASS.refresh }));
  schedule(10 * MINUTE, 30 * SECOND, () => {
    if (!faults.has('sweeps-lost')) functions.sweep({ pass: PASS.sweep });
  });
  schedule(30 * MINUTE, 45 * SECOND, () => {
    if (isBraked()) functions.sweep({ pass: PASS.sweep, confirm: true });
  });
}

function invoke({ time, random, faults }: SchedulerDeps, run: () => void): void {
  const latest = faults.has('schedules-late') ? 50 * SECOND : SECOND;
  time.after(random.int(0, latest), run);
  const isDuplicated = faults.has('schedules-duplicated') && random.chance(0.5);
  if (isDuplicated) time.after(random.int(0, 2 * SECOND), run);
}
