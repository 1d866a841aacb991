import { ApiError, forbidden } from '../errors/api-error.ts';
import type { RequestAttributes } from '../requests/request-attributes.ts';
import type { UserInfo } from './user-info.ts';

/** Whether a user may do what a request asks for. */
export type Authorize = (user: UserInfo, request: RequestAttributes) => boolean;

/** What members of a group may do, like a rule of a ClusterRole or Role together with its binding. `*` stands for all. */
export interface AccessRule {
  /** The group whose members it is given to. */
  readonly group: string;
  readonly verbs: readonly string[];
  /** API groups; the empty string is the core group. */
  readonly apiGroups: readonly string[];
  /** Plurals, with `/<subresource>` where one is meant. */
  readonly resources: readonly string[];
  /** The names it is about; all when absent. */
  readonly resourceNames?: readonly string[];
  /** The namespace it is about; absent means all, and what has no namespace. */
  readonly namespace?: string;
}

const ADMINS = 'system:masters';

/** Lets members of `system:masters` do everything, and others what a rule says. */
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

/** The refusal of a request about a resource. */
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

/** The refusal of a request for a path that is no resource. */
export function forbiddenPath({ username }: UserInfo, method: string, path: string): ApiError {
  const why = `forbidden: User "${username}" cannot ${method.toLowerCase()} path "${path}"`;
  return new ApiError(403, 'Forbidden', why, {});
}
