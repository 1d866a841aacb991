import { awsIamRoles, HEADER } from '../../support/chart/awsiamrole-definition.ts';
import { patch, type SimulatedCluster } from './cluster.ts';
import { withPhase } from './kubelet.ts';
import { disturbOwnership } from './ownership-faults.ts';
import type { Random } from './random.ts';
import { HOUR, MINUTE, type VirtualTime } from './virtual-time.ts';

/** How a cluster is used, which differs between seeds. Intervals are averages in milliseconds. */
interface WorkloadProfile {
  readonly namespaces: readonly string[];
  readonly roles: readonly string[];
  /** Between two new pods, and how long a pod lives. */
  readonly betweenPods: number;
  readonly podLifetime: number;
  /** Between two new AWSIAMRoles. */
  readonly betweenAwsIamRoles: number;
  /** Between two changes of a namespace's annotation, and between two deletions of a namespace. */
  readonly betweenPermissionChanges: number;
  readonly betweenDeletions: number;
  /** Between two manipulations of a Secret; undefined for never. */
  readonly betweenTamperings: number | undefined;
  /** Between two disturbances of what objects own and what keeps them; undefined for never. */
  readonly betweenDisturbances: number | undefined;
}

interface WorkloadDeps {
  readonly cluster: SimulatedCluster;
  readonly time: VirtualTime;
  /** Returns a generator for a purpose, so that the workload does not depend on what the product does. */
  readonly randomFor: (purpose: string) => Random;
  /** When the workload stops, in milliseconds since the start. */
  readonly until: number;
  /** The longest session, in milliseconds. */
  readonly longestMs: number;
}

/** What the workload did. */
interface WorkloadCounts {
  pods: number;
  awsIamRoles: number;
  tamperings: number;
}

/** Creates the profile of a seed, from an almost idle cluster to a very busy one. */
export function createWorkloadProfile(random: Random): WorkloadProfile {
  const names = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
  const profile = {
    namespaces: names('ns', random.int(2, 5)),
    roles: names('role', random.pick([3, 3, 3, 3, 8, 8, 8, 20])),
    betweenPods: random.pick([2, 6, 15, 30]) * MINUTE,
    podLifetime: random.pick([10 * MINUTE, HOUR, 5 * HOUR]),
    betweenAwsIamRoles: random.pick([1, 4, 24]) * HOUR,
    betweenPermissionChanges: random.pick([0.5, 3, 24]) * HOUR,
    betweenDeletions: random.pick([4, 24, 240]) * HOUR,
    betweenTamperings: random.chance(0.8) ? random.pick([0.2, 1, 8]) * HOUR : undefined,
  };
  const isTampered = profile.betweenTamperings !== undefined;
  return { ...profile, betweenDisturbances: isTampered ? random.pick([0.5, 3]) * HOUR : undefined };
}

/** Starts the workload. */
export function startWorkload(profile: WorkloadProfile, deps: WorkloadDeps): WorkloadCounts {
  const counts: WorkloadCounts = { pods: 0, awsIamRoles: 0, tamperings: 0 };
  const repeat = (purpose: string, mean: number, act: (random: Random, count: number) => void) => {
    const random = deps.randomFor(purpose);
    let count = 0;
    const next = () =>
      deps.time.after(random.wait(mean), () => {
        if (deps.time.elapsed >= deps.until) return;
        count += 1;
        act(random, count);
        next();
      });
    next();
  };
  const initial = deps.randomFor('founding');
  for (const name of profile.namespaces) createNamespace(deps, profile, initial, name);
  const extras = deps.randomFor('unusual pods');
  repeat('pods', profile.betweenPods, (random, count) => {
    counts.pods += 1;
    createPod(deps, profile, random, count, extras);
  });
  repeat('resources', profile.betweenAwsIamRoles, (random, count) => {
    counts.awsIamRoles += 1;
    createAwsIamRole(deps, profile, random, count);
  });
  repeat('allowances', profile.betweenPermissionChanges, (random) => {
    const path = `/api/v1/namespaces/${random.pick(profile.namespaces)}`;
    const annotations = allowedRolesAnnotation(profile, random);
    patch(deps.cluster, path, { metadata: { annotations } });
  });
  repeat('deletions', profile.betweenDeletions, (random) => {
    const name = random.pick(profile.namespaces);
    deps.cluster.asAdmin('DELETE', `/api/v1/namespaces/${name}`);
    const again = random.wait(10 * MINUTE);
    deps.time.after(again, () => createNamespace(deps, profile, random, name));
  });
  if (profile.betweenTamperings !== undefined) {
    repeat('tamperings', profile.betweenTamperings, (random) => {
      counts.tamperings += 1;
      tamper(deps, profile, random);
    });
  }
  if (profile.betweenDisturbances !== undefined) {
    repeat('disturbances', profile.betweenDisturbances, (random) => {
      counts.tamperings += 1;
      disturbOwnership(deps, profile.roles, random.pick(profile.namespaces), random);
    });
  }
  return counts;
}

