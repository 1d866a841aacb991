import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import { watchPath } from '../../forwarder/watching/watch-path.ts';
import { AWSIAMROLES, PENDING_PODS } from '../../forwarder/watching/watch-subject.ts';
import { awsIamRoles } from './awsiamrole-definition.ts';

/** A verb on a resource, and the GET that needs it. */
export interface ReadingRight {
  readonly right: string;
  readonly path: string;
}

/** All that the forwarder may do. */
export const FORWARDER_RIGHTS: readonly ReadingRight[] = [
  { right: 'list pods', path: '/api/v1/pods?fieldSelector=status.phase=Pending' },
  { right: 'watch pods', path: watchPath(PENDING_PODS, undefined, 1) },
  { right: 'list awsiamroles', path: awsIamRoles() },
  { right: 'watch awsiamroles', path: watchPath(AWSIAMROLES, undefined, 1) },
];

const OWN = `/api/v1/namespaces/${PRODUCT_NAMESPACE}`;
const TEAM = '/api/v1/namespaces/team';
const DEPLOYMENTS = `/apis/apps/v1/namespaces/${PRODUCT_NAMESPACE}/deployments`;
const RBAC = '/apis/rbac.authorization.k8s.io/v1';

/** Requests that somebody who took over the forwarder would try, in its own namespace and in others. */
export const FORWARDER_FORBIDDEN: readonly { readonly method: string; readonly path: string }[] = [
  { method: 'GET', path: '/api/v1/secrets' },
  { method: 'GET', path: `${TEAM}/secrets/aws-iam-app` },
  { method: 'GET', path: `${OWN}/secrets` },
  { method: 'GET', path: `${OWN}/secrets?watch=true` },
  { method: 'POST', path: `${OWN}/secrets` },
  { method: 'DELETE', path: `${OWN}/secrets/aws-iam-app` },
  { method: 'GET', path: `${TEAM}/pods/app` },
  { method: 'POST', path: `${TEAM}/pods` },
  { method: 'POST', path: `${OWN}/pods` },
  { method: 'PATCH', path: `${TEAM}/pods/app` },
  { method: 'DELETE', path: `${TEAM}/pods/app` },
  { method: 'DELETE', path: `${TEAM}/pods` },
  { method: 'GET', path: `${TEAM}/pods/app/log` },
  { method: 'GET', path: `${TEAM}/pods/app/exec?command=sh` },
  { method: 'POST', path: `${TEAM}/pods/app/exec?command=sh` },
  { method: 'POST', path: `${TEAM}/pods/app/eviction` },
  { method: 'PATCH', path: `${TEAM}/pods/app/status` },
  { method: 'GET', path: `${OWN}/configmaps` },
  { method: 'PATCH', path: `${OWN}/configmaps/kube-aws-iam-forwarder` },
  { method: 'GET', path: '/api/v1/namespaces' },
  { method: 'PATCH', path: TEAM },
  { method: 'GET', path: '/api/v1/nodes' },
  { method: 'GET', path: '/apis/events.k8s.io/v1/events' },
  { method: 'POST', path: `${TEAM}/events` },
  { method: 'GET', path: `${OWN}/serviceaccounts` },
  { method: 'POST', path: `${OWN}/serviceaccounts/kube-aws-iam-forwarder/token` },
  { method: 'POST', path: `${OWN}/serviceaccounts/default/token` },
  { method: 'GET', path: DEPLOYMENTS },
  { method: 'PATCH', path: `${DEPLOYMENTS}/kube-aws-iam-forwarder` },
  { method: 'GET', path: `${awsIamRoles('team')}/app` },
  { method: 'POST', path: awsIamRoles('team') },
  { method: 'GET', path: `${RBAC}/clusterroles` },
  { method: 'PATCH', path: `${RBAC}/clusterroles/kube-aws-iam-forwarder` },
  { method: 'POST', path: `${RBAC}/clusterrolebindings` },
];
