import { roleArnPattern } from './role-pattern.ts';

/**
 * How many of the 4,096 characters of a Lambda function's environment there are for the settings that can be long. What
 * remains is for the names of all variables and the values that are short.
 */
export const ENVIRONMENT_LIMITS = { roles: 2_200, namespaces: 800 };

/** Stands in for the default of `baseRoleArn`, which is known when the stack is made: no shorter than any partition's. */
const LONGEST_DEFAULT_BASE = 'arn:aws-us-gov:iam::123456789012:role/';

/** The settings of roles, and of how they are assumed, that can be long. */
export interface RoleSettings {
  readonly assumableRoles: readonly string[];
  readonly baseRoleArn?: string | undefined;
  readonly externalId?: string | undefined;
  readonly assumeRole?: string | undefined;
  readonly forwarderCredentials?: { readonly roleArn: string } | undefined;
}

/**
 * Whether there is room for these: for `baseRoleArn`, for the list in which it stands before each name, for the role that
 * is assumed and denied to pods, and for the forwarder's own, which is denied to them.
 */
export function rolesFitEnvironment({
  assumableRoles,
  baseRoleArn = LONGEST_DEFAULT_BASE,
  externalId = '',
  assumeRole = '',
  forwarderCredentials: { roleArn: forwarderRole } = { roleArn: '' },
}: RoleSettings): boolean {
  const patterns = assumableRoles.map((pattern) => roleArnPattern(pattern, baseRoleArn));
  const others = [baseRoleArn, externalId, assumeRole, assumeRole, forwarderRole].join('');
  return others.length + lengthInEnvironment(patterns) <= ENVIRONMENT_LIMITS.roles;
}

/** Whether there is room for the names of these namespaces, those to look at and those not to, each in a list. */
export function namespacesFitEnvironment(
  namespaces: readonly string[],
  excludedNamespaces: readonly string[] = [],
): boolean {
  const lists = [namespaces, excludedNamespaces].filter((list) => list.length > 0);
  const length = lists.reduce((sum, list) => sum + lengthInEnvironment(list), 0);
  return length <= ENVIRONMENT_LIMITS.namespaces;
}

/**
 * Lambda measures the environment as JSON, in which a list is a text that is JSON itself: each of its quotes counts
 * double. (The error of UpdateFunctionConfiguration shows the "String measured".)
 */
function lengthInEnvironment(texts: readonly string[]): number {
  return JSON.stringify(JSON.stringify(texts)).length;
}
