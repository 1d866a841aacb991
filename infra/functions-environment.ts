import { ArnFormat, type Stack } from 'aws-cdk-lib';
import { ENVIRONMENT } from '../lambda/contract/environment.ts';
import { namespacesToLookAt } from './namespaces-to-look-at.ts';
import type { ClusterSettings } from './settings.ts';

/** What the functions are told beside the settings; ARNs may hold tokens. */
export interface FunctionsEnvironmentProps {
  readonly settings: ClusterSettings;
  readonly baseRoleArn: string;
  /** ARN patterns, the same as in the IAM policy. */
  readonly assumableRoles: readonly string[];
  /** ARN patterns: those of the IAM policy, and the intermediate role. */
  readonly deniedRoles: readonly string[];
  /** The role of the forwarder, if it gets its credentials from the refresher. */
  readonly forwarderRoleArn: string | undefined;
}

/** Every variable that the functions read, and no other. */
export function functionsEnvironment(
  stack: Stack,
  {
    settings,
    baseRoleArn,
    assumableRoles,
    deniedRoles,
    forwarderRoleArn,
  }: FunctionsEnvironmentProps,
): Readonly<Record<string, string>> {
  return {
    [ENVIRONMENT.clusterName]: settings.clusterName,
    [ENVIRONMENT.baseRoleArn]: baseRoleArn,
    [ENVIRONMENT.assumableRoles]: stack.toJsonString(assumableRoles),
    [ENVIRONMENT.deniedRoles]: stack.toJsonString(deniedRoles),
    [ENVIRONMENT.namespaceRestrictions]: settings.namespaceRestrictions,
    [ENVIRONMENT.forwarderRoleArn]: forwarderRoleArn ?? '',
    [ENVIRONMENT.allowedRolesFormat]: settings.allowedRolesFormat,
    [ENVIRONMENT.sessionName]: settings.sessionName,
    [ENVIRONMENT.clusterArnTag]: settings.sessionTags ? clusterArn(stack, settings) : '',
    [ENVIRONMENT.externalId]: settings.externalId ?? '',
    [ENVIRONMENT.intermediateRoleArn]: settings.assumeRole ?? '',
    [ENVIRONMENT.namespaces]: JSON.stringify(namespacesToLookAt(settings)),
    [ENVIRONMENT.excludedNamespaces]: JSON.stringify(settings.excludedNamespaces ?? []),
    [ENVIRONMENT.refreshBeforeSeconds]: String(settings.refreshBeforeMinutes * 60),
  } satisfies Record<(typeof ENVIRONMENT)[keyof typeof ENVIRONMENT], string>;
}

function clusterArn(stack: Stack, { clusterName }: ClusterSettings): string {
  return stack.formatArn({
    service: 'eks',
    resource: 'cluster',
    resourceName: clusterName,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
}
