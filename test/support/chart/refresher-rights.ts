import { REFRESHER_RBAC } from '../../../contract/kubernetes/cluster-access.ts';
import {
  EXPIRES_AT_ANNOTATION,
  HERITAGE_LABEL,
  HERITAGE_VALUE,
  MANAGED_SELECTOR,
  ROLE_ARN_ANNOTATION,
  UNUSED_SINCE_ANNOTATION,
} from '../../../contract/kubernetes/secret.ts';
import type { ApiResponse } from '../../../local/api-client.ts';
import type { Send } from './chart-cluster.ts';
import type { Manifest } from './helm.ts';

/** The labels of a managed Secret. */
export const MANAGED = { [HERITAGE_LABEL]: HERITAGE_VALUE };
/** Every annotation that the refresher writes. */
export const ANNOTATIONS = {
  [EXPIRES_AT_ANNOTATION]: '2026-11-23T11:00:00Z',
  [ROLE_ARN_ANNOTATION]: 'arn:aws:iam::123456789012:role/app',
  [UNUSED_SINCE_ANNOTATION]: '2026-11-23T10:00:00Z',
};
/** The Secrets of the tests' namespace. */
export const SECRETS = '/api/v1/namespaces/team/secrets';
/** The Events of the tests' namespace. */
export const EVENTS = '/apis/events.k8s.io/v1/namespaces/team/events';
/** The media type of patches. */
export const MERGE = 'application/merge-patch+json';
/** Query of a dry run: the request is authorized and validated, but nothing is stored. */
export const DRY_RUN = '?dryRun=All';

/** The refresher's ClusterRole in the chart. */
export const REFRESHER_ROLE = REFRESHER_RBAC;

/** A verb on a resource, and a request of the product that requires it. */
export interface Right {
  readonly right: string;
  readonly request: (send: Send) => Promise<ApiResponse>;
}

/** An Event of the product on a pod. */
export const event = (name: string, namespace = 'team') => ({
  metadata: { name, namespace },
  eventTime: '2026-11-23T10:00:00.000000Z',
  reportingController: 'kube-aws-iam',
  reportingInstance: 'refresh',
  action: 'AssumeRole',
  reason: 'NotAllowed',
  type: 'Warning',
  regarding: { apiVersion: 'v1', kind: 'Pod', name: 'app', namespace },
});

/** A Secret with this name. */
export const secret = (name: string, labels: object, rest: object = {}) => ({
  metadata: { name, labels },
  ...rest,
});

/** A managed Secret with this name and all annotations of the refresher. */
export const marked = (name: string, metadata: object = {}) => ({
  metadata: { name, labels: MANAGED, annotations: ANNOTATIONS, ...metadata },
});

/** The permissions on namespaces, if the product serves all of them. */
const LIST_NAMESPACES: Right = {
  right: 'list namespaces',
  request: (send) => send('GET', '/api/v1/namespaces'),
};

/**
 * Returns a request of the product for each verb that the chart grants in one namespace. The requests change nothing and can be
 * repeated.
 *
 * @param namespace - has a pod, a managed Secret and an AWSIAMRole `app`, and an Event `app.known`
 * @param lists - whether the product lists the namespace, or all at once
 */
