import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import { SECRET_NAME_PREFIX } from '../../contract/kubernetes/secret.ts';
import type { ChartValues } from '../../infra/chart/chart-values.ts';
import type { Installation } from './installation.ts';
import type { InstalledChart } from './installed-cluster.ts';
import type { PodName } from './pods.ts';

/** Finds the pod of the forwarder, the only one in the product's namespace. */
export async function forwarderPodManifest({
  admin,
}: Installation): Promise<PodName & { readonly uid: string }> {
  const namespace = PRODUCT_NAMESPACE;
  const { items } = await admin.listNamespacedPod({ namespace });
  const [pod, ...others] = items;
  if (pod === undefined || others.length > 0)
    throw new Error(`expected one pod in namespace ${namespace}, found ${items.length}`);
  const { name = '', uid = '' } = pod.metadata ?? {};
  return { namespace, name, uid };
}

/** The values that the stack installs the chart with. */
export function installedValues({ values }: Pick<InstalledChart, 'values'>): ChartValues {
  return values as ChartValues;
}

/** The name of the Secret that the forwarder's pod mounts. */
export function forwarderSecret(chart: InstalledChart): string {
  const { credentials } = installedValues(chart).forwarder;
  if (credentials.source !== 'secret')
    throw new Error("the forwarder's credentials do not come from a Secret");
  return `${SECRET_NAME_PREFIX}${credentials.roleName}`;
}
