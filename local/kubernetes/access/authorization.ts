import { ApiError, forbidden } from '../errors/api-error.ts';
import type { RequestAttributes } from '../requests/request-attributes.ts';
import type { UserInfo } from './user-info.ts';

/** Whether a user is allowed to make a request. */
export type Authorize = (user: UserInfo, request: RequestAttributes) => boolean;

/** A permission of a group, like a rule of a ClusterRole or Role with its binding. `*` matches everything. */
export interface AccessRule {
  /** The group that has the permission. */
  readonly group: string;
  readonly verbs: readonly string[];
  /** API groups; the empty string is the core group. */
  readonly apiGroups: readonly string[];
  /** Plural names, with `/<subresource>` for a subresource. */
  readonly resources: readonly string[];
  /** Names of objects. @default - all objects */
  readonly resourceNames?: readonly string[];
  /** Namespace of a Role. @default - all namespaces and cluster-scoped resources */
  readonly namespace?: string;
}

const ADMINS = 'system:masters';

/** Authorizes by rules. Members of `system:masters` are allowed everything. */
export function authorizeByRules(rules: readonly AccessRule[]): Authorize {
  return ({ groups }, request) =>
    groups.includes(ADMINS) ||
    rules.some((rule) => groups.includes(rule.group) && isAllowedBy(rule, request));
}

function isAllowedBy(rule: AccessRule, request: RequestAttributes): boolean {
  const { verb, group, name, namespace } = request;
  const names = rule.resourceNames;
  return (
    includes(rule.verbs, verb) &&
    includes(rule.apiGroups, group) &&
    includes(rule.resources, resourceOf(request)) &&
    (names === undefined || (name !== undefined && names.includes(name))) &&
    (rule.namespace === undefined || rule.namespace === namespace)
  );
}

function includes(allowed: readonly string[], value: string): boolean {
  return allowed.includes('*') || allowed.includes(value);
}

function resourceOf({ resource, subresource }: RequestAttributes): string {
  return subresource === undefined ? resource : `${resource}/${subresource}`;
}

/** The error for a denied request about a resource. */
export function forbiddenResource({ username }: UserInfo, request: RequestAttributes): ApiError {
  const { verb, group, resource, namespace, name = '' } = request;
  const where =
    namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return forbidden(
    { group, plural: resource },
    name,
    `User "${username}" cannot ${verb} resource "${resourceOf(request)}" in API group "${group}" ${where}`,
  );
}

/** The error for a denied request for a path that is not a resource. */
export function forbiddenPath({ username }: UserInfo, method: string, path: string): ApiError {
  const why = `forbidden: User "${username}" cannot ${method.toLowerCase()} path "${path}"`;
  return new ApiError(403, 'Forbidden', why, {});
}
