import { clusterArn } from '../../contract/aws/cluster-arn.ts';
import { ENVIRONMENT } from '../../contract/environment.ts';
import type { ClusterLocation, ClusterRoles } from '../access/cluster-roles.ts';
import { loginSecretNameOf } from '../names.ts';
import { clusterApi } from '../settings/cluster-login.ts';
import type { ClusterSettings } from '../settings/cluster-settings.ts';
import { secretMetadataVariable } from '../settings/environment-limit.ts';
import { effectiveNamespaces } from '../settings/schema/namespaces.ts';
import { sessionTimes } from '../settings/schema/sessions.ts';

interface FunctionsEnvironmentProps {
  readonly settings: ClusterSettings;
  readonly location: ClusterLocation;
  /** The ARNs can contain tokens. */
  readonly roles: ClusterRoles;
  /** ARN of the secret with the login to a cluster that is not on EKS. @default - its ARN without the random characters at its end */
  readonly loginSecretArn?: string | undefined;
  /** Serializes a value that can contain tokens. */
  readonly toJson: (value: unknown) => string;
}

/** Returns all environment variables that the functions read. */
export function functionsEnvironment({
  settings,
  location,
  roles,
  loginSecretArn,
  toJson,
}: FunctionsEnvironmentProps): Readonly<Record<string, string>> {
  const { clusterName, sessionTags } = settings;
  const { partition, account, region } = location;
  const secretArn = `arn:${partition}:secretsmanager:${region}:${account}:secret:${loginSecretNameOf(clusterName)}`;
  const api = clusterApi(settings, loginSecretArn ?? secretArn);
  const { sessionHours, refreshBeforeMinutes } = sessionTimes(settings);
  return {
    [ENVIRONMENT.clusterName]: clusterName,
    [ENVIRONMENT.clusterApi]: api === undefined ? '' : toJson(api),
    [ENVIRONMENT.baseRoleArn]: roles.baseRoleArn,
    [ENVIRONMENT.assumableRoles]: toJson(roles.assumableRoles),
    [ENVIRONMENT.deniedRoles]: toJson(roles.deniedRoles),
    [ENVIRONMENT.namespaceRestrictions]: settings.namespaceRestrictions,
    [ENVIRONMENT.forwarderRoleArn]: roles.forwarderRoleArn ?? '',
    [ENVIRONMENT.allowedRolesFormat]: settings.allowedRolesFormat,
    [ENVIRONMENT.sessionSource]: settings.sessions.source,
    [ENVIRONMENT.sessionIssuer]: settings.sessions.issuer ?? '',
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
