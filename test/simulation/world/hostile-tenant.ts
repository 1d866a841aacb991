import type { CredentialRequest } from '../../../contract/pod-event.ts';
import type { StoredObject } from '../../../local/kubernetes/objects/stored-object.ts';
import { awsIamRoles, HEADER } from '../../support/chart/awsiamrole-definition.ts';
import { patch, type SimulatedCluster } from './cluster.ts';
import type { EventBus } from './event-bus.ts';
import type { Random } from './random.ts';
import { MINUTE, SECOND, type VirtualTime } from './virtual-time.ts';

/** The namespace of a tenant who attacks the others, and does what its RBAC allows. */
export const HOSTILE_NAMESPACE = 'hostile';

/** Roles with this prefix do not exist: STS denies them. */
export const MISSING_ROLE_PREFIX = 'role-missing-';

interface HostileTenantDeps {
  readonly cluster: SimulatedCluster;
  readonly time: VirtualTime;
  readonly random: Random;
  /** The tenant has got hold of the forwarder's credentials. */
  readonly bus: EventBus;
  /** The namespaces and roles of the others. */
  readonly namespaces: readonly string[];
  readonly roles: readonly string[];
  /** When the attacks end, in milliseconds since the start. */
  readonly until: number;
}

/** What the tenant did. */
export interface HostileCounts {
  attacks: number;
}

/** An attack, which undoes what would slow down the rest of the simulation. */
type Attack = (tenant: Tenant) => void;

/** Its pods and AWSIAMRoles, and what it does to its Secrets. */
interface Tenant extends HostileTenantDeps {
  /** Returns a name that was not used yet. */
  readonly newName: (prefix: string) => string;
}

const IN_NAMESPACE = `/api/v1/namespaces/${HOSTILE_NAMESPACE}`;
const RESOURCES = awsIamRoles(HOSTILE_NAMESPACE);
const HERITAGE = { heritage: 'kube-aws-iam-controller' };

/** Numbers of objects, usually a few dozen. */
const MANY = [12, 12, 12, 25, 25, 80];

/** Creates the namespace and attacks at random times, in the ways that the seed chooses. */
export function startHostileTenant(deps: HostileTenantDeps): HostileCounts {
  const { cluster, time, random, until } = deps;
  const counts: HostileCounts = { attacks: 0 };
  let names = 0;
  const tenant: Tenant = { ...deps, newName: (prefix) => `${prefix}${++names}` };
  allowRoles(cluster, '["*"]', 'POST');
  const chosen = ATTACKS.filter(() => random.chance(0.25));
  for (const attack of chosen) {
    const mean = random.pick([20, 50, 120]) * MINUTE;
    const next = () =>
      time.after(random.wait(mean), () => {
        if (time.elapsed >= until) return;
        counts.attacks += 1;
        attack(tenant);
        next();
      });
    next();
  }
  // The last attack: most Secrets of the cluster are unused at once.
  time.after(until, () => {
    for (const { metadata } of objectsIn(cluster, 'pods')) deletePod(cluster, metadata.name);
    cluster.asAdmin('DELETE', RESOURCES);
  });
  return counts;
}

const ATTACKS: readonly Attack[] = [
  namesThousandsOfSecrets,
  createsAwsIamRoles,
  createsAndDeletesPods,
  forgesEvents,
  requestsMissingRoles,
  makesSecretsUnwritable,
  deletesAllPodsAtOnce,
  allowsRolesAtGreatExpense,
  changesTheNamespace,
  forgesManagedSecrets,
];

/** One pod with thousands of names: first many useless ones, last those of Secrets that it has used before. */
function namesThousandsOfSecrets(tenant: Tenant): void {
  const { cluster, time, random, newName, roles } = tenant;
  const count = random.pick([100, 300, 300, 300, 3_000]);
  const prefix = random.pick(['aws-iam-role-missing-', 'aws-iam-role-9', 'other-', 'aws-iam-X_']);
  const used = roles.slice(0, 2).map((role) => `aws-iam-${role}`);
  const first = newName('usual-');
  createPod(cluster, first, used);
  const useless = Array.from({ length: count }, (_, i) => `${prefix}${i}`);
  const name = newName('huge-');
  const isOptional = random.chance(0.7);
  const hasVariables = random.chance(0.3);
  time.after(2 * MINUTE, () => {
    createPod(cluster, name, [...useless, ...used], { isOptional, hasVariables });
    time.after(MINUTE, () => deletePod(cluster, first));
  });
  time.after(random.int(4, 60) * MINUTE, () => deletePod(cluster, name));
}

