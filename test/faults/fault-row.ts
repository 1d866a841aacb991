import { expect } from 'vitest';
import type { PassReport } from '../../lambda/report/pass-report.ts';
import type { FaultEnvironment, Invocation } from './fault-environment.ts';
import type { Fixture } from './fixture.ts';

/** A fault and what the product guarantees. Its texts are a row of the table in docs/reliability.md. */
export interface FaultRow {
  /** What fails. */
  readonly name: string;
  /** How the fault is injected. */
  readonly injection: string;
  /** What the product guarantees, in addition to the invariants. */
  readonly guarantee: string;
  /** Injects the fault; the result ends it. */
  inject(env: FaultEnvironment, fixture: Fixture): Promise<EndFault> | EndFault;
  /** Invokes the functions during the fault. @default - a refresh, then a sweep */
  invoke?(env: FaultEnvironment, fixture: Fixture): Promise<readonly Invocation[]>;
  /** Fails unless the fault was injected and the guarantee was kept. */
  check(measurement: Measurement): void;
  /** The expected end state. @default - the end state without a fault */
  endState?(calm: readonly string[]): readonly string[];
}

/** Ends a fault. */
type EndFault = () => unknown;

/** What was measured during a fault. */
export interface Measurement {
  readonly invocations: readonly Invocation[];
  /** Number of requests that the fault hit. */
  readonly injected: number;
  /** Returns how often the API server itself answered with a status. */
  readonly responses: (status: number) => number;
  /** The Secrets of the fixture when the fault ended. */
  readonly state: readonly string[];
}

/** Returns the report of a pass; undefined if it failed. */
export function reportOf({ result }: Invocation): PassReport | undefined {
  if (result.kind !== 'success') return undefined;
  return (result.payload as { readonly report?: PassReport }).report;
}

/** Whether a pass failed, or one of its items failed or was deferred. */
export function hadFailures(invocation: Invocation): boolean {
  const report = reportOf(invocation);
  return report === undefined || report.counts.failed > 0 || report.counts.deferred > 0;
}

/** Fails unless all passes did everything that was due. */
export function expectAllDone({ invocations }: Measurement): void {
  expect(invocations.map((one) => [one.kind, hadFailures(one) ? one.result : 'done'])).toEqual(
    invocations.map(({ kind }) => [kind, 'done']),
  );
}

/** Fails unless the fault hit at least `min` requests. */
export function expectInjected({ injected }: Measurement, min = 1): void {
  expect(injected).toBeGreaterThanOrEqual(min);
}
