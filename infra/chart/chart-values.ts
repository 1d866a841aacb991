import { eventBusNameOf, forwarderRoleName } from '../names.ts';
import type { ClusterSettings } from '../settings/cluster-settings.ts';
import { effectiveNamespaces } from '../settings/schema/namespaces.ts';

/** What the chart of a cluster is installed with; `values.schema.json` of the chart says what each means. */
export interface ChartValues {
  readonly namespaces: readonly string[];
  readonly excludedNamespaces: readonly string[];
  readonly forwarder: {
    readonly region: string;
    readonly eventBusName: string;
    readonly credentials:
      | { readonly source: 'secret'; readonly roleName: string }
      | { readonly source: 'irsa'; readonly roleArn: string }
      | { readonly source: 'podIdentity' };
  };
  readonly injection?: { readonly enabled: true; readonly baseRoleArn: string };
}

/**
 * The chart's values for a cluster.
 *
 * @param region - of the cluster; may be a token
 * @param baseRoleArn - that of the functions, which only `podInjection` needs; may hold tokens
 */
export function chartValues(
  settings: ClusterSettings,
  region: string,
  baseRoleArn: string,
): ChartValues {
  const { clusterName, excludedNamespaces = [], podInjection } = settings;
  return {
    namespaces: effectiveNamespaces(settings),
    excludedNamespaces,
    forwarder: {
      region,
      eventBusName: eventBusNameOf(clusterName),
      credentials: credentialsOf(settings, region),
    },
    ...(podInjection ? { injection: { enabled: true, baseRoleArn } } : {}),
  };
}

function credentialsOf(
  { clusterName, forwarderCredentials }: ClusterSettings,
  region: string,
): ChartValues['forwarder']['credentials'] {
  if (forwarderCredentials === undefined) {
    return { source: 'secret', roleName: forwarderRoleName(region, clusterName) };
  }
  const { source, roleArn } = forwarderCredentials;
  return source === 'irsa' ? { source, roleArn } : { source };
}
