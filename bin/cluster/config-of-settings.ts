import { type ClusterPlace, clusterRoles } from '../../infra/cluster-roles.ts';
import { functionsEnvironment } from '../../infra/functions-environment.ts';
import type { ClusterSettings } from '../../infra/settings.ts';
import { readConfig } from '../../lambda/config.ts';
import type { ClusterConfig } from './cluster-config.ts';

/**
 * What the functions of a cluster are told once its settings are deployed. CDK's own kubectl role, whose ARN only the
 * stack knows, is not among the denied ones.
 */
export function configOfSettings(settings: ClusterSettings, place: ClusterPlace): ClusterConfig {
  const roles = clusterRoles(settings, place);
  const variables = functionsEnvironment({
    settings,
    place,
    roles,
    toJson: (list) => JSON.stringify(list),
  });
  return {
    config: readConfig({ ...variables, AWS_REGION: place.region }),
    refresherRoleArn: roles.refresherRoleArn,
    source: 'cdk.json',
  };
}
