import { AWSIAMROLE } from './awsiamrole.ts';

/** A verb of RBAC on a resource. */
export interface ClusterRight {
  readonly verb: 'get' | 'list' | 'create' | 'patch' | 'delete';
  /** API group; empty for the core group. */
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
}

const on = (
  group: string,
  resource: string,
  ...verbs: readonly ClusterRight['verb'][]
): readonly ClusterRight[] => verbs.map((verb) => ({ verb, group, resource }));

/** What the chart lets the refresher do in each namespace that it looks at: all that it needs, and no more. */
export const RIGHTS_IN_NAMESPACE: readonly ClusterRight[] = [
  ...on('', 'secrets', 'list', 'create', 'patch', 'delete'),
  ...on('', 'pods', 'list', 'get'),
  ...on('events.k8s.io', 'events', 'create', 'patch'),
  ...on(AWSIAMROLE.group, AWSIAMROLE.plural, 'list', 'get'),
  { verb: 'patch', group: AWSIAMROLE.group, resource: AWSIAMROLE.plural, subresource: 'status' },
];

/** What it lets it do with the namespaces themselves where it looks at all of them. */
export const RIGHTS_ON_NAMESPACES: readonly ClusterRight[] = on('', 'namespaces', 'list', 'get');

/** The same where some are named: with each of those, and no other. */
export const RIGHTS_ON_NAMED_NAMESPACES: readonly ClusterRight[] = on('', 'namespaces', 'get');

/** Name of the ClusterRole, the Roles and the bindings that give the rights, and of the policy that bounds them. */
export const REFRESHER_RBAC = 'kube-aws-iam-refresher';

/** E.g. `patch awsiamroles/status`. */
export function shownRight({ verb, resource, subresource }: ClusterRight): string {
  return `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`;
}
