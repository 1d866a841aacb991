import { beforeEach, describe, expect, it } from 'vitest';
import type { PassEvent, PassName } from '../../../contract/pass.ts';
import type { ItemOutcome } from '../../../lambda/act/item-outcome.ts';
import type { ClusterView } from '../../../lambda/observe/observe-cluster.ts';
import type { PassReport } from '../../../lambda/report/pass-report.ts';
import { type PassDeps, runPass } from '../../../lambda/run-pass.ts';
import {
  aNamespace,
  anAwsIamRole,
  aPod,
  aPolicy,
  aSecret,
  BASE_ROLE_ARN,
  iso,
  listing,
  minutes,
  ofAwsIamRole,
} from '../../support/builders/builders.ts';
import { FakeCluster } from '../../support/builders/fake-cluster.ts';

let cluster: FakeCluster;
let failures: Partial<Record<keyof ClusterView, Error>>;
let reports: PassReport[];
let phases: string[];
let reported: ItemOutcome[];

beforeEach(() => {
  cluster = new FakeCluster();
  failures = {};
  reports = [];
  phases = [];
  reported = [];
});

function deps(): PassDeps {
  return {
    ...cluster.deps(),
    policy: aPolicy(),
    observe: async (phase) => {
      phases.push(phase);
      return {
        pods: listing(cluster.pods, failures.pods),
        secrets: listing([...cluster.secrets.values()], failures.secrets),
        namespaces: listing(cluster.namespaces, failures.namespaces),
        awsIamRoles: listing(cluster.awsIamRoles, failures.awsIamRoles),
      };
    },
    statusWriter: { write: async () => [] },
    eventReporter: { report: async (all) => void reported.push(...all) },
    changeLog: { writePass: () => {}, writeCheck: () => {}, writePodEvent: () => {} },
    addMetrics: (report) => reports.push(report),
  };
}

function run(event: PassEvent, ownPass: PassName = 'refresh', time: { observed?: boolean } = {}) {
  const observing = new AbortController();
  if (time.observed) observing.abort();
  return runPass(deps(), event, ownPass, {
    observing: observing.signal,
    acting: new AbortController().signal,
  });
}

describe('runPass', () => {
  it('observes pending pods in a refresh, and all live pods in a sweep', async () => {
    await run({ pass: 'refresh' });
    await run({ pass: 'sweep' }, 'sweep');
    await run({ pass: 'check' }, 'sweep');
    expect(phases).toEqual(['pending', 'live', 'live']);
  });

  it('checks what running pods get, too', async () => {
    cluster.pods = [aPod('web', ['aws-iam-orders'])];
    cluster.namespaces = [aNamespace('shop', {})];
    cluster.put(aSecret('aws-iam-orders'));
    expect(await run({ pass: 'check' })).toMatchObject({
      wouldDo: [{ action: 'refuse', pod: 'web', reason: 'namespace-not-annotated' }],
      roles: [],
    });
    expect(phases).toEqual(['live']);
  });

  it('acts on an incomplete list, reports, and then throws', async () => {
    cluster.put(aSecret('aws-iam-orders', {}, minutes(3)));
    failures = { pods: new Error('the list is incomplete after 500 objects') };
    await expect(run({ pass: 'refresh' }, 'refresh', { observed: true })).rejects.toThrow(
      'incomplete lists: pods: the list is incomplete after 500 objects',
    );
    expect(reports).toMatchObject([
      { counts: { renewed: 1 }, incomplete: ['pods: the list is incomplete after 500 objects'] },
    ]);
  });

  it('checks without writes or metrics, and returns the planned changes, the ignored mounts, and the roles that it can assume', async () => {
    cluster.pods = [aPod('web', ['aws-iam-orders', 'aws-iam-Orders'])];
    cluster.put(aSecret('aws-iam-billing'));
    expect(await run({ pass: 'check' })).toMatchObject({
      wouldDo: [{ action: 'create', secret: 'aws-iam-orders', pod: 'web' }],
      ignored: [{ pod: 'web', secret: 'aws-iam-Orders', reason: 'impossible-secret-name' }],
      roles: [
        { namespace: 'shop', roleArn: expect.stringMatching(/billing$/), canAssume: true },
        { namespace: 'shop', roleArn: expect.stringMatching(/orders$/), canAssume: true },
      ],
    });
    expect(cluster.log).toEqual([
      'look up shop/aws-iam-orders',
      'assume shop billing',
      'assume shop orders',
    ]);
    expect(reports).toEqual([]);
  });

  it('limits the response to a check to the size that Lambda allows', async () => {
    cluster.pods = Array.from({ length: 3_000 }, (_, i) =>
      aPod(`web-${i}`, [`aws-iam-r${i}`, `aws-iam-${'X'.repeat(10_000)}`]),
    );
    const answer = JSON.stringify(await run({ pass: 'check' }));
    expect(answer.length).toBeLessThan(2_000_000);
  });

  it('renews the Secrets of a role whose sessions were revoked, and no others', async () => {
    cluster.pods = [aPod('web', ['aws-iam-marked'])];
    const unusedSince = { annotations: { 'kube-aws-iam/unused-since': '2026-11-23T11:59:00Z' } };
    cluster.put(aSecret('aws-iam-orders'));
    cluster.put(aSecret('aws-iam-marked', unusedSince));
    cluster.put(aSecret('aws-iam-billing'));
    const renew = (role: string) => run({ pass: 'refresh', renew: BASE_ROLE_ARN + role });
    const { report, renewal } = await renew('orders');
    expect(report.counts).toMatchObject({ renewed: 1, unmarked: 1 });
    expect(renewal).toEqual({ renewed: 1, notRenewed: [] });
    expect(cluster.log).toContain('change shop/aws-iam-orders');
    expect(cluster.log).not.toContain('change shop/aws-iam-billing');
    cluster.put(aSecret('aws-iam-marked', unusedSince));
    expect((await renew('marked')).report.counts).toMatchObject({ renewed: 1, unmarked: 0 });
    cluster.awsIamRoles = [anAwsIamRole('marked', { name: 'reports', uid: 'uid-r' })];
    cluster.put(aSecret('reports', ofAwsIamRole({ uid: 'uid-r' })));
    expect((await renew('marked')).report.counts).toMatchObject({ renewed: 2 });
  });

  it('does not renew Secrets of a revoked role that their namespace no longer allows', async () => {
    cluster.put(aSecret('aws-iam-orders', { namespace: 'bank' }));
    const { report, renewal } = await run({ pass: 'refresh', renew: `${BASE_ROLE_ARN}orders` });
    expect(report.counts).toMatchObject({ renewed: 0, deferred: 1 });
    expect(renewal).toMatchObject({
      renewed: 0,
      notRenewed: [{ namespace: 'bank', secret: 'aws-iam-orders', reason: 'namespace-unknown' }],
    });
  });

  it('ignores the brake after confirmation', async () => {
    const annotations = { 'kube-aws-iam/unused-since': iso(minutes(-31)) };
    for (let i = 0; i < 12; i++) cluster.put(aSecret(`aws-iam-r${i}`, { annotations }));
    expect((await run({ pass: 'sweep' }, 'sweep')).report.brake).toMatchObject({ heldBack: 12 });
    const { report } = await run({ pass: 'sweep', confirm: true }, 'sweep');
    expect(report.counts).toMatchObject({ removed: 12 });
  });
});
