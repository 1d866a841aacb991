import { awsIamRoles, HEADER } from '../../../support/chart/awsiamrole-definition.ts';
import { patch, type SimulatedCluster } from '../cluster.ts';
import { MINUTE, SECOND } from '../virtual-time.ts';
import {
  allowRoles,
  HOSTILE_NAMESPACE,
  IN_NAMESPACE,
  MANY,
  objectsIn,
  type Tenant,
} from './tenant.ts';

/** Path of its AWSIAMRoles. */
const RESOURCES = awsIamRoles(HOSTILE_NAMESPACE);
const HERITAGE = { heritage: 'kube-aws-iam-controller' };

/** Many AWSIAMRoles, some of them as large as a CRD without limits allows. */
export function createsAwsIamRoles({ cluster, time, random, newName }: Tenant): void {
  const isHuge = random.chance(0.3);
  const isImmutable = random.chance(0.5);
  const names = Array.from({ length: random.pick(MANY) }, () => newName('resource-'));
  for (const [i, name] of names.entries()) {
    const roleReference = isHuge ? 'x'.repeat(5_000) : `role-${i}`;
    const labels = isHuge ? { padding: 'x'.repeat(5_000) } : {};
    cluster.asAdmin('POST', RESOURCES, {
      ...HEADER,
      metadata: { name },
      spec: { roleReference: 'role-0', roleSessionDuration: 900 },
    });
    const resource = cluster.store.get(RESOURCE_COLLECTION, HOSTILE_NAMESPACE, name);
    if (resource === undefined) continue;
    // As if the installed CRD were another product's.
    cluster.store.put(RESOURCE_COLLECTION, {
      ...resource,
      metadata: { ...resource.metadata, labels },
      ...{ spec: { roleReference, roleSessionDuration: 900 } },
    });
  }
  time.after(2 * MINUTE, () => {
    if (isImmutable) makeImmutable(cluster);
  });
  time.after(random.int(3, 30) * MINUTE, () => {
    for (const name of names) cluster.asAdmin('DELETE', `${RESOURCES}/${name}`);
  });
}

const RESOURCE_COLLECTION = 'awsiamroles.zalando.org';

/** Deletes all of its AWSIAMRoles. */
export function deleteAwsIamRoles(cluster: SimulatedCluster): void {
  for (const { metadata } of objectsIn(cluster, RESOURCE_COLLECTION)) {
    cluster.asAdmin('DELETE', `${RESOURCES}/${metadata.name}`);
  }
}

/** Its Secrets cannot be renewed, or not be removed. */
export function makesSecretsUnwritable({ cluster, time, random }: Tenant): void {
  if (random.chance(0.5)) {
    makeImmutable(cluster);
    return;
  }
  const metadata = { finalizers: ['example.com/hold'] };
  const secrets = objectsIn(cluster, 'secrets');
  for (const {
    metadata: { name },
  } of secrets) {
    patch(cluster, `${IN_NAMESPACE}/secrets/${name}`, { metadata });
    if (random.chance(0.3)) cluster.asAdmin('DELETE', `${IN_NAMESPACE}/secrets/${name}`);
  }
  time.after(random.int(10, 60) * MINUTE, () => {
    for (const {
      metadata: { name },
    } of secrets) {
      patch(cluster, `${IN_NAMESPACE}/secrets/${name}`, { metadata: { finalizers: null } });
    }
  });
}

function makeImmutable(cluster: SimulatedCluster): void {
  for (const { metadata } of objectsIn(cluster, 'secrets')) {
    patch(cluster, `${IN_NAMESPACE}/secrets/${metadata.name}`, { immutable: true });
  }
}

/** Patterns that take long to compile or to match. */
export function allowsRolesAtGreatExpense({ cluster, time, random }: Tenant): void {
  const patterns = random.pick([
    Array.from({ length: 200 }, (_, i) => `${'*r*o*l*e'.repeat(5)}${i}`),
    Array.from({ length: 2_000 }, (_, i) => `role-${i}-*`),
    [`${'*'.repeat(500)}x`],
  ]);
  allowRoles(cluster, JSON.stringify(patterns));
  time.after(random.int(1, 10) * MINUTE, () => allowRoles(cluster, '["*"]'));
}

/** Permissions that change each second, and a namespace that is deleted and created again. */
export function changesTheNamespace({ cluster, time, random }: Tenant): void {
  if (random.chance(0.3)) {
    cluster.asAdmin('DELETE', IN_NAMESPACE);
    time.after(random.int(1, 60) * SECOND, () => allowRoles(cluster, '["*"]', 'POST'));
    return;
  }
  for (let second = 0; second < 120; second += 1) {
    const roles = second % 2 === 0 ? '["*"]' : `["role-${second}"]`;
    time.after(second * SECOND, () => allowRoles(cluster, roles));
  }
}

/** Secrets that look like the product's, half of them with a forged unused mark. */
export function forgesManagedSecrets({ cluster, time, random, newName }: Tenant): void {
  const count = random.pick(MANY);
  const annotationsOf = (i: number) =>
    i % 2 === 0 ? {} : { 'kube-aws-iam/unused-since': '2020-01-01T00:00:00Z' };
  for (let i = 0; i < count; i += 1) {
    const name = newName('aws-iam-role-1000');
    const metadata = { name, labels: HERITAGE, annotations: annotationsOf(i) };
    cluster.asAdmin('POST', `${IN_NAMESPACE}/secrets`, { metadata });
    time.after(random.int(5, 60) * MINUTE, () =>
      cluster.asAdmin('DELETE', `${IN_NAMESPACE}/secrets/${name}`),
    );
  }
}
