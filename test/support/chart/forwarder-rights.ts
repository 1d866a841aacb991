import { PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import {
  AWSIAMROLES,
  PENDING_PODS,
  watchPath,
} from '../../../forwarder/watching/watched-resource.ts';
import { awsIamRoles } from './awsiamrole-definition.ts';

/** A verb on a resource, and a GET request that requires it. */
export interface ReadingRight {
  readonly right: string;
  readonly path: string;
}

/** The forwarder's permissions. */
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

/** Requests that an attacker with the forwarder's token would try, in its own namespace and in others. */
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
