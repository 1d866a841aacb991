import { PASS } from '../../../contract/pass.ts';
import type { PassReport } from '../../../lambda/report/pass-report.ts';
import type { Violation } from '../../invariants/facts.ts';
import { createInvariantChecker } from '../../invariants/invariant-checker.ts';
import { aPolicy, BASE_ROLE_ARN } from '../../support/builders/builders.ts';
import { clusterParts, createSimulatedCluster, type SimulatedCluster } from '../world/cluster.ts';
import { NO_FAULTS } from '../world/fault-injection.ts';
import { createSimulatedFunctions } from '../world/functions.ts';
import { followPods } from '../world/kubelet.ts';
import { createRandom } from '../world/random.ts';
import { createVirtualTime, every, HOUR, MINUTE } from '../world/virtual-time.ts';

/** Pods of each namespace; each mounts a Secret of its own. */
export const NAMESPACES = { shop: 14, bank: 6, tools: 4, other: 12 } as const;
export type Namespace = keyof typeof NAMESPACES;
export const ALL = Object.keys(NAMESPACES) as readonly Namespace[];

/** What happens to the cluster, in hours since the start. */
interface PodVisibility {
  readonly hours: number;
  /** The namespaces whose pods do not exist at an hour. */
  readonly scaledToZero?: (hour: number) => readonly Namespace[];
  /** The namespaces whose pods the API server omits from complete lists at an hour. */
  readonly omitted?: (hour: number) => readonly Namespace[];
  /** Whether sweeps run at an hour. */
  readonly hasSweeps?: (hour: number) => boolean;
  /** Whether roles trust the refresher at an hour. */
  readonly isTrusted?: (hour: number) => boolean;
}

/** What a world led to. */
interface VisibilityResult {
  /** Without `in-use-marked`, which a wrong list of pods cannot prevent. */
  readonly violations: readonly Violation[];
  readonly crashes: readonly unknown[];
  /** The existing Secrets by hour. */
  readonly secretsAt: (hour: number) => number;
  readonly reports: readonly { readonly hour: number; readonly report: PassReport }[];
  readonly marked: number;
}

/** Longer than in the stack, so that a day passes in a second. */
const REFRESH_PERIOD_MS = 5 * MINUTE;
const SWEEP_PERIOD_MS = 10 * MINUTE;

/** Plays a cluster in which pods are scaled to zero, or are missing in lists. */
export async function playPodVisibility({
  hours,
  scaledToZero = () => [],
  omitted = () => [],
  hasSweeps = () => true,
  isTrusted = () => true,
}: PodVisibility): Promise<VisibilityResult> {
  const time = createVirtualTime(new Date('2026-11-24T00:00:00Z'));
  const hour = () => time.elapsed / HOUR;
  const checker = createInvariantChecker({ baseRoleArn: BASE_ROLE_ARN, isForbidden: () => false });
  const crashes: unknown[] = [];
  const reports: { hour: number; report: PassReport }[] = [];
  const cluster = createSimulatedCluster(await clusterParts(), time, (fact) =>
    checker.record(time.now(), fact),
  );
  followPods(cluster.store, time);
  const functions = createSimulatedFunctions({
    cluster: {
      ...cluster,
      asProduct: (request) =>
        withoutPodsOf(omitted(hour()), request.path, cluster.asProduct(request)),
    },
    time,
    random: createRandom(1, 'functions'),
    faults: NO_FAULTS,
    policy: aPolicy(),
    skew: 0,
    isTrusted: () => isTrusted(hour()),
    onSession: (fact) => checker.record(time.now(), fact),
    onPass: (report) => reports.push({ hour: hour(), report }),
    onCrash: (error) => crashes.push(error),
  });
  const annotations = { 'iam.amazonaws.com/allowed-roles': '["*"]' };
  for (const name of ALL) {
    cluster.asAdmin('POST', '/api/v1/namespaces', { metadata: { name, annotations } });
  }
  scale(cluster, scaledToZero(0));
  every(time, REFRESH_PERIOD_MS, 0, () => {
    scale(cluster, scaledToZero(hour()));
    functions.refresh({ pass: PASS.refresh });
  });
  every(time, SWEEP_PERIOD_MS, MINUTE, () => {
    if (hasSweeps(hour())) functions.sweep({ pass: PASS.sweep });
  });
  const counts: number[] = [];
  for (let elapsed = 0; elapsed < hours * HOUR; elapsed += REFRESH_PERIOD_MS) {
    await time.runUntil(elapsed + 2 * MINUTE);
    if (elapsed % HOUR === 0) counts.push(secretsIn(cluster).length);
  }
  return {
    violations: checker.violations.filter(({ invariant }) => invariant !== 'in-use-marked'),
    crashes,
    secretsAt: (at) => counts[at] ?? Number.NaN,
    reports,
    marked: secretsIn(cluster).filter(
      ({ metadata }) => metadata.annotations?.['kube-aws-iam/unused-since'] !== undefined,
    ).length,
  };
}

function secretsIn({ store }: SimulatedCluster) {
  return store.snapshot('secrets').objects;
}

/** Creates and deletes pods, so that the namespaces have none and the others all of theirs. */
function scale(cluster: SimulatedCluster, empty: readonly Namespace[]): void {
  for (const [namespace, count] of Object.entries(NAMESPACES)) {
    const pods = `/api/v1/namespaces/${namespace}/pods`;
    const isEmpty = empty.some((one) => one === namespace);
    for (let i = 0; i < count; i += 1) {
      const name = `app-${i}`;
      const exists = cluster.store.get('pods', namespace, name) !== undefined;
      if (exists === !isEmpty) continue;
      if (isEmpty) {
        cluster.asAdmin('DELETE', `${pods}/${name}`);
        continue;
      }
      const volumes = [{ name: 'v', secret: { secretName: `aws-iam-${name}` } }];
      const containers = [
        { name: 'c', image: 'app', volumeMounts: [{ name: 'v', mountPath: '/m' }] },
      ];
      cluster.asAdmin('POST', pods, { metadata: { name }, spec: { containers, volumes } });
    }
  }
}

/** Removes the pods of some namespaces from a list of pods. */
function withoutPodsOf(
  namespaces: readonly string[],
  path: string,
  response: ReturnType<SimulatedCluster['asProduct']>,
): ReturnType<SimulatedCluster['asProduct']> {
  if (namespaces.length === 0 || !/\/pods\?/.test(path)) return response;
  const list = JSON.parse(response.body.toString());
  const items = list.items.filter(
    ({ metadata }: { readonly metadata: { readonly namespace: string } }) =>
      !namespaces.includes(metadata.namespace),
  );
  return { ...response, body: JSON.stringify({ ...list, items }) };
}

/** Number of all pods and of their Secrets. */
export const TOTAL = Object.values(NAMESPACES).reduce((sum, count) => sum + count, 0);

/** The reports of what pages somebody after ten minutes (alarms renewals-overdue and secrets-failing). */
export const pages = ({ reports }: VisibilityResult) =>
  reports.filter(
    ({ report }) =>
      report.failedForOperator > 0 ||
      (report.overdueForOperator > 0 && report.longestOverdueSeconds >= 600),
  );

/** The reports of what creates a ticket (alarm pods-unseen). */
export const tickets = ({ reports }: VisibilityResult) =>
  reports.filter(({ report }) => report.wrongMarks > 0);
