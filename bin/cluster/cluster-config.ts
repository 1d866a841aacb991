import { type ClusterLocation, clusterRoles } from '../../infra/access/cluster-roles.ts';
import { functionsEnvironment } from '../../infra/functions/functions-environment.ts';
import type { ClusterSettings } from '../../infra/settings/cluster-settings.ts';
import { type RefresherConfig, readConfig } from '../../lambda/config.ts';
import { resolveRoleReference } from '../../lambda/decide/role-reference.ts';
import { type ExpectedServer, expectedServer } from '../kubeconfig/assert-same-server.ts';

/** Configuration of a cluster's functions, read without invoking them. */
export interface ClusterConfig {
  readonly config: RefresherConfig;
  /** Account of the functions. */
  readonly account: string;
  /** Role of the functions. */
  readonly refresherRoleArn: string;
  /** Source of the configuration, shown to the user. */
  readonly source: string;
  /** Where the refresher runs. */
  readonly runsIn: ClusterSettings['runsIn'];
  /** How to identify a cluster that is not on EKS; undefined for one on EKS. */
  readonly server?: ExpectedServer;
}

/** Returns the configuration that the functions have once the settings are deployed. */
export function configFromSettings(
  settings: ClusterSettings,
  location: ClusterLocation,
): ClusterConfig {
  const variables = environmentFromSettings(settings, location);
  return {
    config: readConfig({ ...variables, AWS_REGION: location.region }),
    account: location.account,
    refresherRoleArn: clusterRoles(settings, location).refresherRoleArn,
    source: 'cdk.json',
    runsIn: settings.runsIn,
    ...(settings.kind === 'eks' ? {} : { server: expectedServer(settings.kubernetes) }),
  };
}

/**
 * Returns the environment variables that the stack sets for the functions. The denied roles lack CDK's kubectl role:
 * its ARN is known to the deployed stack only.
 */
export function environmentFromSettings(
  settings: ClusterSettings,
  location: ClusterLocation,
): Readonly<Record<string, string>> {
  const roles = clusterRoles(settings, location);
  return functionsEnvironment({
    settings,
    location,
    roles,
    toJson: (list) => JSON.stringify(list),
  });
}

/**
 * Resolves the `role` argument of a command to an ARN.
 *
 * @param role - an ARN, or a name with or without its path, which is appended to the base
 */
export function resolveRoleArgument(baseRoleArn: string, role: string): string {
  const reference = resolveRoleReference(baseRoleArn, role);
  if (reference.roleArn !== undefined) return reference.roleArn;
  throw new Error(
    `"${role}" is neither a role name, such as app-orders or team/orders, nor a role ARN`,
  );
}
