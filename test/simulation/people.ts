import { awsIamRoles, HEADER } from '../support/awsiamrole-definition.ts';
import type { SimulatedCluster } from './cluster.ts';
import { withPhase } from './kubelet.ts';
import type { Random } from './random.ts';
import { HOUR, MINUTE, type VirtualTime } from './virtual-time.ts';

/** How a cluster is used: what differs from one seed to another. */
export interface Habits {
  readonly namespaces: readonly string[];
  readonly roles: readonly string[];
  /** How often pods come, and how long they stay, on average and in milliseconds. */
  readonly betweenPods: number;
  readonly podLife: number;
  /** How often an AWSIAMRole comes. */
  readonly betweenResources: number;
  /** How often a namespace's annotation changes, and how often a namespace is deleted. */
  readonly betweenAllowances: number;
  readonly betweenDeletions: number;
  /** How often somebody does something to a Secret; never, where it is nothing. */
  readonly betweenTamperings: number | undefined;
}

export interface PeopleDeps {
  readonly cluster: SimulatedCluster;
  readonly time: VirtualTime;
  /** A source of random numbers for each purpose: what one does is the same whatever the product does. */
  readonly randomFor: (purpose: string) => Random;
  /** Nobody does anything after, in milliseconds. */
  readonly until: number;
}

/** What people did. */
export interface PeopleCounts {
  pods: number;
  resources: number;
  tamperings: number;
}

/** Habits of a seed: from a sleepy cluster to one in which everything is done all the time. */
export function habitsOf(random: Random): Habits {
  const names = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
  return {
    namespaces: names('ns', random.int(2, 5)),
    roles: names('role', random.pick([3, 3, 3, 3, 8, 8, 8, 20])),
    betweenPods: random.pick([2, 6, 15, 30]) * MINUTE,
    podLife: random.pick([10 * MINUTE, HOUR, 5 * HOUR]),
    betweenResources: random.pick([1, 4, 24]) * HOUR,
    betweenAllowances: random.pick([0.5, 3, 24]) * HOUR,
    betweenDeletions: random.pick([4, 24, 240]) * HOUR,
    betweenTamperings: random.chance(0.8) ? random.pick([0.2, 1, 8]) * HOUR : undefined,
  };
}

/** Has everybody go about their business. */
export function startPeople(habits: Habits, deps: PeopleDeps): PeopleCounts {
  const counts: PeopleCounts = { pods: 0, resources: 0, tamperings: 0 };
  const everyNow = (purpose: string, mean: number, act: (random: Random, nth: number) => void) => {
    const random = deps.randomFor(purpose);
    let nth = 0;
    const next = () =>
      deps.time.after(random.wait(mean), () => {
        if (deps.time.elapsed >= deps.until) return;
        nth += 1;
        act(random, nth);
        next();
      });
    next();
  };
  const founding = deps.randomFor('founding');
  for (const name of habits.namespaces) createNamespace(deps, habits, founding, name);
  everyNow('pods', habits.betweenPods, (random, nth) => {
    counts.pods += 1;
    createPod(deps, habits, random, nth);
  });
  everyNow('resources', habits.betweenResources, (random, nth) => {
    counts.resources += 1;
    createResource(deps, habits, random, nth);
  });
  everyNow('allowances', habits.betweenAllowances, (random) => {
    const path = `/api/v1/namespaces/${random.pick(habits.namespaces)}`;
    patch(deps, path, { metadata: { annotations: allowance(habits, random) } });
  });
  everyNow('deletions', habits.betweenDeletions, (random) => {
    const name = random.pick(habits.namespaces);
    deps.cluster.asAdmin('DELETE', `/api/v1/namespaces/${name}`);
    const again = random.wait(10 * MINUTE);
    deps.time.after(again, () => createNamespace(deps, habits, random, name));
  });
  if (habits.betweenTamperings !== undefined) {
    everyNow('tamperings', habits.betweenTamperings, (random) => {
      counts.tamperings += 1;
      tamper(deps, habits, random);
    });
  }
  return counts;
}

function createNamespace(
  { cluster }: PeopleDeps,
  habits: Habits,
  random: Random,
  name: string,
): void {
  const annotations = allowance(habits, random);
  cluster.asAdmin('POST', '/api/v1/namespaces', { metadata: { name, annotations } });
}

