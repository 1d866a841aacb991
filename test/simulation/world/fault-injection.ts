import type { FaultFact } from '../../invariants/facts.ts';
import type { Random } from './random.ts';
import { HOUR, MINUTE, type VirtualTime } from './virtual-time.ts';

/** Faults that last for a while. The order matters: each seed chooses among them in this order. */
const FAULT_KINDS = [
  'api-down',
  'api-errors',
  'api-throttles',
  'api-slow',
  'responses-lost',
  'pages-fail',
  'tokens-expired',
  'sts-down',
  'sts-throttles',
  'sts-garbage',
  'sts-slow',
  'schedules-lost',
  'schedules-late',
  'schedules-duplicated',
  'sweeps-lost',
  'events-lost',
  'events-late',
  'events-duplicated',
  // Has no effect. Without it, each seed would choose other faults, and the recorded measurements would not be reproducible.
  'unused',
  'processes-killed',
  'containers-replaced',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

type Dependency = Extract<FaultFact['affected'], string>;

/** The dependency of the product that each fault affects. */
const OUTAGES: { readonly [K in FaultKind]?: Dependency } = {
  'api-down': 'api',
  'sts-down': 'sts',
  'schedules-lost': 'functions',
  'sweeps-lost': 'sweeps',
  'api-errors': 'reliability',
  'api-throttles': 'reliability',
  'api-slow': 'reliability',
  'responses-lost': 'reliability',
  'pages-fail': 'api',
  'tokens-expired': 'reliability',
  'sts-throttles': 'reliability',
  'sts-garbage': 'reliability',
  'sts-slow': 'reliability',
  'processes-killed': 'reliability',
  'schedules-late': 'punctuality',
  'schedules-duplicated': 'punctuality',
  'events-lost': 'punctuality',
  'events-late': 'punctuality',
  'events-duplicated': 'punctuality',
  'containers-replaced': 'punctuality',
};

/** The faults that are active now. */
export interface ActiveFaults {
  has(kind: FaultKind): boolean;
  /** The number of faults so far. */
  readonly count: number;
}

interface FaultInjectionDeps {
  readonly time: VirtualTime;
  readonly random: Random;
  /** When the last fault has ended, in milliseconds since the start. */
  readonly until: number;
  /** Whether outages may last for hours. @default false */
  readonly hasLongOutages?: boolean;
  /** Called when a fault that affects a dependency begins or ends. */
  readonly onOutage: (affected: Dependency, phase: 'begins' | 'ends') => void;
}

/** Durations of faults. Outages just below what the product tolerates find the most bugs. */
const DURATIONS_MS = [1, 3, 8, 20, 24, 35, 70, 200].map((minutes) => minutes * MINUTE);

/** Those of a world whose sessions last for twelve hours. The longest one is eleven hours. */
const LONG_DURATIONS_MS = [3, 24, 35, 200, 330, 350, 660, 660].map((minutes) => minutes * MINUTE);

/** What fails together in a long outage. */
const LONG_OUTAGES = [
  ['api-down'],
  ['sts-down'],
  ['schedules-lost', 'events-lost'],
  ['api-down', 'sts-down', 'schedules-lost', 'events-lost'],
] as const;

/** Between two long outages, on average. */
const BETWEEN_LONG_OUTAGES_MS = 5 * HOUR;

/** Injects faults of the kinds that the seed chooses. A few kinds at a time reach more states than all at once. */
export function startFaultInjection({
  time,
  random,
  until,
  hasLongOutages = false,
  onOutage,
}: FaultInjectionDeps): ActiveFaults {
  const active = new Map<FaultKind, number>();
  let count = 0;
  const kinds = FAULT_KINDS.filter(() => random.chance(0.3));
  for (const kind of kinds) {
    const mean = random.pick([1, 3, 10]) * HOUR;
    const next = () =>
      time.after(random.wait(mean), () => {
        const length = random.pick(DURATIONS_MS);
        if (time.elapsed + length < until) begin(kind, length);
        if (time.elapsed < until) next();
      });
    next();
  }

  if (hasLongOutages) scheduleLongOutage();

  /** One after the other, so that each is in the tolerated range by itself. */
  function scheduleLongOutage(): void {
    time.after(random.wait(BETWEEN_LONG_OUTAGES_MS), () => {
      const length = random.pick(LONG_DURATIONS_MS);
      if (time.elapsed + length >= until) return;
      for (const kind of random.pick(LONG_OUTAGES)) begin(kind, length);
      time.after(length, scheduleLongOutage);
    });
  }

  function begin(kind: FaultKind, length: number): void {
    count += 1;
    active.set(kind, (active.get(kind) ?? 0) + 1);
    const outage = OUTAGES[kind];
    if (outage !== undefined) onOutage(outage, 'begins');
    time.after(length, () => {
      active.set(kind, (active.get(kind) ?? 1) - 1);
      if (outage !== undefined) onOutage(outage, 'ends');
    });
  }

  return {
    has: (kind) => (active.get(kind) ?? 0) > 0,
    get count() {
      return count;
    },
  };
}

/** No faults at all. */
export const NO_FAULTS: ActiveFaults = { has: () => false, count: 0 };
