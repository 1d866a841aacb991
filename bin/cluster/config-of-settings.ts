import { type ClusterPlace, clusterRoles } from '../../infra/access/cluster-roles.ts';
import { functionsEnvironment } from '../../infra/functions/functions-environment.ts';
import type { ClusterSettings } from '../../infra/settings/cluster-settings.ts';
import { readConfig } from '../../lambda/config.ts';
import type { ClusterConfig } from './cluster-config.ts';

/**
 * The environment of a cluster's functions, as the stack makes it of the settings. CDK's own kubectl role, whose ARN only
 * the stack knows, is not among the denied ones.
 */
export function environmentOfSettings(
  settings: ClusterSettings,
  place: ClusterPlace,
): Readonly<Record<string, string>> {
  const roles = clusterRoles(settings, place);
  return functionsEnvironment({ settings, place, roles, toJson: (list) => JSON.stringify(list) });
}

/** What the functions of a cluster are told once its settings are deployed. */
export function configOfSettings(settings: ClusterSettings, place: ClusterPlace): ClusterConfig {
  const variables = environmentOfSettings(settings, place);
  return {
    config: readConfig({ ...variables, AWS_REGION: place.region }),
    account: place.account,
    refresherRoleArn: clusterRoles(settings, place).refresherRoleArn,
    source: 'cdk.json',
  };
}