function rightsIn(namespace: string, lists: string): readonly Right[] {
  const core = `/api/v1/namespaces/${namespace}`;
  const events = `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
  const roles = '/apis/zalando.org/v1';
  return [
    {
      right: 'list secrets',
      request: (send) => send('GET', `/api/v1${lists}/secrets?labelSelector=${MANAGED_SELECTOR}`),
    },
    {
      right: 'create secrets',
      request: (send) => send('POST', `${core}/secrets${DRY_RUN}`, secret('aws-iam-new', MANAGED)),
    },
    {
      right: 'patch secrets',
      request: (send) =>
        send(
          'PATCH',
          `${core}/secrets/aws-iam-app${DRY_RUN}`,
          { metadata: { annotations: { [UNUSED_SINCE_ANNOTATION]: null } } },
          MERGE,
        ),
    },
    {
      right: 'delete secrets',
      request: (send) => send('DELETE', `${core}/secrets/aws-iam-app`, { dryRun: ['All'] }),
    },
    {
      right: 'list pods',
      request: (send) => send('GET', `/api/v1${lists}/pods?fieldSelector=status.phase=Pending`),
    },
    { right: 'get pods', request: (send) => send('GET', `${core}/pods/app`) },
    { right: 'get namespaces', request: (send) => send('GET', core) },
    {
      right: 'create events',
      request: (send) => send('POST', events + DRY_RUN, event('app.new', namespace)),
    },
    {
      right: 'patch events',
      request: (send) =>
        send(
          'PATCH',
          `${events}/app.known${DRY_RUN}`,
          { series: { count: 2, lastObservedTime: '2026-11-23T10:01:00.000000Z' } },
          MERGE,
        ),
    },
    {
      right: 'list awsiamroles',
      request: (send) => send('GET', `${roles}${lists}/awsiamroles`),
    },
    {
      right: 'get awsiamroles',
      request: (send) => send('GET', `${roles}/namespaces/${namespace}/awsiamroles/app`),
    },
    {
      right: 'patch awsiamroles/status',
      request: (send) =>
        send(
          'PATCH',
          `${roles}/namespaces/${namespace}/awsiamroles/app/status${DRY_RUN}`,
          { status: { observedGeneration: 1 } },
          MERGE,
        ),
    },
  ];
}

/** All permissions of the refresher, if the product serves all namespaces. */
export const RIGHTS: readonly Right[] = [LIST_NAMESPACES, ...rightsIn('team', '')];

/** All permissions of the refresher in a configured namespace. */
export const scopedRights = (namespace: string): readonly Right[] =>
  rightsIn(namespace, `/namespaces/${namespace}`);

/** Requests that are forbidden if namespaces are configured, in addition to {@link FORBIDDEN}: lists of all namespaces. */
export const UNSCOPED: readonly { readonly method: string; readonly path: string }[] = [
  { method: 'GET', path: '/api/v1/secrets' },
  { method: 'GET', path: '/api/v1/pods' },
  { method: 'GET', path: '/api/v1/namespaces' },
  { method: 'GET', path: '/apis/zalando.org/v1/awsiamroles' },
];

/**
 * Requests that an attacker with the refresher's token would try. They have no body, as the API server authorizes a request before
 * it reads the body.
 */
export const FORBIDDEN: readonly { readonly method: string; readonly path: string }[] = [
  { method: 'GET', path: `${SECRETS}/aws-iam-app` },
  { method: 'GET', path: `${SECRETS}?watch=true` },
  { method: 'PUT', path: `${SECRETS}/aws-iam-app` },
  { method: 'DELETE', path: SECRETS },
  { method: 'POST', path: '/api/v1/namespaces/team/pods' },
  { method: 'DELETE', path: '/api/v1/namespaces/team/pods/app' },
  { method: 'PATCH', path: '/api/v1/namespaces/team/pods/app' },
  { method: 'GET', path: '/api/v1/pods?watch=true' },
  { method: 'POST', path: '/api/v1/namespaces/team/pods/app/exec?command=sh' },
  { method: 'GET', path: '/api/v1/namespaces/team/pods/app/exec?command=sh' },
  { method: 'GET', path: '/api/v1/namespaces/team/pods/app/log' },
  { method: 'POST', path: '/api/v1/namespaces/team/pods/app/eviction' },
  { method: 'POST', path: '/api/v1/namespaces' },
  { method: 'PATCH', path: '/api/v1/namespaces/team' },
  { method: 'DELETE', path: '/api/v1/namespaces/team' },
  { method: 'GET', path: '/api/v1/namespaces/team/serviceaccounts' },
  { method: 'POST', path: '/api/v1/namespaces/team/serviceaccounts/default/token' },
  { method: 'GET', path: '/api/v1/namespaces/team/configmaps' },
  { method: 'GET', path: '/api/v1/nodes' },
  { method: 'GET', path: EVENTS },
  { method: 'DELETE', path: `${EVENTS}/app.known` },
  { method: 'POST', path: '/api/v1/namespaces/team/events' },
  { method: 'GET', path: '/apis/apps/v1/deployments' },
  { method: 'GET', path: '/apis/rbac.authorization.k8s.io/v1/clusterroles' },
  { method: 'POST', path: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings' },
  {
    method: 'PATCH',
    path: '/apis/rbac.authorization.k8s.io/v1/clusterroles/kube-aws-iam-refresher',
  },
  {
    method: 'DELETE',
    path: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/kube-aws-iam-refresher',
  },
];

/** A rule of RBAC. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** Returns each permission of a role, with a rule that grants only this one. */
export function rightsOf(role: Manifest): readonly (Rule & { readonly right: string })[] {
  const rules = role['rules'] as readonly Rule[];
  return rules.flatMap(({ resources, verbs, ...rest }) =>
    resources.flatMap((resource) =>
      verbs.map((verb) => ({
        ...rest,
        right: `${verb} ${resource}`,
        resources: [resource],
        verbs: [verb],
      })),
    ),
  );
}

/** Returns the ClusterRole or Role that grants a permission, without that permission. */
export function roleWithout(
  manifests: readonly Manifest[],
  right: string,
  name: string = REFRESHER_ROLE,
): Manifest {
  const role = rolesNamed(manifests, name).find((one) =>
    rightsOf(one).some((rule) => rule.right === right),
  );
  if (role === undefined)
    throw new Error(`the chart has no role ${name} with the right to ${right}`);
  const rules = rightsOf(role).filter((rule) => rule.right !== right);
  return { ...role, rules: rules.map(({ right: _, ...rule }) => rule) };
}

/** Returns the ClusterRoles and Roles with this name. */
export function rolesNamed(
  manifests: readonly Manifest[],
  name: string = REFRESHER_ROLE,
): readonly Manifest[] {
  return manifests.filter(
    ({ kind, metadata }) => /^(?:Cluster)?Role$/.test(kind) && metadata.name === name,
  );
}
