import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeChartOnRealCluster } from '../support/describe-chart-on-real-cluster.ts';
import { type FaultWorld, startFaultWorld } from './fault-world.ts';
import { meetFault } from './meet-fault.ts';
import { FAULT_ROWS } from './rows/rows.ts';
import { leaveScene, setScene } from './scene.ts';
import { WRONG_ACTORS } from './wrong-actors.ts';

/** What a scene ends as when nothing fails, which the first test sees. */
const CALM = [
  'bank/aws-iam-app-orders of-pods arn:aws:iam::123456789012:role/app-orders',
  'shop/aws-iam-app-late of-pods arn:aws:iam::123456789012:role/app-late',
  'shop/aws-iam-app-mine foreign -',
  'shop/aws-iam-app-orders of-pods arn:aws:iam::123456789012:role/app-orders',
  'shop/report of-awsiamrole arn:aws:iam::123456789012:role/app-report',
];

describeChartOnRealCluster('the deployed functions on a real cluster that fails', () => {
  let world: FaultWorld;
  beforeAll(async () => {
    world = await startFaultWorld();
  });
  afterAll(() => world?.stop());

  it('end as they should when nothing fails', async () => {
    const nothing = { fault: '', how: '', promise: '', inject: () => () => {}, check: () => {} };
    const { endState } = await meetFault(world, nothing, 'calm');
    expect(endState).toEqual(CALM);
    expect(world.witness.violations).toEqual([]);
  });

  it.each(FAULT_ROWS.map((row, i) => [row.fault, `f${i}`, row] as const))(
    '%s',
    async (_, name, row) => {
      const outcome = await meetFault(world, row, name);
      row.check(outcome);
      expect(outcome.endState).toEqual(row.endState?.(CALM) ?? CALM);
      expect(world.witness.violations).toEqual([]);
    },
  );

  describe('whoever did what must never happen is found out', () => {
    it.each(WRONG_ACTORS.map((actor) => [actor.what, actor] as const))(
      '%s',
      async (what, actor) => {
        const before = world.witness.violations.length;
        const scene = await setScene(world, `wrong-${what.replaceAll(' ', '-').toLowerCase()}`);
        await world.refresh();
        await actor.act(world.real.admin, scene);
        await world.witness.caughtUp();
        const found = world.witness.violations.slice(before).map(({ invariant, object }) => ({
          invariant,
          object: object.replace(scene.name, ''),
        }));
        expect(found).toEqual(actor.violations);
        await leaveScene(world, scene);
      },
    );
  });
});
