import { isDeepStrictEqual } from 'node:util';
import { DEFAULT_SECRET_METADATA, type SecretMetadata } from '../../contract/kubernetes/secret.ts';
import { roleArnPattern } from './role-pattern.ts';

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
  readonly assumeRole?: string | undefined;
  readonly forwarderCredentials?: { readonly roleArn: string } | undefined;
  readonly secretMetadata?: SecretMetadata | undefined;
}

/**
 * Whether the settings about roles and the metadata of Secrets fit into the environment. `baseRoleArn` counts for itself and
 * for each role name that is appended to it, `assumeRole` twice because it is also in the list of denied roles. The default
 * metadata is not stored.
 */
export function rolesFitEnvironment({
  assumableRoles,
  baseRoleArn = LONGEST_DEFAULT_BASE_ROLE_ARN,
  externalId = '',
  assumeRole = '',
  forwarderCredentials: { roleArn: forwarderRole } = { roleArn: '' },
  secretMetadata = DEFAULT_SECRET_METADATA,
}: RoleSettings): boolean {
  const patterns = assumableRoles.map((pattern) => roleArnPattern(pattern, baseRoleArn));
  const others = [baseRoleArn, externalId, assumeRole, assumeRole, forwarderRole].join('');
  const metadata = JSON.stringify(secretMetadataVariable(secretMetadata)).length;
  const length = others.length + lengthInEnvironment(patterns) + metadata;
  return length <= ENVIRONMENT_LIMITS.roles;
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
  const lists = [namespaces, excludedNamespaces].filter((list) => list.length > 0);
  const length = lists.reduce((sum, list) => sum + lengthInEnvironment(list), 0);
  return length <= ENVIRONMENT_LIMITS.namespaces;
}

/**
 * Lambda measures the environment as JSON, and a value is a string of JSON inside it, so each quote counts twice. (The
 * error of UpdateFunctionConfiguration shows the "String measured".)
 */
function lengthInEnvironment(values: readonly string[]): number {
  return JSON.stringify(JSON.stringify(values)).length;
}
