import pMap from 'p-map';
import * as z from 'zod';
import { REFRESHERS_GROUP } from '../../../../contract/cluster-access.ts';
import {
  type ClusterRight,
  RIGHTS_IN_NAMESPACE,
  RIGHTS_ON_NAMED_NAMESPACES,
  RIGHTS_ON_NAMESPACES,
  shownRight,
} from '../../../../contract/refresher-rights.ts';
import type { ClusterSettings } from '../../../../infra/settings/cluster-settings.ts';
import { effectiveNamespaces } from '../../../../infra/settings/schema/namespaces.ts';
import type { Check } from '../check.ts';
import type { ClusterReader } from '../readers/cluster-reader.ts';
import { type Finding, failed, ok } from '../finding.ts';
import { type Reading, unread } from '../readers/read-result.ts';
import { installChart } from '../remedies.ts';

/** A right, and where it is needed. */
export interface NeededRight {
  readonly right: ClusterRight;
  /** Of those that the functions look at; absent for all. */
  readonly namespace?: string;
}

/** Whether the cluster says that the refresher has a right. */
export interface AnsweredRight extends NeededRight {
  readonly isAllowed: boolean;
}

/** All that the functions need in the cluster: in all namespaces, or in each that is named. */
export function neededRights(settings: ClusterSettings): readonly NeededRight[] {
  const namespaces = effectiveNamespaces(settings);
  if (namespaces.length === 0) {
    return [...RIGHTS_ON_NAMESPACES, ...RIGHTS_IN_NAMESPACE].map((right) => ({ right }));
  }
  return namespaces.flatMap((namespace) =>
    [...RIGHTS_ON_NAMED_NAMESPACES, ...RIGHTS_IN_NAMESPACE].map((right) => ({ right, namespace })),
  );
}

/** The group of the refresher has every right that it needs, by the cluster's own word. */
export const rightsCheck: Check = {
  id: 'rights',
  title: 'rights',
  requires: ['cluster'],
  after: ['right-cluster', 'version', 'chart'],
  async run({ cluster, settings }) {
    const needed = neededRights(settings);
    const readings = await pMap(needed, (one) => ask(cluster, one), { concurrency: CONCURRENCY });
    const answered: AnsweredRight[] = [];
    for (const [index, one] of needed.entries()) {
      const reading = readings[index];
      if (reading === undefined || reading.kind === 'absent') {
        return failed('the cluster answers no SubjectAccessReview', 'is it a Kubernetes API?');
      }
      if (reading.kind !== 'read') return unread(reading);
      answered.push({ ...one, isAllowed: reading.value });
    }
    return judgeRights(answered, settings);
  },
};

/** Twelve questions for each namespace that is named. */
const CONCURRENCY = 8;

/** Judges the answers of a cluster. */
export function judgeRights(
  answered: readonly AnsweredRight[],
  settings: ClusterSettings,
): Finding {
  const missing = answered.filter(({ isAllowed }) => !isAllowed);
  if (missing.length === 0)
    return ok(`group ${REFRESHERS_GROUP}: ${answered.length} of ${answered.length}`);
  const lines = missing.map(
    ({ right, namespace }) => `${shownRight(right)} ${shownScope(namespace)}`,
  );
  const [first = ''] = lines;
  return failed(
    `group ${REFRESHERS_GROUP} may not ${lines.length === 1 ? first : `do ${lines.length} things that it needs`}`,
    `${installChart(settings)}`,
    lines.length === 1 ? [] : lines,
  );
}

function shownScope(namespace: string | undefined): string {
  return namespace === undefined ? 'in all namespaces' : `in namespace "${namespace}"`;
}

const answer = z.object({ status: z.object({ allowed: z.boolean() }) });

async function ask(
  cluster: ClusterReader,
  { right, namespace }: NeededRight,
): Promise<Reading<boolean>> {
  const { verb, group, resource, subresource } = right;
  // A namespace is in itself, and is asked for by its name too.
  const named = resource === 'namespaces' && namespace !== undefined ? { name: namespace } : {};
  const reading = await cluster.read({
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    right: 'create subjectaccessreviews.authorization.k8s.io',
    schema: answer,
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
  return reading.kind === 'read' ? { kind: 'read', value: reading.value.status.allowed } : reading;
}
