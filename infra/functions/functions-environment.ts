import { ENVIRONMENT } from '../../contract/environment.ts';
import type { ClusterLocation, ClusterRoles } from '../access/cluster-roles.ts';
import type { ClusterSettings } from '../settings/cluster-settings.ts';
import { effectiveNamespaces } from '../settings/schema/namespaces.ts';

/** What the functions are told beside the settings; place and ARNs may hold tokens. */
export interface FunctionsEnvironmentProps {
  readonly settings: ClusterSettings;
  readonly place: ClusterLocation;
  readonly roles: ClusterRoles;
  /** Writes a list as JSON, whatever tokens are in it. */
  readonly toJson: (list: readonly string[]) => string;
}

/** Every variable that the functions read, and no other. */
export function functionsEnvironment({
  settings,
  place,
  roles,
  toJson,
}: FunctionsEnvironmentProps): Readonly<Record<string, string>> {
  return {
    [ENVIRONMENT.clusterName]: settings.clusterName,
    [ENVIRONMENT.baseRoleArn]: roles.baseRoleArn,
    [ENVIRONMENT.assumableRoles]: toJson(roles.assumableRoles),
    [ENVIRONMENT.deniedRoles]: toJson(roles.deniedRoles),
    [ENVIRONMENT.namespaceRestrictions]: settings.namespaceRestrictions,
    [ENVIRONMENT.forwarderRoleArn]: roles.forwarderRoleArn ?? '',
    [ENVIRONMENT.allowedRolesFormat]: settings.allowedRolesFormat,
    [ENVIRONMENT.sessionName]: settings.sessionName,
    [ENVIRONMENT.clusterArnTag]: settings.sessionTags ? clusterArn(place, settings) : '',
    [ENVIRONMENT.externalId]: settings.externalId ?? '',
    [ENVIRONMENT.intermediateRoleArn]: settings.assumeRole ?? '',
    [ENVIRONMENT.namespaces]: JSON.stringify(effectiveNamespaces(settings)),
    [ENVIRONMENT.excludedNamespaces]: JSON.stringify(settings.excludedNamespaces ?? []),
    [ENVIRONMENT.refreshBeforeSeconds]: String(settings.refreshBeforeMinutes * 60),
  } satisfies Record<(typeof ENVIRONMENT)[keyof typeof ENVIRONMENT], string>;
}

function clusterArn({ partition, account, region }: ClusterLocation, settings: ClusterSettings) {
  return `arn:${partition}:eks:${region}:${account}:cluster/${settings.clusterName}`;
}