function createNamespace(
  { cluster }: WorkloadDeps,
  profile: WorkloadProfile,
  random: Random,
  name: string,
): void {
  const annotations = allowedRolesAnnotation(profile, random);
  cluster.asAdmin('POST', '/api/v1/namespaces', { metadata: { name, annotations } });
}

const ALLOWED_ROLES = 'iam.amazonaws.com/allowed-roles';

function allowedRolesAnnotation(
  { roles }: WorkloadProfile,
  random: Random,
): Record<string, string> {
  const some = roles.filter(() => random.chance(0.7));
  const value = random.pick([
    '["*"]',
    '["role-*", "team/*"]',
    '["role-1*", "role-2*"]',
    JSON.stringify(some),
    JSON.stringify(some),
    random.chance(0.5) ? '["role-0", ' : '[]',
  ]);
  return { [ALLOWED_ROLES]: value };
}

/** Names of Secrets whose roles pods may not have, or that stand for no role. */
const UNUSUAL_SECRET_NAMES = [
  'aws-iam-other',
  'aws-iam-role-denied',
  'aws-iam-x-token-bcdfg',
  'aws-iam-Upper',
];

function createPod(
  deps: WorkloadDeps,
  profile: WorkloadProfile,
  random: Random,
  count: number,
  extras: Random,
): void {
  const { cluster, time } = deps;
  const namespace = random.pick(profile.namespaces);
  const name = `pod-${count}`;
  const secretNames = Array.from({ length: random.pick([1, 1, 1, 2, 4]) }, () =>
    random.chance(0.05)
      ? random.pick(UNUSUAL_SECRET_NAMES)
      : `aws-iam-${random.pick(profile.roles)}`,
  );
  const volumes = [...new Set(secretNames)].map((secretName, i) => {
    const optional = random.chance(0.1);
    const source = random.chance(0.2)
      ? { projected: { sources: [{ secret: { name: secretName, optional } }] } }
      : { secret: { secretName, optional } };
    return { name: `v${i}`, ...source };
  });
  const volumeMounts = volumes.map((volume, i) => ({ name: volume.name, mountPath: `/m${i}` }));
  const variable = `aws-iam-${extras.pick(profile.roles)}`;
  const env = extras.chance(0.1) ? [variableOf(variable)] : [];
  const isGated = extras.chance(0.05);
  const spec = {
    containers: [{ name: 'c', image: 'app', volumeMounts, env }],
    volumes,
    schedulingGates: isGated ? [{ name: 'example.com/quota' }] : [],
  };
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  cluster.asAdmin('POST', pods, { metadata: { name }, spec });
  if (isGated) {
    time.after(extras.wait(10 * MINUTE), () =>
      patch(cluster, `${pods}/${name}`, { spec: { schedulingGates: null } }),
    );
  }
  const lifetime = random.wait(profile.podLifetime);
  const isCompleted = random.chance(0.3);
  time.after(lifetime, () => {
    if (time.elapsed >= deps.until) return;
    if (!isCompleted) {
      cluster.asAdmin('DELETE', `${pods}/${name}`);
      return;
    }
    const pod = cluster.store.get('pods', namespace, name);
    if (pod !== undefined) cluster.store.put('pods', withPhase(pod, 'Succeeded'));
    time.after(HOUR, () => cluster.asAdmin('DELETE', `${pods}/${name}`));
  });
}

