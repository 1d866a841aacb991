import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeChartOnRealCluster } from '../support/describe-chart-on-real-cluster.ts';
import { type FaultWorld, startFaultWorld } from './fault-world.ts';
import { MINUTE, setScene, stateOf } from './scene.ts';

describeChartOnRealCluster('the deployed functions on a real cluster that fails', () => {
  let world: FaultWorld;
  beforeAll(async () => {
    world = await startFaultWorld();
  });
  afterAll(() => world?.stop());

  it('ends as it should when nothing fails', async () => {
    const scene = await setScene(world, 'calm');
    await world.refresh();
    await world.sweep();
    await world.witness.advance(MINUTE);
    expect(world.witness.violations).toEqual([]);
    expect(stateOf(world, scene)).toEqual([
      'bank/aws-iam-app-orders of-pods arn:aws:iam::123456789012:role/app-orders',
      'shop/aws-iam-app-late of-pods arn:aws:iam::123456789012:role/app-late',
      'shop/aws-iam-app-mine foreign -',
      'shop/aws-iam-app-orders of-pods arn:aws:iam::123456789012:role/app-orders',
      'shop/report of-awsiamrole arn:aws:iam::123456789012:role/app-report',
    ]);
  });
});
