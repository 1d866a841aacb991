import * as z from 'zod';
import { FORWARDER_SERVICE_ACCOUNT, PRODUCT_NAMESPACE } from '../../../../contract/forwarder.ts';
import {
  REFRESHER_RBAC,
  type RefresherSubject,
} from '../../../../contract/kubernetes/cluster-access.ts';
import { refresherSubject } from '../../../../infra/settings/cluster-login.ts';
import type { ClusterSettings } from '../../../../infra/settings/cluster-settings.ts';
import { effectiveNamespaces } from '../../../../infra/settings/schema/namespaces.ts';
import { shellCommand } from '../../../../tools/terminal/shell-quote.ts';
import { describeSubject } from '../../../cluster/subject.ts';
import { type Check, type Finding, failed, missingPermissions, ok, unreadable } from '../check.ts';
import type { ReadResult } from '../readers/read-result.ts';
import { installChartCommand } from '../remedies.ts';

/** An object that the cluster must contain. */
interface ExpectedObject {
  /** E.g. `ClusterRole kube-aws-iam-refresher`. */
  readonly description: string;
  readonly path: string;
  /** Permission to read it. */
  readonly permission: string;
  /** The subject that a binding must contain. */
  readonly subject?: RefresherSubject;
  /** How to create it, if the chart does not. */
  readonly remedy?: string;
}

/** An expected object, and what the cluster has in its place. */
interface ObservedObject {
  readonly expected: ExpectedObject;
  readonly result: ReadResult<{ readonly subjects: readonly BoundSubject[] }>;
}

/** Returns the objects of the chart that grant the product its permissions, in the order of their creation. */
export function chartObjects(settings: ClusterSettings): readonly ExpectedObject[] {
  const scope = effectiveNamespaces(settings).filter((name) => name !== PRODUCT_NAMESPACE);
  const subject = refresherSubject(settings);
  return [
    inCluster('Namespace', '/api/v1', 'namespaces', PRODUCT_NAMESPACE),
    ...scope.map((name) => ({
      ...inCluster('Namespace', '/api/v1', 'namespaces', name),
      remedy: shellCommand`kubectl create namespace ${name}, or remove it from "namespaces" in cdk.json; then install the chart again`,
    })),
    inCluster('ClusterRole', RBAC, 'clusterroles', REFRESHER_RBAC),
    {
      ...inCluster('ClusterRoleBinding', RBAC, 'clusterrolebindings', REFRESHER_RBAC),
      subject,
    },
    ...effectiveNamespaces(settings).flatMap((namespace) => [
      inNamespace(namespace, 'Role', 'roles'),
      { ...inNamespace(namespace, 'RoleBinding', 'rolebindings'), subject },
    ]),
    ...(settings.runsIn === 'cluster' ? [] : FORWARDER_OBJECTS),
  ];
}

const RBAC = '/apis/rbac.authorization.k8s.io/v1';

function inCluster(kind: string, api: string, plural: string, name: string): ExpectedObject {
  return {
    description: `${kind} ${name}`,
    path: `${api}/${plural}/${name}`,
    permission: `get ${plural}`,
  };
}

function inNamespace(namespace: string, kind: string, plural: string): ExpectedObject {
  return {
    description: `${kind} ${REFRESHER_RBAC} in namespace "${namespace}"`,
    path: `${RBAC}/namespaces/${namespace}/${plural}/${REFRESHER_RBAC}`,
    permission: `get ${plural} in namespace "${namespace}"`,
  };
}

const FORWARDER_OBJECTS: readonly ExpectedObject[] = [
  inCluster('ClusterRole', RBAC, 'clusterroles', FORWARDER_SERVICE_ACCOUNT),
  {
    ...inCluster('ClusterRoleBinding', RBAC, 'clusterrolebindings', FORWARDER_SERVICE_ACCOUNT),
    subject: {
      kind: 'ServiceAccount',
      name: FORWARDER_SERVICE_ACCOUNT,
      namespace: PRODUCT_NAMESPACE,
    },
  },
];

/** The subjects of a binding; empty for other kinds. */
const schema = z.object({
  subjects: z
    .array(z.object({ kind: z.string(), name: z.string(), namespace: z.string().optional() }))
    .default([]),
});

type BoundSubject = z.output<typeof schema>['subjects'][number];

/** The chart is installed for all managed namespaces. */
export const chartCheck: Check = {
  id: 'chart',
  title: 'chart',
  requires: ['cluster'],
  after: ['right-cluster', 'chart-cluster', 'version'],
  async run({ cluster, settings }) {
    const observed: ObservedObject[] = [];
    for (const expected of chartObjects(settings)) {
      const { path, permission } = expected;
      observed.push({ expected, result: await cluster.read({ path, permission, schema }) });
    }
    return judgeChart(observed, settings);
  },
};

/** Judges the objects of the chart. */
export function judgeChart(
  observed: readonly ObservedObject[],
  settings: ClusterSettings,
): Finding {
  const failure = observed.find(({ result }) => result.kind === 'failed');
  if (failure?.result.kind === 'failed') return unreadable(failure.result);
  const missing = observed.filter(({ result }) => result.kind === 'absent');
  const misbound = observed.filter(lacksSubject);
  const [first] = [...missing, ...misbound];
  if (first !== undefined) {
    const lines = [
      ...missing.map(({ expected }) => `${expected.description} is missing`),
      ...misbound.map(
        ({ expected }) =>
          `${expected.description} does not contain ${expected.subject && describeSubject(expected.subject)}`,
      ),
    ];
    const says =
      lines.length === 1 ? (lines[0] ?? '') : `${lines.length} objects are missing or wrong`;
    const remedy = first.expected.remedy ?? installChartCommand(settings);
    return failed(says, remedy, lines.length === 1 ? [] : lines);
  }
  const permissions = observed.flatMap(({ result }) =>
    result.kind === 'forbidden' ? [result.permission] : [],
  );
  if (permissions.length > 0) return missingPermissions([...new Set(permissions)]);
  return ok(`${observed.length} objects`);
}

function lacksSubject({ expected: { subject }, result }: ObservedObject): boolean {
  return (
    subject !== undefined &&
    result.kind === 'found' &&
    !result.value.subjects.some(
      ({ kind, name, namespace }) =>
        kind === subject.kind &&
        name === subject.name &&
        (subject.kind !== 'ServiceAccount' || namespace === subject.namespace),
    )
  );
}
