import { describe, expect, it } from 'vitest';
import { playScenario } from './play-scenario.ts';
import { POD_EVENT, REFRESH, SWEEP } from './scenarios.ts';

/** What each run does when nothing disturbs it: a scenario that did less would prove less. */
const RUNS = [
  {
    run: 'a refresh',
    scenario: REFRESH,
    acts: [
      'PATCH /api/v1/namespaces/shop/secrets/aws-iam-again',
      'PATCH /api/v1/namespaces/shop/secrets/aws-iam-orders',
      'PATCH /api/v1/namespaces/shop/secrets/reports',
      'PATCH /apis/zalando.org/v1/namespaces/shop/awsiamroles/reports/status',
      'POST /api/v1/namespaces/shop/secrets',
      'POST /apis/events.k8s.io/v1/namespaces/shop/events',
    ],
  },
  {
    run: 'a sweep',
    scenario: SWEEP,
    acts: [
      'DELETE /api/v1/namespaces/shop/secrets/aws-iam-old',
      'PATCH /api/v1/namespaces/shop/secrets/aws-iam-again',
      'PATCH /api/v1/namespaces/shop/secrets/aws-iam-leaving',
      'POST /api/v1/namespaces/shop/secrets',
    ],
  },
  {
    run: 'a pod event',
    scenario: POD_EVENT,
    acts: [
      'PATCH /apis/zalando.org/v1/namespaces/shop/awsiamroles/reports/status',
      'POST /api/v1/namespaces/shop/secrets',
      'POST /apis/events.k8s.io/v1/namespaces/shop/events',
    ],
  },
] as const;

describe.each(RUNS)('$run that is killed', ({ scenario, acts }) => {
  it.each(['before', 'after'] as const)(
    'at any of its calls, %s the call has had its effect, leaves nothing that the next runs do not mend',
    async (when) => {
      const calm = await playScenario(scenario);
      expect(calm.violations).toEqual([]);
      expect(actsOf(calm.calls)).toEqual(acts);
      for (const [index, call] of calm.calls.entries()) {
        const death = { atCall: index + 1, when };
        const ending = await playScenario(scenario, { death });
        expect({ ...ending, calls: [call] }).toEqual({ ...calm, calls: [call], wasKilled: true });
      }
    },
  );
});

/** What a run changed: which kinds of writes it made. */
function actsOf(calls: readonly string[]): readonly string[] {
  const writes = calls.filter((call) => !/^(?:GET|AssumeRole)/.test(call));
  return [...new Set(writes.map((call) => call.replace(/\?.*/, '')))].toSorted();
}
