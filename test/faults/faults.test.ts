import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeChartOnRealCluster } from '../support/describe-real-cluster.ts';
import { type FaultEnvironment, startFaultEnvironment } from './fault-environment.ts';
import { createFixture, removeFixture } from './fixture.ts';
import { FAULT_ROWS } from './rows/all-rows.ts';
import { RULE_BREAKERS } from './rule-breakers.ts';
import { runFault } from './run-fault.ts';

/** The end state without a fault, which the first test checks. */
const CALM = [
  'bank/aws-iam-app-orders of-pods arn:aws:iam::123456789012:role/app-orders',
  'shop/aws-iam-app-late of-pods arn:aws:iam::123456789012:role/app-late',
  'shop/aws-iam-app-mine foreign -',
  'shop/aws-iam-app-orders of-pods arn:aws:iam::123456789012:role/app-orders',
  'shop/report of-awsiamrole arn:aws:iam::123456789012:role/app-report',
];

describeChartOnRealCluster('the deployed functions on a real cluster that fails', () => {
  let env: FaultEnvironment;
  beforeAll(async () => {
    env = await startFaultEnvironment();
  });
  afterAll(() => env?.stop());

  it('reach the end state without a fault', async () => {
    const nothing = {
      name: '',
      injection: '',
      guarantee: '',
      inject: () => () => {},
      check: () => {},
    };
    const { endState } = await runFault(env, nothing, 'calm');
    expect(endState).toEqual(CALM);
    expect(env.observer.violations).toEqual([]);
  });

  it.each(FAULT_ROWS.map((row, i) => [row.name, `f${i}`, row] as const))(
    '%s',
    async (_, name, row) => {
      const outcome = await runFault(env, row, name);
      row.check(outcome);
      expect(outcome.endState).toEqual(row.endState?.(CALM) ?? CALM);
      expect(env.observer.violations).toEqual([]);
    },
  );

  describe('detect a client that', () => {
    it.each(RULE_BREAKERS.map((breaker) => [breaker.action, breaker] as const))(
      '%s',
      async (action, breaker) => {
        const before = env.observer.violations.length;
        const fixture = await createFixture(
          env,
          `rule-${action.replaceAll(' ', '-').toLowerCase()}`,
        );
        await env.refresh();
        await breaker.act(env.real.admin, fixture);
        await env.observer.catchUp();
        const found = env.observer.violations.slice(before).map(({ invariant, object }) => ({
          invariant,
          object: object.replace(fixture.name, ''),
        }));
        expect(found).toEqual(breaker.violations);
        await removeFixture(env, fixture);
      },
    );
  });
});
