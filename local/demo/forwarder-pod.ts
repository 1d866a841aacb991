import type { ChartValues } from '../../infra/chart-values.ts';
import { PRODUCT_NAMESPACE } from '../../lambda/contract/forwarder.ts';
import { SECRET_NAME_PREFIX } from '../../lambda/contract/secret.ts';
import type { World } from './world.ts';

/** The forwarder's pod. */
export const FORWARDER_POD = { namespace: PRODUCT_NAMESPACE, name: 'forwarder' };

/** The values by which the stack has the chart installed. */
export function installedValues({ cloud }: Pick<World, 'cloud'>): ChartValues {
  const [chart] = cloud.charts;
  if (chart === undefined) throw new Error('the stack installs no chart');
  return chart.values as ChartValues;
}

/** The Secret that the forwarder's pod mounts. */
export function forwarderSecret(world: Pick<World, 'cloud'>): string {
  const { credentials } = installedValues(world).forwarder;
  if (credentials.source !== 'secret') throw new Error('the forwarder has other credentials');
  return `${SECRET_NAME_PREFIX}${credentials.roleName}`;
}
