import { expect } from 'vitest';
import type { RequestFacts } from '../../../local/kubernetes/server/faults.ts';
import { REFRESH, SWEEP } from '../../support/deployment.ts';
import { expectAllDone, expectMet, type FaultRow, hadFailures } from '../fault-row.ts';
import type { WireEffect } from '../faulty-proxy.ts';

/** What every request of a kind meets at its first try. */
function firstTries(): (request: RequestFacts) => boolean {
  const tried = new Set<string>();
  return ({ method, path, query }) => {
    const request = `${method} ${path}?${query}`;
    const isFirst = !tried.has(request);
    tried.add(request);
    return isFirst;
  };
}

/** A row whose fault meets the first try of every request, which the next try makes good. */
function atEachFirstTry(texts: Pick<FaultRow, 'fault' | 'how'>, effect: WireEffect): FaultRow {
  return {
    ...texts,
    promise: 'Each is sent again; the same run does all',
    inject({ proxy }) {
      return proxy.faults.add({ match: firstTries(), effect, times: Number.POSITIVE_INFINITY });
    },
    check(measured) {
      expectMet(measured, 10);
      expectAllDone(measured);
    },
  };
}

/** Enough for a run and its report, for one that gets no answer. */
const SHORT_RUN_SECONDS = 6;

/** The wire breaks, or the API server is too busy. */
export const WIRE_ROWS: readonly FaultRow[] = [
  atEachFirstTry(
    {
      fault: 'The API server turns requests away and says when to come again',
      how: 'the first try of every request is answered 429 with Retry-After: 1',
    },
    { kind: 'refuse', status: 429, retryAfterSeconds: 1 },
  ),
  atEachFirstTry(
    {
      fault: 'The API server turns requests away',
      how: 'the first try of every request is answered 429 without Retry-After',
    },
    { kind: 'refuse', status: 429 },
  ),
  atEachFirstTry(
    {
      fault: 'The API server fails inside',
      how: 'the first try of every request is answered 500',
    },
    { kind: 'refuse', status: 500 },
  ),
  atEachFirstTry(
    {
      fault: 'A load balancer has nobody behind it',
      how: 'the first try of every request is answered 503',
    },
    { kind: 'refuse', status: 503 },
  ),
  atEachFirstTry(
    {
      fault: 'Answers break off half-way',
      how: 'every first request is carried out, and its answer ends in the middle of the body',
    },
    { kind: 'drop', when: 'mid-body' },
  ),
  atEachFirstTry(
    { fault: 'Connections are reset', how: 'TCP RST at the first try of every request' },
    { kind: 'reset' },
  ),
  {
    fault: 'Bodies come slowly',
    how: 'every body in eight pieces, 50 ms apart',
    promise: 'They are waited for; the same run does all',
    inject: ({ proxy }) =>
      proxy.faults.add({
        effect: { kind: 'trickle', milliseconds: 50 },
        times: Number.POSITIVE_INFINITY,
      }),
    check(measured) {
      expectMet(measured, 10);
      expectAllDone(measured);
    },
  },
  {
    fault: 'Connections go silent',
    how: `requests arrive and nothing comes back, nobody is told; runs of ${SHORT_RUN_SECONDS} s`,
    promise: 'The run ends by itself before Lambda ends it, and fails; the next runs mend all',
    inject({ proxy, cloud }) {
      const endings = [REFRESH, SWEEP].map((name) =>
        cloud.functions.overrideTimeout(name, SHORT_RUN_SECONDS),
      );
      proxy.faults.add({ effect: { kind: 'silence' }, times: Number.POSITIVE_INFINITY });
      return () => {
        for (const end of endings) end();
      };
    },
    meanwhile: (world) => Promise.all([world.refresh(), world.sweep()]),
    check(measured) {
      expectMet(measured);
      expect(measured.runs.map(hadFailures)).toEqual([true, true]);
      expect(JSON.stringify(measured.runs)).not.toContain('Sandbox.Timedout');
    },
  },
];
