import { accessEntryCheck, authenticationModeCheck } from './access-checks.ts';
import { eksClusterCheck, identityCheck } from './aws-checks.ts';
import { chartCheck } from './chart-check.ts';
import type { Check } from './check.ts';
import { clusterCheck, versionCheck } from './cluster-checks.ts';
import { definitionCheck } from './definition-check.ts';
import { forwarderCheck } from './forwarder-check.ts';
import { forwarderSecretCheck } from './forwarder-secret-check.ts';
import { functionChecks } from './function-checks.ts';
import { injectionCheck, policiesCheck } from './policy-checks.ts';
import { refreshRunCheck, rolesCheck } from './refresh-checks.ts';
import { rightClusterCheck } from './right-cluster-check.ts';
import { rightsCheck } from './rights-check.ts';

/** The whole chain. A cause comes before what follows from it: the first that fails is where to begin. */
export const CHECKS: readonly Check[] = [
  clusterCheck,
  identityCheck,
  eksClusterCheck,
  rightClusterCheck,
  versionCheck,
  chartCheck,
  policiesCheck,
  injectionCheck,
  definitionCheck,
  rightsCheck,
  authenticationModeCheck,
  accessEntryCheck,
  ...functionChecks,
  refreshRunCheck,
  rolesCheck,
  forwarderSecretCheck,
  forwarderCheck,
];