const ALLOWED_ROLES = 'iam.amazonaws.com/allowed-roles';

function allowance({ roles }: Habits, random: Random): Record<string, string> {
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

/** Names of Secrets that pods mount beside those of roles that they may have. */
const UNUSUAL = ['aws-iam-other', 'aws-iam-role-denied', 'aws-iam-x-token-bcdfg', 'aws-iam-Upper'];

function createPod(deps: PeopleDeps, habits: Habits, random: Random, nth: number): void {
  const { cluster, time } = deps;
  const namespace = random.pick(habits.namespaces);
  const name = `pod-${nth}`;
  const wanted = Array.from({ length: random.pick([1, 1, 1, 2, 4]) }, () =>
    random.chance(0.05) ? random.pick(UNUSUAL) : `aws-iam-${random.pick(habits.roles)}`,
  );
  const volumes = [...new Set(wanted)].map((secretName, i) => {
    const optional = random.chance(0.1);
    const source = random.chance(0.2)
      ? { projected: { sources: [{ secret: { name: secretName, optional } }] } }
      : { secret: { secretName, optional } };
    return { name: `v${i}`, ...source };
  });
  const volumeMounts = volumes.map((volume, i) => ({ name: volume.name, mountPath: `/m${i}` }));
  const spec = { containers: [{ name: 'c', image: 'app', volumeMounts }], volumes };
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  cluster.asAdmin('POST', pods, { metadata: { name }, spec });
  const life = random.wait(habits.podLife);
  const isCompleted = random.chance(0.3);
  time.after(life, () => {
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

function createResource(deps: PeopleDeps, habits: Habits, random: Random, nth: number): void {
  const { cluster, time } = deps;
  const namespace = random.pick(habits.namespaces);
  const name = random.chance(0.2) ? `aws-iam-${random.pick(habits.roles)}` : `resource-${nth % 7}`;
  const specOf = () => ({
    roleReference: random.pick([
      random.pick(habits.roles),
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
  later(editAfter, () => patch(deps, `${resources}/${name}`, { spec: edited }));
  later(deleteAfter, () => cluster.asAdmin('DELETE', `${resources}/${name}`));
}

/** Somebody does to a Secret what nobody should. */
function tamper(deps: PeopleDeps, habits: Habits, random: Random): void {
  const { cluster, time } = deps;
  const namespace = random.pick(habits.namespaces);
  const name = `aws-iam-${random.pick(habits.roles)}`;
  const secrets = `/api/v1/namespaces/${namespace}/secrets`;
  const path = `${secrets}/${name}`;
  const minutesFromNow = (minutes: number) =>
    new Date(time.now().getTime() + minutes * MINUTE).toISOString().replace(/\.\d+Z$/, 'Z');
  const annotate = (annotations: Record<string, string | null>) =>
    patch(deps, path, { metadata: { annotations } });
  const data = { credentials: Buffer.from('stale').toString('base64') };
  const heritage = { heritage: 'kube-aws-iam-controller' };
  random.pick([
    () => cluster.asAdmin('DELETE', path),
    () => patch(deps, path, { metadata: { labels: { heritage: null } } }),
    () => patch(deps, path, { metadata: { labels: { type: 'awsiamrole' } } }),
    () => patch(deps, path, { data }),
    () => annotate({ 'kube-aws-iam/expires-at': '9999-12-31T23:59:59Z' }),
    () => annotate({ 'kube-aws-iam/expires-at': 'tomorrow' }),
    () => annotate({ 'kube-aws-iam/expires-at': minutesFromNow(64) }),
    () => annotate({ 'kube-aws-iam/unused-since': minutesFromNow(-1_000) }),
    () => annotate({ 'kube-aws-iam/unused-since': 'never', 'kube-aws-iam/expires-at': null }),
    // Somebody's own, and one of the controller of 2018.
    () => cluster.asAdmin('POST', secrets, { metadata: { name }, data }),
    () => cluster.asAdmin('POST', secrets, { metadata: { name, labels: heritage }, data }),
  ])();
}

function patch({ cluster }: PeopleDeps, path: string, body: object): void {
  cluster.asAdmin('PATCH', path, body, 'application/merge-patch+json');
}
