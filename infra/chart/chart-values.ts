import { namespaceSessionName } from '../../contract/aws/session-name.ts';
import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import type { RefresherSubject } from '../../contract/kubernetes/cluster-access.ts';
import { type ClusterRoles, renewsOwnCredentials } from '../access/cluster-roles.ts';
import { eventBusNameOf, forwarderRoleName, logGroupNameOf, refresherRoleName } from '../names.ts';
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
  readonly sessions: {
    readonly serviceAccount: boolean;
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

/** The values of a cluster in which the refresher runs: it has no forwarder. */
export interface InClusterChartValues extends Omit<ChartValues, 'refresher' | 'forwarder'> {
  readonly refresher: ChartValues['refresher'] & {
    readonly deployment: {
      readonly enabled: true;
      readonly region: string;
      readonly logGroupName: string;
      /** The variables of the functions. */
      readonly environment: Readonly<Record<string, string>>;
      readonly credentials:
        | { readonly source: 'secret'; readonly roleName: string }
        | { readonly source: 'oidc'; readonly roleArn: string; readonly sessionName: string };
      readonly logLevel: ClusterSettings['logLevel'];
    };
  };
}

/**
 * Returns the chart's values for a cluster in which the refresher runs.
 *
 * @param region - of the cluster; can be a token
 * @param roles - can contain tokens
 * @param environment - the variables of the functions; can contain tokens
 */
export function inClusterChartValues(
  settings: ClusterSettings,
  region: string,
  { baseRoleArn, refresherRoleArn }: Pick<ClusterRoles, 'baseRoleArn' | 'refresherRoleArn'>,
  environment: Readonly<Record<string, string>>,
): InClusterChartValues {
  const { clusterName, logLevel } = settings;
  const { refresher, forwarder: _, ...shared } = chartValues(settings, region, baseRoleArn);
  return {
    ...shared,
    refresher: {
      ...refresher,
      deployment: {
        enabled: true,
        region,
        logGroupName: logGroupNameOf(clusterName),
        environment,
        credentials: renewsOwnCredentials(settings)
          ? { source: 'secret', roleName: refresherRoleName(region, clusterName) }
          : {
              source: 'oidc',
              roleArn: refresherRoleArn,
              sessionName: namespaceSessionName(PRODUCT_NAMESPACE, clusterName),
            },
        logLevel,
      },
    },
  };
}

/**
 * Returns the chart's values for a cluster whose refresher runs in Lambda.
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
    sessions: { serviceAccount: settings.sessions.source === 'oidc' },
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
