import { beforeEach, describe, expect, it } from 'vitest';
import type { ItemOutcome } from '../../lambda/act/item-outcome.ts';
import type { PassEvent, PassName } from '../../lambda/contract/pass.ts';
import type { ClusterView } from '../../lambda/observe/cluster-view.ts';
import type { RunReport } from '../../lambda/report/run-report.ts';
import { type PassDeps, runPass } from '../../lambda/run-pass.ts';
import { aNamespace, aPod, aPolicy, aSecret, listing, minutes } from '../support/builders.ts';
import { FakeCluster } from '../support/fake-cluster.ts';

let cluster: FakeCluster;
let failures: Partial<Record<keyof ClusterView, Error>>;
let reports: RunReport[];
let looks: string[];
let told: ItemOutcome[];

beforeEach(() => {
  cluster = new FakeCluster();
  failures = {};
  reports = [];
  looks = [];
  told = [];
});

function deps(): PassDeps {
  return {
    ...cluster.deps(),
    policy: aPolicy(),
    observe: async (phase) => {
      looks.push(phase);
      return {
        pods: listing(cluster.pods, failures.pods),
        secrets: listing([...cluster.secrets.values()], failures.secrets),
        namespaces: listing([aNamespace()], failures.namespaces),
        awsIamRoles: listing(cluster.awsIamRoles, failures.awsIamRoles),
      };
    },
    statusWriter: { write: async () => [] },
    eventReporter: { report: async (all) => void told.push(...all) },
    changeLog: { write: () => {}, writePodEvent: () => {} },
    addMetrics: (report) => reports.push(report),
  };
}

function run(event: PassEvent, acting: PassName = 'refresh', time: { observed?: boolean } = {}) {
  const observing = new AbortController();
  if (time.observed) observing.abort();
  return runPass(deps(), event, acting, {
    observing: observing.signal,
    acting: new AbortController().signal,
  });
}

describe('runPass', () => {
  it('looks at pending pods to refresh, and at all live ones to sweep', async () => {
    await run({ pass: 'refresh' });
    await run({ pass: 'sweep' }, 'sweep');
    await run({ pass: 'check' }, 'sweep');
    expect(looks).toEqual(['pending', 'live', 'live']);
  });

  it('acts on what was seen when a list broke off, reports, and then fails', async () => {
    cluster.put(aSecret('aws-iam-orders', {}, minutes(3)));
    failures = { pods: new Error('the list ends after 500') };
    await expect(run({ pass: 'refresh' }, 'refresh', { observed: true })).rejects.toThrow(
      'lists did not arrive whole: pods: the list ends after 500',
    );
    expect(reports).toMatchObject([
      { counts: { renewed: 1 }, incomplete: ['pods: the list ends after 500'] },
    ]);
  });

  it('checks without a write, a session or a metric, and says what it would do and what it ignores', async () => {
    cluster.pods = [aPod('web', ['aws-iam-orders', 'aws-iam-Orders'])];
    cluster.put(aSecret('aws-iam-billing'));
    expect(await run({ pass: 'check' })).toMatchObject({
      wouldDo: [{ action: 'create', secret: 'aws-iam-orders', pod: 'web' }],
      ignored: [{ pod: 'web', secret: 'aws-iam-Orders', reason: 'impossible-secret-name' }],
    });
    expect(cluster.log).toEqual([]);
    expect(reports).toEqual([]);
  });

  it('answers a check of any cluster within what Lambda can answer', async () => {
    cluster.pods = Array.from({ length: 3_000 }, (_, i) =>
      aPod(`web-${i}`, [`aws-iam-r${i}`, `aws-iam-${'X'.repeat(10_000)}`]),
    );
    const answer = JSON.stringify(await run({ pass: 'check' }));
    expect(answer.length).toBeLessThan(2_000_000);
  });

  it('sweeps past the brake when a person says so', async () => {
    for (let i = 0; i < 12; i++) cluster.put(aSecret(`aws-iam-r${i}`));
    expect((await run({ pass: 'sweep' }, 'sweep')).report.brake).toBeDefined();
    const { report } = await run({ pass: 'sweep', confirm: true }, 'sweep');
    expect(report.counts).toMatchObject({ marked: 12 });
  });
});