/** Many AWSIAMRoles, some of them as large as a CRD without limits allows. */
function createsAwsIamRoles({ cluster, time, random, newName }: Tenant): void {
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

/** A pod each second, each with other roles. */
function createsAndDeletesPods({ cluster, time, random, newName }: Tenant): void {
  const seconds = random.pick([20, 20, 60]);
  const rolesPerPod = random.pick([1, 1, 5, 20]);
  const isMissing = random.chance(0.7);
  for (let second = 0; second < seconds; second += 1) {
    const name = newName('flapping-');
    const secretNames = Array.from({ length: rolesPerPod }, (_, i) =>
      isMissing ? `aws-iam-${MISSING_ROLE_PREFIX}${name}-${i}` : `aws-iam-role-${second % 10}${i}`,
    );
    time.after(second * SECOND, () => createPod(cluster, name, secretNames));
    time.after((second + 5) * SECOND, () => deletePod(cluster, name));
  }
}

/** Events about objects that do not exist, and about those of the others. */
function forgesEvents({ bus, time, random, namespaces, roles }: Tenant): void {
  const events = random.pick([1, 1, 1, 6]);
  const size = random.pick([20, 20, 100]);
  for (let i = 0; i < events; i += 1) {
    const wanted = Array.from({ length: size }, (_, j): CredentialRequest => {
      const namespace = random.pick([...namespaces, HOSTILE_NAMESPACE]);
      const seenAt = time.now().toISOString();
      const name = random.pick([`aws-iam-x${i}-${j}`, `aws-iam-${random.pick(roles)}`]);
      return random.chance(0.3)
        ? { namespace, awsIamRole: name, seenAt }
        : { namespace, secret: name, pod: `pod-${random.int(1, 50)}`, seenAt };
    });
    time.after(random.int(0, 20) * SECOND, () => bus.publish(wanted));
  }
}

/** Pods that wait for roles that do not exist. */
function requestsMissingRoles({ cluster, time, random, newName }: Tenant): void {
  const pods = random.pick([1, 1, 5, 30]);
  const maxMinutes = pods === 30 ? 6 : 40;
  for (let i = 0; i < pods; i += 1) {
    const name = newName('waiting-');
    const secretNames = Array.from(
      { length: 20 },
      (_, j) => `aws-iam-${MISSING_ROLE_PREFIX}${i}-${j}`,
    );
    createPod(cluster, name, secretNames);
    time.after(random.int(1, maxMinutes) * MINUTE, () => deletePod(cluster, name));
  }
}

/** Its Secrets cannot be renewed, or not be removed. */
function makesSecretsUnwritable({ cluster, time, random }: Tenant): void {
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

/** Pods that have their Secrets are deleted together. */
function deletesAllPodsAtOnce({ cluster, time, random, newName }: Tenant): void {
  const names = Array.from({ length: random.pick(MANY) }, () => newName('usual-'));
  for (const [i, name] of names.entries()) createPod(cluster, name, [`aws-iam-role-${i}`]);
  time.after(random.int(3, 20) * MINUTE, () => {
    for (const { metadata } of objectsIn(cluster, 'pods')) deletePod(cluster, metadata.name);
  });
}

/** Patterns that take long to compile or to match. */
function allowsRolesAtGreatExpense({ cluster, time, random }: Tenant): void {
  const patterns = random.pick([
    Array.from({ length: 200 }, (_, i) => `${'*r*o*l*e'.repeat(5)}${i}`),
    Array.from({ length: 2_000 }, (_, i) => `role-${i}-*`),
    [`${'*'.repeat(500)}x`],
  ]);
  allowRoles(cluster, JSON.stringify(patterns));
  time.after(random.int(1, 10) * MINUTE, () => allowRoles(cluster, '["*"]'));
}

/** Permissions that change each second, and a namespace that is deleted and created again. */
function changesTheNamespace({ cluster, time, random }: Tenant): void {
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
function forgesManagedSecrets({ cluster, time, random, newName }: Tenant): void {
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

interface PodOptions {
  readonly isOptional?: boolean;
  /** Whether a container uses the Secrets as environment variables too. */
  readonly hasVariables?: boolean;
}

function createPod(
  cluster: SimulatedCluster,
  name: string,
  secretNames: readonly string[],
  { isOptional = false, hasVariables = false }: PodOptions = {},
): void {
  const sources = secretNames.map((secret) => ({ secret: { name: secret, optional: isOptional } }));
  const env = secretNames.map((secret, i) => ({
    name: `V${i}`,
    valueFrom: { secretKeyRef: { name: secret, key: 'expire', optional: true } },
  }));
  const container = {
    name: 'c',
    image: 'app',
    volumeMounts: [{ name: 'v', mountPath: '/m' }],
    ...(hasVariables ? { env } : {}),
  };
  const spec = { containers: [container], volumes: [{ name: 'v', projected: { sources } }] };
  cluster.asAdmin('POST', `${IN_NAMESPACE}/pods`, { metadata: { name }, spec });
}

function deletePod(cluster: SimulatedCluster, name: string): void {
  cluster.asAdmin('DELETE', `${IN_NAMESPACE}/pods/${name}`);
}

function objectsIn(cluster: SimulatedCluster, collection: string): readonly StoredObject[] {
  return cluster.store
    .snapshot(collection)
    .objects.filter(({ metadata }) => metadata.namespace === HOSTILE_NAMESPACE);
}

function allowRoles(
  cluster: SimulatedCluster,
  patterns: string,
  method: 'PATCH' | 'POST' = 'PATCH',
): void {
  const metadata = {
    name: HOSTILE_NAMESPACE,
    annotations: { 'iam.amazonaws.com/allowed-roles': patterns },
  };
  if (method === 'POST') cluster.asAdmin('POST', '/api/v1/namespaces', { metadata });
  else patch(cluster, IN_NAMESPACE, { metadata });
}
