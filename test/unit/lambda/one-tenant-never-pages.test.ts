import { describe, expect, it } from 'vitest';
import { AssumeRoleError } from '../../../lambda/act/sessions/assume-role-error.ts';
import { secretKey } from '../../../lambda/decide/requested-secrets.ts';
import type { PassReport } from '../../../lambda/report/pass-report.ts';
import { runPass } from '../../../lambda/run-pass.ts';
import { aNamespace, aPod, listing, minutes } from '../../support/builders/builders.ts';
import { FakeCluster } from '../../support/builders/fake-cluster.ts';

const FOREVER = new AbortController().signal;
const SIGNALS = { observing: FOREVER, acting: FOREVER };

/** The alarms that page need this many passes in a row. */
const ALARM_MINUTES = 10;
/** Within this time, every Secret has been renewed once, so that their renewals are spread. */
const START = 90;

interface World {
  /** Number of roles of each namespace. */
  readonly namespaces: Readonly<Record<string, number>>;
  /** Whether a role is denied in a minute. */
  readonly isDenied: (namespace: string, minute: number, role: string) => boolean;
  readonly until: number;
  /** Pods that wait for a Secret in a minute, in addition. */
  readonly pending?: (minute: number) => FakeCluster['pods'];
}

interface Result {
  /** The first minute in which an alarm pages. */
  readonly pagedAt: number | undefined;
  /** The first minute in which credentials are expired. */
  readonly expiredAt: number | undefined;
  readonly calls: number;
}

/** Runs a refresh pass each minute. The Secrets of the namespaces are created one after the other. */
async function play({ namespaces, isDenied, until, pending = () => [] }: World): Promise<Result> {
  const cluster = new FakeCluster();
  cluster.namespaces = Object.keys(namespaces).map((name) => aNamespace(name));
  const deps = cluster.deps();
  const reports: PassReport[] = [];
  let minute = 0;
  const container = {
    ...deps,
    assumeRole: async (...[request, signal]: Parameters<typeof deps.assumeRole>) => {
      const credentials = await deps.assumeRole(request, signal);
      if (!isDenied(request.namespace, minute, request.roleArn.split('/').at(-1) ?? '')) {
        return credentials;
      }
      throw new AssumeRoleError('assume-role-denied', 'denied');
    },
    statusWriter: { write: async () => [] },
    eventReporter: { report: async () => {} },
    changeLog: { writePass: () => {}, writeCheck: () => {}, writePodEvent: () => {} },
    addMetrics: (report: PassReport) => void reports.push(report),
    lookUpSecret: async () => listing([]),
    observe: async () => ({
      pods: listing(cluster.pods),
      secrets: listing([...cluster.secrets.values()]),
      namespaces: listing(cluster.namespaces),
      awsIamRoles: listing([]),
    }),
  };
  const all = Object.entries(namespaces).flatMap(([namespace, count]) =>
    Array.from({ length: count }, (_, index) => ({ namespace, name: `aws-iam-r${index}` })),
  );
  for (; minute < until; minute += 1) {
    cluster.now = minutes(minute);
    const starting = all
      .slice(0, 1 + Math.floor((minute * all.length) / 25))
      .filter((secret) => !cluster.secrets.has(secretKey(secret)));
    cluster.pods = [
      ...starting.map(({ namespace, name }) => ({
        ...aPod(`web-${name}`, [name], namespace),
        createdAt: minutes(minute),
      })),
      ...pending(minute),
    ];
    await runPass(container, { pass: 'refresh' }, 'refresh', SIGNALS);
  }
  const isBad = (report: PassReport | undefined) =>
    report !== undefined && report.failedForOperator + report.overdueForOperator > 0;
  const pagedAt = reports.findIndex(
    (_, at) => reports.slice(at, at + ALARM_MINUTES).filter(isBad).length === ALARM_MINUTES,
  );
  const expiredAt = reports.findIndex(({ nearestExpirySeconds = 0 }) => nearestExpirySeconds < 0);
  return {
    pagedAt: pagedAt < 0 ? undefined : pagedAt + ALARM_MINUTES,
    expiredAt: expiredAt < 0 ? undefined : expiredAt,
    calls: cluster.log.filter((step) => step.startsWith('assume')).length,
  };
}

const CLUSTERS: readonly World['namespaces'][] = [
  { tenant: 1, 'kube-aws-iam': 1 },
  { tenant: 5, bank: 1 },
  { tenant: 1, bank: 1, shop: 1 },
  { tenant: 40, bank: 2, shop: 2, tools: 1 },
  { tenant: 3, ...Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`ns-${i}`, 1])) },
];

describe.each(CLUSTERS)('in a cluster with %j', (namespaces) => {
  it.each([0, 3, 7, 12, 18, 23])(
    'nobody is paged for a tenant whose roles are denied from minute %i on, until they are abandoned',
    async (offset) => {
      const from = START + offset;
      const isDenied = (namespace: string, minute: number) =>
        namespace === 'tenant' && minute >= from;
      expect((await play({ namespaces, isDenied, until: from + 240 })).pagedAt).toBeUndefined();
    },
  );

  it.each([0, 3, 7, 12, 18, 23])(
    'the operator is paged before credentials expire if all roles are denied from minute %i on',
    async (offset) => {
      const from = START + offset;
      const isDenied = (_: string, minute: number) => minute >= from;
      const { pagedAt = Infinity, expiredAt = 0 } = await play({
        namespaces,
        isDenied,
        until: from + 100,
      });
      expect(pagedAt).toBeLessThan(expiredAt - 4);
    },
  );

  it('nobody is paged for a tenant who creates other pods with a missing role every minute', async () => {
    const pod = (minute: number) => ({
      ...aPod(`web-${minute}`, [`aws-iam-missing-${minute}`], 'tenant'),
      createdAt: minutes(minute - 2),
    });
    const world = { namespaces, until: START + 120 };
    const isDenied = (_: string, __: number, role: string) => role.startsWith('missing');
    const quiet = await play({ ...world, isDenied: () => false });
    const attacked = await play({ ...world, isDenied, pending: (minute) => [pod(minute)] });
    expect(attacked.pagedAt).toBeUndefined();
    // Its own denied calls, and a few spot checks in five minutes.
    expect(attacked.calls - quiet.calls).toBeLessThan((START + 120) * 2);
  });
});

it('one denied role of several of the only tenant pages nobody', async () => {
  const isDenied = (_: string, minute: number, role: string) => role === 'r1' && minute > START;
  expect((await play({ namespaces: { tenant: 3 }, isDenied, until: 300 })).pagedAt).toBeUndefined();
});
