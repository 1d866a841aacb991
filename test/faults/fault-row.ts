import { expect } from 'vitest';
import type { PassReport } from '../../lambda/report/pass-report.ts';
import type { FaultWorld, Run } from './fault-world.ts';
import type { Scene } from './scene.ts';

/** Something that goes wrong, and what then has to be true. Its texts are a row of the table in docs/reliability.md. */
export interface FaultRow {
  /** What goes wrong. */
  readonly fault: string;
  /** How it is brought about. */
  readonly how: string;
  /** What the product promises then, beside what it always does. */
  readonly promise: string;
  /** Brings it about; the result ends it. */
  inject(world: FaultWorld, scene: Scene): Promise<Ending> | Ending;
  /** What runs meanwhile. @default - a refresh, then a sweep */
  meanwhile?(world: FaultWorld, scene: Scene): Promise<readonly Run[]>;
  /** Fails unless the fault took place and the promise was kept. */
  check(measured: Measured): void;
  /** What the scene ends as. @default - what it ends as when nothing fails */
  endState?(calm: readonly string[]): readonly string[];
}

/** Ends a fault. */
export type Ending = () => unknown;

/** What was seen while a fault lasted. */
export interface Measured {
  readonly runs: readonly Run[];
  /** How many requests to the cluster the fault met. */
  readonly met: number;
  /** How often the API server itself answered with a status. */
  readonly answered: (status: number) => number;
  /** What there was of the scene's Secrets when the fault ended. */
  readonly state: readonly string[];
}

/** The report of a run; none when it had to fail. */
export function reportOf({ result }: Run): PassReport | undefined {
  if (result.kind !== 'success') return undefined;
  return (result.payload as { readonly report?: PassReport }).report;
}

/** Whether a run failed, or something that it did. */
export function hadFailures(run: Run): boolean {
  const report = reportOf(run);
  return report === undefined || report.counts.failed > 0 || report.counts.deferred > 0;
}

/** Fails unless all runs did all that was due, as if there had been no fault. */
export function expectAllDone({ runs }: Measured): void {
  expect(runs.map((run) => [run.what, hadFailures(run) ? run.result : 'done'])).toEqual(
    runs.map(({ what }) => [what, 'done']),
  );
}

/** Fails unless a fault met requests. */
export function expectMet({ met }: Measured, least = 1): void {
  expect(met).toBeGreaterThanOrEqual(least);
}
