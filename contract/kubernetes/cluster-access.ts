import { AWSIAMROLE } from './awsiamrole.ts';

/**
 * The Kubernetes group of the refresher: its EKS access entry assigns it, and the chart's RBAC binds it. Outside EKS, it is the
 * default for logins other than by a ServiceAccount.
 */
export const REFRESHERS_GROUP = 'kube-aws-iam:refreshers';

/**
 * The ServiceAccount of the refresher in a cluster that is not EKS: the functions log in with its token, and the Deployment
 * runs with it.
 */
export const REFRESHER_SERVICE_ACCOUNT = 'kube-aws-iam-refresher';

/**
 * The ServiceAccount of the product that opens the sessions of pods' roles, with the setting `sessions.source: oidc`. It has no
 * permissions in the cluster, and no pod runs with it.
 */
export const SESSIONS_SERVICE_ACCOUNT = 'kube-aws-iam-sessions';

/** Who the refresher is for RBAC and admission policies, as the API server authenticates it. */
export type RefresherSubject =
  | { readonly kind: 'User' | 'Group'; readonly name: string }
  | { readonly kind: 'ServiceAccount'; readonly name: string; readonly namespace: string };

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
