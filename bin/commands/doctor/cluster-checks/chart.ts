import * as z from 'zod';
import { REFRESHERS_GROUP } from '../../../../contract/cluster-access.ts';
import { FORWARDER_SERVICE_ACCOUNT, PRODUCT_NAMESPACE } from '../../../../contract/forwarder.ts';
import { REFRESHER_RBAC } from '../../../../contract/refresher-rights.ts';
import type { ClusterSettings } from '../../../../infra/settings/cluster-settings.ts';
import { effectiveNamespaces } from '../../../../infra/settings/schema/namespaces.ts';
import type { Check } from '../check.ts';
import { type Finding, failed, ok } from '../finding.ts';
import { notAllowed, type Reading, unread } from '../readers/read-result.ts';
import { installChart } from '../remedies.ts';

/** An object that has to be in the cluster. */
export interface ExpectedObject {
  /** E.g. `ClusterRole kube-aws-iam-refresher`. */
  readonly shown: string;
  readonly path: string;
  readonly right: string;
  /** Who a binding has to give its role to. */
  readonly subject?: string;
  /** How it comes to be, where the chart does not make it. */
  readonly remedy?: string;
}

/** An object and what came of looking for it. */
export interface FoundObject {
  readonly expected: ExpectedObject;
  readonly reading: Reading<{ readonly subjects: readonly string[] }>;
}

/** The objects of the chart without which the refresher may do nothing, in the order in which they are made. */
export function chartObjects(settings: ClusterSettings): readonly ExpectedObject[] {
  const scope = effectiveNamespaces(settings).filter((name) => name !== PRODUCT_NAMESPACE);
  return [
    inCluster('Namespace', '/api/v1', 'namespaces', PRODUCT_NAMESPACE),
    ...scope.map((name) => ({
      ...inCluster('Namespace', '/api/v1', 'namespaces', name),
      remedy: `kubectl create namespace ${name}, or take it out of "namespaces" in cdk.json; then install the chart again`,
    })),
    inCluster('ClusterRole', RBAC, 'clusterroles', REFRESHER_RBAC),
    {
      ...inCluster('ClusterRoleBinding', RBAC, 'clusterrolebindings', REFRESHER_RBAC),
      subject: REFRESHERS_GROUP,
    },
    ...effectiveNamespaces(settings).flatMap((namespace) => [
      inNamespace(namespace, 'Role', 'roles'),
      { ...inNamespace(namespace, 'RoleBinding', 'rolebindings'), subject: REFRESHERS_GROUP },
    ]),
    inCluster('ClusterRole', RBAC, 'clusterroles', FORWARDER_SERVICE_ACCOUNT),
    {
      ...inCluster('ClusterRoleBinding', RBAC, 'clusterrolebindings', FORWARDER_SERVICE_ACCOUNT),
      subject: FORWARDER_SERVICE_ACCOUNT,
    },
  ];
}

const RBAC = '/apis/rbac.authorization.k8s.io/v1';

function inCluster(kind: string, api: string, plural: string, name: string): ExpectedObject {
  return { shown: `${kind} ${name}`, path: `${api}/${plural}/${name}`, right: `get ${plural}` };
}

function inNamespace(namespace: string, kind: string, plural: string): ExpectedObject {
  return {
    shown: `${kind} ${REFRESHER_RBAC} in namespace "${namespace}"`,
    path: `${RBAC}/namespaces/${namespace}/${plural}/${REFRESHER_RBAC}`,
    right: `get ${plural} in namespace "${namespace}"`,
  };
}

/** Of a binding, the names of its subjects. */
const schema = z.object({
  subjects: z
    .array(z.object({ name: z.string() }))
    .default([])
    .transform((subjects) => subjects.map(({ name }) => name)),
});

/** The chart is installed for the namespaces that are looked at. */
export const chartCheck: Check = {
  id: 'chart',
  title: 'chart',
  requires: ['cluster'],
  after: ['right-cluster', 'version'],
  async run({ cluster, settings }) {
    const found: FoundObject[] = [];
    for (const expected of chartObjects(settings)) {
      const { path, right } = expected;
      found.push({ expected, reading: await cluster.read({ path, right, schema }) });
    }
    return judgeChart(found, settings);
  },
};

/** Judges what was found of the chart. */
export function judgeChart(found: readonly FoundObject[], settings: ClusterSettings): Finding {
  const broken = found.find(({ reading }) => reading.kind === 'failed');
  if (broken?.reading.kind === 'failed') return unread(broken.reading);
  const missing = found.filter(({ reading }) => reading.kind === 'absent');
  const astray = found.filter(isAstray);
  const [first] = [...missing, ...astray];
  if (first !== undefined) {
    const lines = [
      ...missing.map(({ expected }) => `${expected.shown} is missing`),
      ...astray.map(({ expected }) => `${expected.shown} does not name ${expected.subject}`),
    ];
    const says =
      lines.length === 1 ? (lines[0] ?? '') : `${lines.length} of its objects are not right`;
    const remedy = first.expected.remedy ?? installChart(settings);
    return failed(says, remedy, lines.length === 1 ? [] : lines);
  }
  const unseen = found.flatMap(({ reading }) => (reading.kind === 'forbidden' ? [reading] : []));
  if (unseen.length > 0) return notAllowed([...new Set(unseen.map(({ right }) => right))]);
  return ok(`${found.length} objects`);
}

function isAstray({ expected: { subject }, reading }: FoundObject): boolean {
  return (
    subject !== undefined && reading.kind === 'read' && !reading.value.subjects.includes(subject)
  );
}
