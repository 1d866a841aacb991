import { isDeepStrictEqual } from 'node:util';
import { DEFAULT_SECRET_METADATA, type SecretMetadata } from '../../contract/kubernetes/secret.ts';
import { loginSecretNameOf } from '../names.ts';
import { clusterApi } from './cluster-login.ts';
import { roleArnPattern } from './role-pattern.ts';
import type { KubernetesSetting } from './schema/kubernetes.ts';
import type { CombinationProblem } from './setting-docs.ts';

/**
 * How many of the 4,096 characters of a Lambda function's environment the settings of variable length can use. The rest
 * is for the names of all variables and for short values.
 */
export const ENVIRONMENT_LIMITS = { roles: 2_140, namespaces: 800 };

/** Stands in for the default of `baseRoleArn`, which is known only in the stack. No partition has a longer one. */
const LONGEST_DEFAULT_BASE_ROLE_ARN = 'arn:aws-us-gov:iam::123456789012:role/';

interface RoleSettings {
  readonly assumableRoles: readonly string[];
  readonly baseRoleArn?: string | undefined;
  readonly externalId?: string | undefined;
  readonly sessions?: { readonly issuer?: string | undefined };
  readonly assumeRole?: string | undefined;
  readonly forwarderCredentials?: { readonly roleArn: string } | undefined;
  readonly secretMetadata?: SecretMetadata | undefined;
}

/**
 * Whether the settings about roles and the metadata of Secrets fit into the environment. `baseRoleArn` counts for itself and
 * for each role name that is appended to it, `assumeRole` twice because it is also in the list of denied roles. The default
 * metadata is not stored.
 */
export function rolesFitEnvironment(settings: RoleSettings): boolean {
  return rolesLength(settings) <= ENVIRONMENT_LIMITS.roles;
}

function rolesLength({
  assumableRoles,
  baseRoleArn = LONGEST_DEFAULT_BASE_ROLE_ARN,
  externalId = '',
  sessions: { issuer = '' } = {},
  assumeRole = '',
  forwarderCredentials: { roleArn: forwarderRole } = { roleArn: '' },
  secretMetadata = DEFAULT_SECRET_METADATA,
}: RoleSettings): number {
  const patterns = assumableRoles.map((pattern) => roleArnPattern(pattern, baseRoleArn));
  const others = [baseRoleArn, externalId, issuer, assumeRole, assumeRole, forwarderRole].join('');
  const metadata = JSON.stringify(secretMetadataVariable(secretMetadata)).length;
  return others.length + lengthInEnvironment(patterns) + metadata;
}

/** Returns the metadata of Secrets as a variable of the environment: empty for the default. */
export function secretMetadataVariable(metadata: SecretMetadata): string {
  return isDeepStrictEqual(metadata, DEFAULT_SECRET_METADATA) ? '' : JSON.stringify(metadata);
}

/** Whether the names of the managed and excluded namespaces fit into the environment. */
export function namespacesFitEnvironment(
  namespaces: readonly string[],
  excludedNamespaces: readonly string[] = [],
): boolean {
  return namespacesLength(namespaces, excludedNamespaces) <= ENVIRONMENT_LIMITS.namespaces;
}

function namespacesLength(...lists: readonly (readonly string[])[]): number {
  return lists
    .filter((list) => list.length > 0)
    .reduce((sum, list) => sum + lengthInEnvironment(list), 0);
}

interface ClusterApiSettings extends RoleSettings {
  readonly clusterName: string;
  readonly kubernetes?: KubernetesSetting | undefined;
  readonly namespaces?: readonly string[] | undefined;
  readonly excludedNamespaces?: readonly string[] | undefined;
}

/** Stands in for the ARN of the secret with the login. No partition and Region have a longer one. */
const LONGEST_SECRET_ARN =
  'arn:aws-us-gov:secretsmanager:ap-northeast-1:123456789012:secret:-AbCdEf';

/**
 * Returns the problem with a certificate authority that does not fit into the environment together with roles and namespaces,
 * which leave space for it only if they are short.
 */
export function validateClusterApiLength(
  settings: ClusterApiSettings,
): readonly CombinationProblem[] {
  const { clusterName, kubernetes, namespaces = [], excludedNamespaces = [] } = settings;
  const api = clusterApi(settings, LONGEST_SECRET_ARN + loginSecretNameOf(clusterName));
  const limit = ENVIRONMENT_LIMITS.roles + ENVIRONMENT_LIMITS.namespaces;
  const others = rolesLength(settings) + namespacesLength(namespaces, excludedNamespaces);
  const own = api === undefined ? 0 : lengthInEnvironment(api);
  if (kubernetes?.certificateAuthority === undefined || others + own <= limit) return [];
  const count = api?.certificateAuthority?.split(',').length ?? 1;
  const remedy =
    count === 1
      ? 'shorten assumableRoles, for example with wildcards'
      : `it contains ${count} certificates: keep only the authority of the API server's own certificate`;
  const message = `it is too long: with server, it has ${own} characters in the 4 KB environment of a Lambda function, and assumableRoles, baseRoleArn, externalId, assumeRole, secretMetadata and namespaces leave ${limit - others} for it; ${remedy}, or set login to "kubeconfig", whose certificate authority is in Secrets Manager`;
  return [{ path: ['kubernetes', 'certificateAuthority'], message }];
}

/**
 * Lambda measures the environment as JSON, and a value is a string of JSON inside it, so each quote counts twice. (The
 * error of UpdateFunctionConfiguration shows the "String measured".)
 */
function lengthInEnvironment(value: object): number {
  return JSON.stringify(JSON.stringify(value)).length;
}
