import { errorMessageOf } from '../../../../contract/errors.ts';
import type { ClusterSettings } from '../../../../infra/settings/cluster-settings.ts';
import { expectedServer, isSameServer } from '../../../kubeconfig/assert-same-server.ts';
import type { LoadedContext } from '../../../kubeconfig/kubeconfig-schema.ts';
import { type Check, type Finding, failed, ok } from '../check.ts';

/** The kubeconfig connects to the API server of the settings, as far as they name it. */
export const sameServerCheck: Check = {
  id: 'right-cluster',
  title: 'kubeconfig',
  requires: ['cluster'],
  async run({ cluster, settings }) {
    return judgeSameServer((await cluster.connect()).loaded, settings);
  },
};

/** Judges the server of a context by the settings. A proxy has another address and another certificate authority. */
export function judgeSameServer(
  context: Pick<LoadedContext, 'name' | 'cluster'>,
  { clusterName, kubernetes }: Pick<ClusterSettings, 'clusterName' | 'kubernetes'>,
): Finding {
  const { server } = context.cluster;
  try {
    return isSameServer(context, { clusterName, server: expectedServer(kubernetes) }) === true
      ? ok(server)
      : ok(`${server}; "chart: cluster" identifies the cluster`);
  } catch (error) {
    return failed(
      errorMessageOf(error),
      'choose the --context of that cluster, or correct "kubernetes" in cdk.json',
    );
  }
}
