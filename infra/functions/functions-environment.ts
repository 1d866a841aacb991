import { clusterArn } from '../../contract/aws/cluster-arn.ts';
import { ENVIRONMENT } from '../../contract/environment.ts';
import type { ClusterLocation, ClusterRoles } from '../access/cluster-roles.ts';
import type { ClusterSettings } from '../settings/cluster-settings.ts';
import { secretMetadataVariable } from '../settings/environment-limit.ts';
import { effectiveNamespaces } from '../settings/schema/namespaces.ts';
import { sessionTimes } from '../settings/schema/sessions.ts';

interface FunctionsEnvironmentProps {
  readonly settings: ClusterSettings;
  readonly location: ClusterLocation;
  /** The ARNs can contain tokens. */
  readonly roles: ClusterRoles;
  /** Serializes a list that can contain tokens. */
  readonly toJson: (list: readonly string[]) => string;
}

/** Returns all environment variables that the functions read. */
export function functionsEnvironment({
  settings,
  location,
  roles,
  toJson,
}: FunctionsEnvironmentProps): Readonly<Record<string, string>> {
  const { clusterName, sessionTags } = settings;
  const { partition, account, region } = location;
  const { sessionHours, refreshBeforeMinutes } = sessionTimes(settings);
  return {
    [ENVIRONMENT.clusterName]: clusterName,
    [ENVIRONMENT.clusterApi]: '',
    [ENVIRONMENT.baseRoleArn]: roles.baseRoleArn,
    [ENVIRONMENT.assumableRoles]: toJson(roles.assumableRoles),
    [ENVIRONMENT.deniedRoles]: toJson(roles.deniedRoles),
    [ENVIRONMENT.namespaceRestrictions]: settings.namespaceRestrictions,
    [ENVIRONMENT.forwarderRoleArn]: roles.forwarderRoleArn ?? '',
    [ENVIRONMENT.allowedRolesFormat]: settings.allowedRolesFormat,
    [ENVIRONMENT.sessionSource]: settings.sessions.source,
    [ENVIRONMENT.sessionSeconds]: String(sessionHours * 3_600),
    [ENVIRONMENT.sessionName]: settings.sessionName,
    [ENVIRONMENT.clusterArnTag]: sessionTags
      ? clusterArn({ partition, region, account, clusterName })
      : '',
    [ENVIRONMENT.externalId]: settings.externalId ?? '',
    [ENVIRONMENT.intermediateRoleArn]: settings.assumeRole ?? '',
    [ENVIRONMENT.namespaces]: JSON.stringify(effectiveNamespaces(settings)),
    [ENVIRONMENT.excludedNamespaces]: JSON.stringify(settings.excludedNamespaces ?? []),
    [ENVIRONMENT.secretMetadata]: secretMetadataVariable(settings.secretMetadata),
    [ENVIRONMENT.vpcId]: settings.vpc?.vpcId ?? '',
    [ENVIRONMENT.refreshBeforeSeconds]: String(refreshBeforeMinutes * 60),
  } satisfies Record<(typeof ENVIRONMENT)[keyof typeof ENVIRONMENT], string>;
}
