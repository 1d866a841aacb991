import type { ClusterSettings } from '../../../infra/settings/cluster-settings.ts';
import { accessEntryCheck, authenticationModeCheck } from './aws-checks/access-entry.ts';
import { endpointAccessCheck } from './aws-checks/endpoint-access.ts';
import { functionChecks } from './aws-checks/functions.ts';
import { eksClusterCheck, identityCheck } from './aws-checks/identity-and-cluster.ts';
import { loginCheck } from './aws-checks/login.ts';
import { refreshAccessCheck, rolesCheck } from './aws-checks/refresh-function.ts';
import type { Check } from './check.ts';
import { injectionCheck, policiesCheck } from './cluster-checks/admission-policies.ts';
import { definitionCheck } from './cluster-checks/awsiamrole-definition.ts';
import { chartCheck } from './cluster-checks/chart.ts';
import { chartClusterCheck } from './cluster-checks/chart-cluster.ts';
import { issuerCheck } from './cluster-checks/issuer.ts';
import { clusterCheck, versionCheck } from './cluster-checks/reach-and-version.ts';
import { permissionsCheck } from './cluster-checks/refresher-permissions.ts';
import { sameClusterCheck } from './cluster-checks/same-cluster.ts';
import { sameServerCheck } from './cluster-checks/same-server.ts';
import { forwarderCheck } from './forwarder-checks/forwarder.ts';
import { forwarderEventsCheck } from './forwarder-checks/forwarder-events.ts';
import { forwarderSecretCheck } from './forwarder-checks/forwarder-secret.ts';
import { inClusterChecks } from './in-cluster-checks/refresher.ts';

/** What decides which checks apply. */
type CheckedCluster = Pick<ClusterSettings, 'kind' | 'runsIn'> &
  Partial<Pick<ClusterSettings, 'sessions'>>;

/** How EKS lets the functions in. */
const EKS_ACCESS_CHECKS = [authenticationModeCheck, accessEntryCheck, endpointAccessCheck];

/**
 * Returns the checks of a cluster, causes before effects: the first failure is the one to fix first. What only EKS has is
 * not checked elsewhere, and what only functions need is not checked for a refresher in the cluster.
 */
export function checksFor({ kind, runsIn, sessions }: CheckedCluster): readonly Check[] {
  const isOnEks = kind === 'eks';
  return [
    clusterCheck,
    identityCheck,
    ...(isOnEks ? [eksClusterCheck, sameClusterCheck] : [sameServerCheck]),
    chartClusterCheck,
    versionCheck,
    ...(sessions?.source === 'oidc' ? [issuerCheck] : []),
    chartCheck,
    policiesCheck,
    injectionCheck,
    definitionCheck,
    permissionsCheck,
    ...(runsIn === 'cluster'
      ? [...inClusterChecks, { ...refreshAccessCheck, requires: ['cluster'] }, rolesCheck]
      : [
          ...(isOnEks ? EKS_ACCESS_CHECKS : [loginCheck]),
          ...functionChecks,
          refreshAccessCheck,
          rolesCheck,
          forwarderSecretCheck,
          forwarderCheck,
          forwarderEventsCheck,
        ]),
  ];
}
