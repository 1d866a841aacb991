import type { TroubleFact } from '../invariants/facts.ts';
import type { Random } from './random.ts';
import { HOUR, MINUTE, type VirtualTime } from './virtual-time.ts';

/** What can go wrong, and keeps on for a while. */
export const TROUBLES = [
  'api-down',
  'api-errors',
  'api-throttles',
  'api-slow',
  'answers-lost',
  'pages-fail',
  'history-forgotten',
  'sts-down',
  'sts-throttles',
  'sts-garbage',
  'sts-slow',
  'ticks-lost',
  'ticks-late',
  'ticks-doubled',
  'sweeps-lost',
  'events-lost',
  'events-late',
  'events-doubled',
  'events-forged',
  'runs-killed',
  'containers-retired',
] as const;
export type Trouble = (typeof TROUBLES)[number];

type Service = Extract<TroubleFact['with'], string>;

/** What of that the product cannot do without, by the trouble that takes it away. */
const OUTAGES: { readonly [T in Trouble]?: Service } = {
  'api-down': 'api',
  'sts-down': 'sts',
  'ticks-lost': 'functions',
  'api-errors': 'reliability',
  'api-throttles': 'reliability',
  'api-slow': 'reliability',
  'answers-lost': 'reliability',
  'pages-fail': 'reliability',
  'history-forgotten': 'reliability',
  'sts-throttles': 'reliability',
  'sts-garbage': 'reliability',
  'sts-slow': 'reliability',
  'runs-killed': 'reliability',
};

/** What is wrong now. */
export interface Troubles {
  is(trouble: Trouble): boolean;
  /** How many there have been. */
  readonly count: number;
}

export interface TroubleDeps {
  readonly time: VirtualTime;
  readonly random: Random;
  /** No trouble begins after, and all end by then, in milliseconds. */
  readonly until: number;
  /** Told when something begins or ends that the product cannot do without. */
  readonly onOutage: (service: Service, phase: 'begins' | 'ends') => void;
}

/** How long troubles last, in milliseconds. Outages just below what the product bears are most telling. */
const LENGTHS = [1, 3, 8, 20, 24, 35, 70, 200].map((minutes) => minutes * MINUTE);

/** Has troubles come and go, of those kinds that this seed has. Few at a time go deeper than all at once. */
export function startTroubles({ time, random, until, onOutage }: TroubleDeps): Troubles {
  const active = new Map<Trouble, number>();
  let count = 0;
  const kinds = TROUBLES.filter(() => random.chance(0.3));
  for (const kind of kinds) {
    const mean = random.pick([1, 3, 10]) * HOUR;
    const next = () =>
      time.after(random.wait(mean), () => {
        const length = random.pick(LENGTHS);
        if (time.elapsed + length < until) begin(kind, length);
        if (time.elapsed < until) next();
      });
    next();
  }

  function begin(kind: Trouble, length: number): void {
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
    is: (trouble) => (active.get(trouble) ?? 0) > 0,
    get count() {
      return count;
    },
  };
}

/** A world in which nothing goes wrong. */
export const CALM: Troubles = { is: () => false, count: 0 };
