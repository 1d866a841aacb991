import { accessEntryCheck, authenticationModeCheck } from './aws-checks/access-entry.ts';
import { endpointAccessCheck } from './aws-checks/endpoint-access.ts';
import { functionChecks } from './aws-checks/functions.ts';
import { eksClusterCheck, identityCheck } from './aws-checks/identity-and-cluster.ts';
import { refreshAccessCheck, rolesCheck } from './aws-checks/refresh-function.ts';
import type { Check } from './check.ts';
import { injectionCheck, policiesCheck } from './cluster-checks/admission-policies.ts';
import { definitionCheck } from './cluster-checks/awsiamrole-definition.ts';
import { chartCheck } from './cluster-checks/chart.ts';
import { chartClusterCheck } from './cluster-checks/chart-cluster.ts';
import { clusterCheck, versionCheck } from './cluster-checks/reach-and-version.ts';
import { permissionsCheck } from './cluster-checks/refresher-permissions.ts';
import { sameClusterCheck } from './cluster-checks/same-cluster.ts';
import { forwarderCheck } from './forwarder-checks/forwarder.ts';
import { forwarderEventsCheck } from './forwarder-checks/forwarder-events.ts';
import { forwarderSecretCheck } from './forwarder-checks/forwarder-secret.ts';

/** All checks, causes before effects: the first failure is the one to fix first. */
export const CHECKS: readonly Check[] = [
  clusterCheck,
  identityCheck,
  eksClusterCheck,
  sameClusterCheck,
  chartClusterCheck,
  versionCheck,
  chartCheck,
  policiesCheck,
  injectionCheck,
  definitionCheck,
  permissionsCheck,
  authenticationModeCheck,
  accessEntryCheck,
  endpointAccessCheck,
  ...functionChecks,
  refreshAccessCheck,
  rolesCheck,
  forwarderSecretCheck,
  forwarderCheck,
  forwarderEventsCheck,
];
