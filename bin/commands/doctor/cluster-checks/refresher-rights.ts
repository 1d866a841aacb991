import pMap from 'p-map';
import * as z from 'zod';
import {
  formatPermission,
  PERMISSIONS_IN_NAMESPACE,
  PERMISSIONS_ON_NAMED_NAMESPACES,
  PERMISSIONS_ON_NAMESPACES,
  type RbacPermission,
  REFRESHERS_GROUP,
} from '../../../../contract/cluster-access.ts';
import type { ClusterSettings } from '../../../../infra/settings/cluster-settings.ts';
import { effectiveNamespaces } from '../../../../infra/settings/schema/namespaces.ts';
import { type Check, type Finding, failed, ok, unreadable } from '../check.ts';
import type { ClusterReader } from '../readers/cluster-reader.ts';
import type { ReadResult } from '../readers/read-result.ts';
import { installChart } from '../remedies.ts';

/** A permission that the functions need, and where. */
export interface RequiredRight {
  readonly right: RbacPermission;
  /** @default - all namespaces */
  readonly namespace?: string;
}

/** A required permission, and whether the cluster grants it. */
export interface ReviewedRight extends RequiredRight {
  readonly isAllowed: boolean;
}

/** Returns all permissions that the functions need: in all namespaces, or in each of the configured ones. */
export function requiredRights(settings: ClusterSettings): readonly RequiredRight[] {
  const namespaces = effectiveNamespaces(settings);
  if (namespaces.length === 0) {
    return [...PERMISSIONS_ON_NAMESPACES, ...PERMISSIONS_IN_NAMESPACE].map((right) => ({ right }));
  }
  return namespaces.flatMap((namespace) =>
    [...PERMISSIONS_ON_NAMED_NAMESPACES, ...PERMISSIONS_IN_NAMESPACE].map((right) => ({
      right,
      namespace,
    })),
  );
}

/** The cluster grants the refresher's group every permission that it needs, according to SubjectAccessReviews. */
export const rightsCheck: Check = {
  id: 'rights',
  title: 'rights',
  requires: ['cluster'],
  after: ['right-cluster', 'version', 'chart'],
  async run({ cluster, settings }) {
    const required = requiredRights(settings);
    const results = await pMap(required, (right) => review(cluster, right), { concurrency: 8 });
    const reviewed: ReviewedRight[] = [];
    for (const [index, right] of required.entries()) {
      const result = results[index];
      if (result === undefined || result.kind === 'absent') {
        return failed(
          'the server does not support SubjectAccessReview',
          'check that it is a Kubernetes API server',
        );
      }
      if (result.kind !== 'found') return unreadable(result);
      reviewed.push({ ...right, isAllowed: result.value });
    }
    return judgeRights(reviewed, settings);
  },
};

/** Judges the permissions of the refresher's group. */
export function judgeRights(
  reviewed: readonly ReviewedRight[],
  settings: ClusterSettings,
): Finding {
  const missing = reviewed.filter(({ isAllowed }) => !isAllowed);
  if (missing.length === 0)
    return ok(`group ${REFRESHERS_GROUP}: ${reviewed.length} of ${reviewed.length}`);
  const lines = missing.map(
    ({ right, namespace }) => `${formatPermission(right)} ${shownScope(namespace)}`,
  );
  const [first = ''] = lines;
  const single = lines.length === 1;
  return failed(
    `group ${REFRESHERS_GROUP} lacks ${single ? `a permission: ${first}` : `${lines.length} permissions`}`,
    installChart(settings),
    single ? [] : lines,
  );
}

function shownScope(namespace: string | undefined): string {
  return namespace === undefined ? 'in all namespaces' : `in namespace "${namespace}"`;
}

const reviewResponse = z.object({ status: z.object({ allowed: z.boolean() }) });

async function review(
  cluster: ClusterReader,
  { right, namespace }: RequiredRight,
): Promise<ReadResult<boolean>> {
  const { verb, group, resource, subresource } = right;
  // For a request about a namespace, its name is both the namespace and the name of the object.
  const named = resource === 'namespaces' && namespace !== undefined ? { name: namespace } : {};
  const result = await cluster.read({
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    permission: 'create subjectaccessreviews.authorization.k8s.io',
    schema: reviewResponse,
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        groups: [REFRESHERS_GROUP],
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
