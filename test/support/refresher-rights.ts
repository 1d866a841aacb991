import {
  EXPIRES_AT_ANNOTATION,
  HERITAGE_LABEL,
  HERITAGE_VALUE,
  MANAGED_SELECTOR,
  ROLE_ARN_ANNOTATION,
  UNUSED_SINCE_ANNOTATION,
} from '../../lambda/contract/secret.ts';
import type { ApiAnswer } from './api-client.ts';
import type { Send } from './chart-cluster.ts';
import { type Manifest, manifestNamed } from './helm.ts';

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
/** Makes a request that is checked and then forgotten. */
export const DRY_RUN = '?dryRun=All';

/** The refresher's ClusterRole in the chart. */
export const REFRESHER_ROLE = 'kube-aws-iam-refresher';

/** A verb on a resource, and the request that needs it: one that the product sends, or will send in its next versions. */
export interface Right {
  readonly right: string;
  readonly request: (send: Send) => Promise<ApiAnswer>;
}

/** An Event as the product's next versions will write it on a pod, named `name`. */
export const event = (name: string) => ({
  metadata: { name, namespace: 'team' },
  eventTime: '2026-11-23T10:00:00.000000Z',
  reportingController: 'kube-aws-iam',
  reportingInstance: 'refresh',
  action: 'AssumeRole',
  reason: 'NotAllowed',
  type: 'Warning',
  regarding: { apiVersion: 'v1', kind: 'Pod', name: 'app', namespace: 'team' },
});

/** A Secret named `name`. */
export const secret = (name: string, labels: object, rest: object = {}) => ({
  metadata: { name, labels },
  ...rest,
});

/** A managed Secret named `name` with all annotations of the refresher. */
export const marked = (name: string, metadata: object = {}) => ({
  metadata: { name, labels: MANAGED, annotations: ANNOTATIONS, ...metadata },
});

/**
 * What the product asks of a cluster, one request for each verb that the chart grants. They change nothing, so that they
 * can be repeated. Three are of its next versions, which will send them as they are here: `get pods` reads the one pod
 * that an event is about, `create events` and `patch events` tell a pod's owner why there are no credentials.
 */
export const RIGHTS: readonly Right[] = [
  {
    right: 'list secrets',
    request: (send) => send('GET', `/api/v1/secrets?labelSelector=${MANAGED_SELECTOR}`),
  },
  {
    right: 'create secrets',
    request: (send) => send('POST', SECRETS + DRY_RUN, secret('aws-iam-new', MANAGED)),
  },
  {
    right: 'patch secrets',
    request: (send) =>
      send(
        'PATCH',
        `${SECRETS}/aws-iam-app${DRY_RUN}`,
        { metadata: { annotations: { a: 'b' } } },
        MERGE,
      ),
  },
  {
    right: 'delete secrets',
    request: (send) => send('DELETE', `${SECRETS}/aws-iam-app`, { dryRun: ['All'] }),
  },
  {
    right: 'list pods',
    request: (send) => send('GET', '/api/v1/pods?fieldSelector=status.phase=Pending'),
  },
  { right: 'get pods', request: (send) => send('GET', '/api/v1/namespaces/team/pods/app') },
  { right: 'list namespaces', request: (send) => send('GET', '/api/v1/namespaces') },
  { right: 'get namespaces', request: (send) => send('GET', '/api/v1/namespaces/team') },
  {
    right: 'create events',
    request: (send) => send('POST', EVENTS + DRY_RUN, event('app.new')),
  },
  {
    right: 'patch events',
    request: (send) =>
      send(
        'PATCH',
        `${EVENTS}/app.known${DRY_RUN}`,
        { series: { count: 2, lastObservedTime: '2026-11-23T10:01:00.000000Z' } },
        MERGE,
      ),
  },
];

/**
 * Requests that somebody who took over the refresher would try. Who may make a request is decided before its body is read,
 * so none needs one.
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
}

/** A role's rights one by one, each with the rule that grants it alone. */
export function rightsOf(role: Manifest): readonly (Rule & { readonly right: string })[] {
  const rules = role['rules'] as readonly Rule[];
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    resources.flatMap((resource) =>
      verbs.map((verb) => ({
        right: `${verb} ${resource}`,
        apiGroups,
        resources: [resource],
        verbs: [verb],
      })),
    ),
  );
}

/** A ClusterRole of the chart with each right as a rule of its own, less one. */
export function roleWithout(
  manifests: readonly Manifest[],
  right: string,
  name: string = REFRESHER_ROLE,
): Manifest {
  const role = manifestNamed(manifests, 'ClusterRole', name);
  const rules = rightsOf(role).filter((rule) => rule.right !== right);
  return { ...role, rules: rules.map(({ right: _, ...rule }) => rule) };
}