function variableOf(secretName: string) {
  const secretKeyRef = { name: secretName, key: 'expire', optional: true };
  return { name: 'EXPIRY', valueFrom: { secretKeyRef } };
}

function createAwsIamRole(
  deps: WorkloadDeps,
  profile: WorkloadProfile,
  random: Random,
  count: number,
): void {
  const { cluster, time } = deps;
  const namespace = random.pick(profile.namespaces);
  const name = random.chance(0.2)
    ? `aws-iam-${random.pick(profile.roles)}`
    : `resource-${count % 7}`;
  const specOf = () => ({
    roleReference: random.pick([
      random.pick(profile.roles),
      'team/Role-1',
      'arn:aws:iam::123456789012:role/role-0',
      'other',
      'role-denied',
    ]),
    roleSessionDuration: random.pick([900, 1_800, 3_600, 43_200]),
  });
  const resources = awsIamRoles(namespace);
  cluster.asAdmin('POST', resources, { ...HEADER, metadata: { name }, spec: specOf() });
  const edited = specOf();
  const [editAfter, deleteAfter] = [random.wait(2 * HOUR), random.wait(6 * HOUR)];
  const later = (wait: number, act: () => void) =>
    time.after(wait, () => {
      if (time.elapsed < deps.until) act();
    });
  later(editAfter, () => patch(cluster, `${resources}/${name}`, { spec: edited }));
  later(deleteAfter, () => cluster.asAdmin('DELETE', `${resources}/${name}`));
}

/** Manipulates a Secret in a way that the product must withstand. */
function tamper(deps: WorkloadDeps, profile: WorkloadProfile, random: Random): void {
  const { cluster, time } = deps;
  const namespace = random.pick(profile.namespaces);
  const name = `aws-iam-${random.pick(profile.roles)}`;
  const secrets = `/api/v1/namespaces/${namespace}/secrets`;
  const path = `${secrets}/${name}`;
  const minutesFromNow = (minutes: number) =>
    new Date(time.now().getTime() + minutes * MINUTE).toISOString().replace(/\.\d+Z$/, 'Z');
  const annotate = (annotations: Record<string, string | null>) =>
    patch(cluster, path, { metadata: { annotations } });
  const data = { credentials: Buffer.from('stale').toString('base64') };
  const heritage = { heritage: 'kube-aws-iam-controller' };
  random.pick([
    () => cluster.asAdmin('DELETE', path),
    () => patch(cluster, path, { metadata: { labels: { heritage: null } } }),
    () => patch(cluster, path, { metadata: { labels: { type: 'awsiamrole' } } }),
    () => patch(cluster, path, { data }),
    () => annotate({ 'kube-aws-iam/expires-at': '9999-12-31T23:59:59Z' }),
    () => annotate({ 'kube-aws-iam/expires-at': 'tomorrow' }),
    () => annotate({ 'kube-aws-iam/expires-at': minutesFromNow(deps.longestMs / MINUTE + 4) }),
    () => annotate({ 'kube-aws-iam/unused-since': minutesFromNow(-1_000) }),
    () => annotate({ 'kube-aws-iam/unused-since': 'never', 'kube-aws-iam/expires-at': null }),
    // A foreign Secret, and one of the first version of kube-aws-iam-controller.
    () => cluster.asAdmin('POST', secrets, { metadata: { name }, data }),
    () => cluster.asAdmin('POST', secrets, { metadata: { name, labels: heritage }, data }),
  ])();
}
