import { describe, expect, it } from 'vitest';
import { playScenario } from './scenarios/play-scenario.ts';
import { POD_EVENT, REFRESH, SWEEP } from './scenarios/scenarios.ts';

/** The writes of each undisturbed pass. A scenario with fewer writes would prove less. */
const PASSES = [
  {
    pass: 'a refresh',
    scenario: REFRESH,
    writes: [
      'PATCH /api/v1/namespaces/shop/secrets/aws-iam-again',
      'PATCH /api/v1/namespaces/shop/secrets/aws-iam-orders',
      'PATCH /api/v1/namespaces/shop/secrets/reports',
      'PATCH /apis/zalando.org/v1/namespaces/shop/awsiamroles/reports/status',
      'POST /api/v1/namespaces/shop/secrets',
      'POST /apis/events.k8s.io/v1/namespaces/shop/events',
    ],
  },
  {
    pass: 'a sweep',
    scenario: SWEEP,
    writes: [
      'DELETE /api/v1/namespaces/shop/secrets/aws-iam-old',
      'PATCH /api/v1/namespaces/shop/secrets/aws-iam-again',
      'PATCH /api/v1/namespaces/shop/secrets/aws-iam-leaving',
      'POST /api/v1/namespaces/shop/secrets',
    ],
  },
  {
    pass: 'a pod event',
    scenario: POD_EVENT,
    writes: [
      'PATCH /apis/zalando.org/v1/namespaces/shop/awsiamroles/reports/status',
      'POST /api/v1/namespaces/shop/secrets',
      'POST /apis/events.k8s.io/v1/namespaces/shop/events',
    ],
  },
] as const;

describe.each(PASSES)('$pass that is killed', ({ scenario, writes }) => {
  it.each(['before', 'after'] as const)(
    'at any of its calls, %s the call takes effect, leaves nothing that later passes do not fix',
    async (when) => {
      const undisturbed = await playScenario(scenario);
      expect(undisturbed.violations).toEqual([]);
      expect(writesOf(undisturbed.calls)).toEqual(writes);
      for (const [index, call] of undisturbed.calls.entries()) {
        const kill = { atCall: index + 1, when };
        const result = await playScenario(scenario, { kill });
        expect({ ...result, calls: [call] }).toEqual({
          ...undisturbed,
          calls: [call],
          wasKilled: true,
        });
      }
    },
  );
});

/** Returns the distinct writes among calls. */
function writesOf(calls: readonly string[]): readonly string[] {
  const all = calls.filter((call) => !/^(?:GET|AssumeRole)/.test(call));
  return [...new Set(all.map((call) => call.replace(/\?.*/, '')))].toSorted();
}
