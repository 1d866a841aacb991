import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import { SECRET_NAME_PREFIX } from '../../contract/secret.ts';
import type { ChartValues } from '../../infra/chart/chart-values.ts';
import type { HelmChart } from '../assembly/resources/helm-chart.ts';
import { expect } from '../demo/expect.ts';
import type { Installation } from './installation.ts';
import type { PodName } from './pods.ts';

/** The forwarder's pod, the only one in the product's namespace. */
export async function forwarderPod({ admin }: Installation): Promise<PodName & { readonly uid: string }> {
  const namespace = PRODUCT_NAMESPACE;
  const { items } = await admin.listNamespacedPod({ namespace });
  const [pod, ...more] = items;
  expect(pod !== undefined && more.length === 0, `${namespace} has one pod`);
  const { name = '', uid = '' } = pod.metadata ?? {};
  return { namespace, name, uid };
}

/** The values by which the stack has the chart installed. */
export function installedValues({ values }: HelmChart): ChartValues {
  return values as ChartValues;
}

/** The Secret that the forwarder's pod mounts. */
export function forwarderSecret(chart: HelmChart): string {
  const { credentials } = installedValues(chart).forwarder;
  if (credentials.source !== 'secret') throw new Error('the forwarder has other credentials');
  return `${SECRET_NAME_PREFIX}${credentials.roleName}`;
}
