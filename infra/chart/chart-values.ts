import type { RefresherSubject } from '../../contract/kubernetes/cluster-access.ts';
import { eventBusNameOf, forwarderRoleName } from '../names.ts';
import { apiServerPorts, refresherSubject, rotatesLogin } from '../settings/cluster-login.ts';
import type { ClusterSettings } from '../settings/cluster-settings.ts';
import { effectiveNamespaces } from '../settings/schema/namespaces.ts';

/** The values of the chart that depend on the cluster. The chart's `values.schema.json` describes them. */
export interface ChartValues {
  readonly namespaces: readonly string[];
  readonly excludedNamespaces: readonly string[];
  readonly refresher: {
    readonly subject: RefresherSubject;
    readonly rotatesLogin: boolean;
  };
  readonly forwarder: {
    readonly region: string;
    readonly eventBusName: string;
    readonly apiServerPorts?: readonly number[];
    readonly credentials:
      | { readonly source: 'secret'; readonly roleName: string }
      | { readonly source: 'irsa'; readonly roleArn: string }
      | { readonly source: 'podIdentity' };
  };
  /** Keys of the setting `secretMetadata`. */
  readonly secretMetadata: {
    readonly labels: readonly string[];
    readonly annotations: readonly string[];
  };
  readonly injection?: {
    readonly enabled: true;
    readonly baseRoleArn: string;
    readonly region?: string;
  };
}

/**
 * Returns the chart's values for a cluster.
 *
 * @param region - of the cluster; can be a token
 * @param baseRoleArn - of the functions, used by `podInjection` only; can contain tokens
 */
export function chartValues(
  settings: ClusterSettings,
  region: string,
  baseRoleArn: string,
): ChartValues {
  const { clusterName, excludedNamespaces = [], podInjection, podInjectionRegion } = settings;
  const { labels, annotations } = settings.secretMetadata;
  return {
    namespaces: effectiveNamespaces(settings),
    excludedNamespaces,
    refresher: { subject: refresherSubject(settings), rotatesLogin: rotatesLogin(settings) },
    forwarder: {
      region,
      eventBusName: eventBusNameOf(clusterName),
      ...(settings.kind === 'eks' ? {} : { apiServerPorts: apiServerPorts(settings) }),
      credentials: credentialsOf(settings, region),
    },
    secretMetadata: { labels: Object.keys(labels), annotations: Object.keys(annotations) },
    ...(podInjection
      ? { injection: { enabled: true, baseRoleArn, ...(podInjectionRegion ? { region } : {}) } }
      : {}),
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
