import { AWSIAMROLE } from './awsiamrole.ts';

/** The Kubernetes group of the refresher: its EKS access entry assigns it, and the chart's RBAC binds it. */
export const REFRESHERS_GROUP = 'kube-aws-iam:refreshers';

/** The product's name in `managedFields` (server-side apply) and in audit logs. */
export const FIELD_MANAGER = 'kube-aws-iam';

/** A permission of RBAC: a verb on a resource. */
export interface RbacPermission {
  readonly verb: 'get' | 'list' | 'create' | 'patch' | 'delete';
  /** API group; empty for the core group. */
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
}

const on = (
  group: string,
  resource: string,
  ...verbs: readonly RbacPermission['verb'][]
): readonly RbacPermission[] => verbs.map((verb) => ({ verb, group, resource }));

/** The refresher's permissions in each namespace in scope. */
export const PERMISSIONS_IN_NAMESPACE: readonly RbacPermission[] = [
  ...on('', 'secrets', 'list', 'create', 'patch', 'delete'),
  ...on('', 'pods', 'list', 'get'),
  ...on('events.k8s.io', 'events', 'create', 'patch'),
  ...on(AWSIAMROLE.group, AWSIAMROLE.plural, 'list', 'get'),
  { verb: 'patch', group: AWSIAMROLE.group, resource: AWSIAMROLE.plural, subresource: 'status' },
];

/** Its permissions on namespaces when all of them are in scope. */
export const PERMISSIONS_ON_NAMESPACES: readonly RbacPermission[] = on(
  '',
  'namespaces',
  'list',
  'get',
);

/** Its permissions on each named namespace when only some are in scope. */
export const PERMISSIONS_ON_NAMED_NAMESPACES: readonly RbacPermission[] = on(
  '',
  'namespaces',
  'get',
);

/** Name of the ClusterRole, the Roles and their bindings, and of the admission policy that limits them. */
export const REFRESHER_RBAC = 'kube-aws-iam-refresher';

/** Formats a permission, e.g. `patch awsiamroles/status`. */
export function formatPermission({ verb, resource, subresource }: RbacPermission): string {
  return `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`;
}
