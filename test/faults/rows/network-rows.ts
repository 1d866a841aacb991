import { expect } from 'vitest';
import type { RequestFacts } from '../../../local/kubernetes/server/faults.ts';
import { REFRESH, SWEEP } from '../../support/deployment/deployment.ts';
import { expectAllDone, expectInjected, type FaultRow, hadFailures } from '../fault-row.ts';
import type { ProxyEffect } from '../faulty-proxy.ts';

/** Selects the first attempt of each request. */
function firstAttempts(): (request: RequestFacts) => boolean {
  const seen = new Set<string>();
  return ({ method, path, query }) => {
    const request = `${method} ${path}?${query}`;
    const isFirst = !seen.has(request);
    seen.add(request);
    return isFirst;
  };
}

/** A row whose fault hits the first attempt of every request; the second attempt succeeds. */
function atEachFirstAttempt(
  texts: Pick<FaultRow, 'name' | 'injection'>,
  effect: ProxyEffect,
): FaultRow {
  return {
    ...texts,
    guarantee: 'Each request is retried; the same pass does everything',
    inject({ proxy }) {
      return proxy.faults.add({ match: firstAttempts(), effect, times: Number.POSITIVE_INFINITY });
    },
    check(measurement) {
      expectInjected(measurement, 10);
      expectAllDone(measurement);
    },
  };
}

/** Enough for a pass that gets no answer, and its report. */
const SHORT_TIMEOUT_SECONDS = 6;

/** The network fails, or the API server is overloaded. */
export const NETWORK_ROWS: readonly FaultRow[] = [
  atEachFirstAttempt(
    {
      name: 'The API server throttles requests with Retry-After',
      injection: 'the first attempt of every request is answered 429 with Retry-After: 1',
    },
    { kind: 'refuse', status: 429, retryAfterSeconds: 1 },
  ),
  atEachFirstAttempt(
    {
      name: 'The API server throttles requests',
      injection: 'the first attempt of every request is answered 429 without Retry-After',
    },
    { kind: 'refuse', status: 429 },
  ),
  atEachFirstAttempt(
    {
      name: 'The API server returns internal errors',
      injection: 'the first attempt of every request is answered 500',
    },
    { kind: 'refuse', status: 500 },
  ),
  atEachFirstAttempt(
    {
      name: 'The load balancer has no healthy target',
      injection: 'the first attempt of every request is answered 503',
    },
    { kind: 'refuse', status: 503 },
  ),
  atEachFirstAttempt(
    {
      name: 'Responses are truncated',
      injection:
        'the first attempt of every request takes effect, and its response ends in the middle of the body',
    },
    { kind: 'drop', when: 'mid-body' },
  ),
  atEachFirstAttempt(
    { name: 'Connections are reset', injection: 'TCP RST at the first attempt of every request' },
    { kind: 'reset' },
  ),
  {
    name: 'Bodies arrive slowly',
    injection: 'every body arrives in eight pieces, 50 ms apart',
    guarantee: 'The client waits for them; the same pass does everything',
    inject: ({ proxy }) =>
      proxy.faults.add({
        effect: { kind: 'trickle', milliseconds: 50 },
        times: Number.POSITIVE_INFINITY,
      }),
    check(measurement) {
      expectInjected(measurement, 10);
      expectAllDone(measurement);
    },
  },
  {
    name: 'Connections hang',
    injection: `requests arrive and are never answered; functions with a timeout of ${SHORT_TIMEOUT_SECONDS} s`,
    guarantee: 'The pass ends with an error before Lambda stops it; the next passes do the rest',
    inject({ proxy, cloud }) {
      const endings = [REFRESH, SWEEP].map((name) =>
        cloud.functions.overrideTimeout(name, SHORT_TIMEOUT_SECONDS),
      );
      proxy.faults.add({ effect: { kind: 'silence' }, times: Number.POSITIVE_INFINITY });
      return () => {
        for (const end of endings) end();
      };
    },
    invoke: (env) => Promise.all([env.refresh(), env.sweep()]),
    check(measurement) {
      expectInjected(measurement);
      expect(measurement.invocations.map(hadFailures)).toEqual([true, true]);
      expect(JSON.stringify(measurement.invocations)).not.toContain('Sandbox.Timedout');
    },
  },
];
