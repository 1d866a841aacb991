import * as z from 'zod';
import { ENVIRONMENT } from '../../../../contract/environment.ts';
import { FORWARDER_ENVIRONMENT, PRODUCT_NAMESPACE } from '../../../../contract/forwarder.ts';
import { eventBusNameOf } from '../../../../infra/names.ts';
import type { ClusterSettings } from '../../../../infra/settings/cluster-settings.ts';
import {
  podTemplate,
  REFRESHER_DEPLOYMENT_PATH,
  refresherDeployment,
} from '../../../in-cluster/refresher-deployment.ts';
import { type Check, type Finding, failed, notChecked, ok, unreadable } from '../check.ts';
import { forwarderDeployment } from '../forwarder-checks/forwarder.ts';
import type { ClusterReader } from '../readers/cluster-reader.ts';
import { installChartCommand } from '../remedies.ts';

/** The environment of the forwarder. */
const schema = z
  .object({
    spec: z.object({ template: podTemplate }),
  })
  .transform(({ spec }) => {
    const variables = spec.template.spec.containers.flatMap(({ env }) => env);
    const valueNamed = (name: string) => variables.find((one) => one.name === name)?.value ?? '';
    return {
      eventBusName: valueNamed(FORWARDER_ENVIRONMENT.eventBusName),
      region: valueNamed('AWS_REGION'),
    };
  });

/**
 * The chart in the cluster was installed for the cluster of the settings: its forwarder sends to the stack's event bus, or
 * its refresher has the cluster's name.
 */
export const chartClusterCheck: Check = {
  id: 'chart-cluster',
  title: 'chart: cluster',
  requires: ['cluster'],
  after: ['right-cluster'],
  async run({ cluster, settings, region }) {
    if (settings.runsIn === 'cluster') return checkRefresher(cluster, settings, region);
    const result = await cluster.read(forwarderDeployment(schema));
    if (result.kind === 'absent') return notChecked('the chart is not installed');
    if (result.kind !== 'found') return unreadable(result);
    return judgeChartCluster(result.value, settings, region);
  },
};

async function checkRefresher(
  cluster: ClusterReader,
  settings: ClusterSettings,
  region: string,
): Promise<Finding> {
  const result = await cluster.read({
    path: REFRESHER_DEPLOYMENT_PATH,
    permission: `get deployments in namespace "${PRODUCT_NAMESPACE}"`,
    schema: refresherDeployment,
  });
  if (result.kind === 'absent') return notChecked('the chart is not installed');
  if (result.kind !== 'found') return unreadable(result);
  return judgeRefresherCluster(result.value.environment, settings, region);
}

/** Judges for which cluster the refresher in the cluster was installed. */
export function judgeRefresherCluster(
  environment: Readonly<Record<string, string>>,
  settings: ClusterSettings,
  region: string,
): Finding {
  const { clusterName } = settings;
  const name = environment[ENVIRONMENT.clusterName] ?? '';
  const actualRegion = environment['AWS_REGION'] ?? '';
  if (name === clusterName && actualRegion === region) {
    return ok(`refresher of cluster "${clusterName}" in ${region}`);
  }
  return failed(
    `the refresher in this cluster is that of cluster "${name}" in ${actualRegion || 'an unknown region'}, not of "${clusterName}" in ${region}`,
    `if this is not cluster "${clusterName}", choose another --context or --cluster; otherwise ${installChartCommand(settings)}`,
  );
}

/** Judges where the installed forwarder sends its events. */
export function judgeChartCluster(
  installed: z.output<typeof schema>,
  settings: ClusterSettings,
  region: string,
): Finding {
  const { clusterName } = settings;
  const expected = { eventBusName: eventBusNameOf(clusterName), region };
  const isSame =
    installed.eventBusName === expected.eventBusName && installed.region === expected.region;
  if (isSame) return ok(`event bus ${expected.eventBusName} in ${region}`);
  const textOf = ({ eventBusName, region }: typeof expected) =>
    `event bus "${eventBusName}" in ${region || 'an unknown region'}`;
  return failed(
    `the chart in this cluster belongs to another cluster than "${clusterName}" in ${region}: its forwarder sends to ${textOf(installed)} instead of ${textOf(expected)}`,
    `if this is not cluster "${clusterName}", choose another --context or --cluster; otherwise ${installChartCommand(settings)}`,
  );
}
