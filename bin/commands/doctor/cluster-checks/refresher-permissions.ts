import pMap from 'p-map';
import * as z from 'zod';
import { PRODUCT_NAMESPACE } from '../../../../contract/forwarder.ts';
import {
  formatPermission,
  PERMISSIONS_IN_NAMESPACE,
  PERMISSIONS_ON_NAMED_NAMESPACES,
  PERMISSIONS_ON_NAMESPACES,
  type RbacPermission,
  REFRESHER_SERVICE_ACCOUNT,
  type RefresherSubject,
  SESSIONS_SERVICE_ACCOUNT,
} from '../../../../contract/kubernetes/cluster-access.ts';
import { REFRESHER_LEASE } from '../../../../contract/kubernetes/refresher-lease.ts';
import { refresherSubject, rotatesLogin } from '../../../../infra/settings/cluster-login.ts';
import type { ClusterSettings } from '../../../../infra/settings/cluster-settings.ts';
import { effectiveNamespaces } from '../../../../infra/settings/schema/namespaces.ts';
import { describeSubject, userOfSubject } from '../../../cluster/subject.ts';
import { type Check, type Finding, failed, ok, unreadable } from '../check.ts';
import type { ClusterReader } from '../readers/cluster-reader.ts';
import type { ReadResult } from '../readers/read-result.ts';
import { installChartCommand } from '../remedies.ts';

/** A permission that the functions need, and where. */
interface RequiredPermission {
  readonly permission: RbacPermission;
  /** @default - all namespaces */
  readonly namespace?: string;
  /** Of the only object. @default - all objects */
  readonly name?: string;
}

/** A required permission, and whether the cluster grants it. */
interface ReviewedPermission extends RequiredPermission {
  readonly isAllowed: boolean;
}

/** Returns all permissions that the functions need: in all namespaces, or in each of the configured ones. */
export function requiredPermissions(settings: ClusterSettings): readonly RequiredPermission[] {
  return [
    ...permissionsInScope(settings),
    // The functions replace the token of their login.
    ...(rotatesLogin(settings) ? [tokensOf(REFRESHER_SERVICE_ACCOUNT)] : []),
    ...(settings.sessions.source === 'oidc' ? [tokensOf(SESSIONS_SERVICE_ACCOUNT)] : []),
    ...(settings.runsIn === 'cluster' ? LEADERSHIP : []),
  ];
}

function tokensOf(name: string): RequiredPermission {
  return {
    permission: { verb: 'create', group: '', resource: 'serviceaccounts', subresource: 'token' },
    namespace: PRODUCT_NAMESPACE,
    name,
  };
}

/** A process in the cluster has to lead before it acts. */
const LEADERSHIP: readonly RequiredPermission[] = (['get', 'patch'] as const).map((verb) => ({
  permission: { verb, group: 'coordination.k8s.io', resource: 'leases' },
  namespace: REFRESHER_LEASE.namespace,
  name: REFRESHER_LEASE.name,
}));

function permissionsInScope(settings: ClusterSettings): readonly RequiredPermission[] {
  const namespaces = effectiveNamespaces(settings);
  if (namespaces.length === 0) {
    return [...PERMISSIONS_ON_NAMESPACES, ...PERMISSIONS_IN_NAMESPACE].map((permission) => ({
      permission,
    }));
  }
  return namespaces.flatMap((namespace) =>
    [...PERMISSIONS_ON_NAMED_NAMESPACES, ...PERMISSIONS_IN_NAMESPACE].map((permission) => ({
      permission,
      namespace,
    })),
  );
}

/** The cluster grants the refresher every permission that it needs, according to SubjectAccessReviews. */
export const permissionsCheck: Check = {
  id: 'rights',
  title: 'permissions',
  requires: ['cluster'],
  after: ['right-cluster', 'chart-cluster', 'version', 'chart'],
  async run({ cluster, settings }) {
    const required = requiredPermissions(settings);
    const subject = refresherSubject(settings);
    const results = await pMap(required, (permission) => review(cluster, subject, permission), {
      concurrency: 8,
    });
    const reviewed: ReviewedPermission[] = [];
    for (const [index, permission] of required.entries()) {
      const result = results[index];
      if (result === undefined || result.kind === 'absent') {
        return failed(
          'the server does not support SubjectAccessReview',
          'check that it is a Kubernetes API server',
        );
      }
      if (result.kind !== 'found') return unreadable(result);
      reviewed.push({ ...permission, isAllowed: result.value });
    }
    return judgePermissions(reviewed, settings);
  },
};

/** Judges the permissions of the refresher. */
export function judgePermissions(
  reviewed: readonly ReviewedPermission[],
  settings: ClusterSettings,
): Finding {
  const missing = reviewed.filter(({ isAllowed }) => !isAllowed);
  const who = describeSubject(refresherSubject(settings));
  if (missing.length === 0) return ok(`${who}: ${reviewed.length} of ${reviewed.length}`);
  const lines = missing.map(
    ({ permission, namespace }) => `${formatPermission(permission)} ${shownScope(namespace)}`,
  );
  const [first = ''] = lines;
  const isSingle = lines.length === 1;
  return failed(
    `${who} lacks ${isSingle ? `a permission: ${first}` : `${lines.length} permissions`}`,
    installChartCommand(settings),
    isSingle ? [] : lines,
  );
}

function shownScope(namespace: string | undefined): string {
  return namespace === undefined ? 'in all namespaces' : `in namespace "${namespace}"`;
}

const reviewResponse = z.object({ status: z.object({ allowed: z.boolean() }) });

async function review(
  cluster: ClusterReader,
  subject: RefresherSubject,
  { permission, namespace, name }: RequiredPermission,
): Promise<ReadResult<boolean>> {
  const { verb, group, resource, subresource } = permission;
  const { username, groups } = userOfSubject(subject);
  // For a request about a namespace, its name is both the namespace and the name of the object.
  const objectName = resource === 'namespaces' ? namespace : name;
  const named = objectName === undefined ? {} : { name: objectName };
  const result = await cluster.read({
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    permission: 'create subjectaccessreviews.authorization.k8s.io',
    schema: reviewResponse,
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        ...(subject.kind === 'Group' ? { groups: [subject.name] } : { user: username, groups }),
        resourceAttributes: {
          verb,
          group,
          resource,
          ...(subresource === undefined ? {} : { subresource }),
          ...(namespace === undefined ? {} : { namespace }),
          ...named,
        },
      },
    },
  });
  return result.kind === 'found' ? { kind: 'found', value: result.value.status.allowed } : result;
}
