import { beforeEach, describe, expect, it } from 'vitest';
import { SECRET_CONCURRENCY } from '../../../../contract/limits.ts';
import { KubernetesApiError } from '../../../../kubernetes/errors.ts';
import { runPlan } from '../../../../lambda/act/run-plan.ts';
import type { ActDeps } from '../../../../lambda/act/secrets/secret-api.ts';
import { AssumeRoleError } from '../../../../lambda/act/sessions/assume-role-error.ts';
import { planRefresh } from '../../../../lambda/decide/plan-refresh.ts';
import { planSweep } from '../../../../lambda/decide/plan-sweep.ts';
import {
  aContext,
  aNamespace,
  anAwsIamRole,
  aPod,
  aSecret,
  aView,
  BASE_ROLE_ARN,
  iso,
  minutes,
} from '../../../support/builders/builders.ts';
import { FakeCluster } from '../../../support/builders/fake-cluster.ts';

const FOREVER = new AbortController().signal;
let cluster: FakeCluster;

beforeEach(() => {
  cluster = new FakeCluster();
});

/** Plans a pass over the fake cluster and carries the plan out. */
async function run(pass: 'refresh' | 'sweep', deps: ActDeps = cluster.deps(), signal = FOREVER) {
  const view = aView({ pods: cluster.pods, secrets: [...cluster.secrets.values()] });
  const context = aContext(view, cluster.now);
  const plan = pass === 'sweep' ? planSweep(context, view, false) : planRefresh(context, view);
  const outcomes = await runPlan(deps, plan, signal);
  return outcomes.map(
    (outcome) =>
      `${outcome.result} ${outcome.name}${'reason' in outcome ? ` ${outcome.reason}` : ''}`,
  );
}

function fails(step: string, error: Error): void {
  cluster.before = (now) => {
    if (now.startsWith(step)) throw error;
  };
}

/** Does something when a step begins for the first time, as a concurrent writer. */
function meanwhile(step: string, act: () => void): void {
  cluster.before = (now) => {
    if (!now.startsWith(step)) return;
    cluster.before = () => {};
    act();
  };
}

describe('creating', () => {
  beforeEach(() => {
    cluster.pods = [aPod('web', ['aws-iam-orders'])];
  });

  it('assumes the role and posts the Secret', async () => {
    expect(await run('refresh')).toEqual(['created aws-iam-orders']);
    expect(cluster.log).toEqual(['assume shop orders', 'create shop/aws-iam-orders']);
    expect(cluster.secrets.get('shop/aws-iam-orders')?.data['credentials']).toContain('ASIA-shop');
  });

  it('requests a session for each namespace, and copies no credentials between them', async () => {
    cluster.pods.push(aPod('web', ['aws-iam-orders'], 'bank'));
    const view = aView({ pods: cluster.pods });
    const allow = () =>
      ({ kind: 'allowed', roleArn: 'arn:aws:iam::1:role/orders', isTerminating: false }) as const;
    const plan = planRefresh({ ...aContext(view), authorize: allow }, view);
    await runPlan(cluster.deps(), plan, FOREVER);
    expect(cluster.secrets.get('bank/aws-iam-orders')?.data['credentials']).toContain('ASIA-bank');
    expect(cluster.secrets.get('shop/aws-iam-orders')?.data['credentials']).toContain('ASIA-shop');
  });

  it("does not change a user's own Secret of that name, and refuses the request", async () => {
    meanwhile('create', () =>
      cluster.put(aSecret('aws-iam-orders', { labels: {} }), { mine: 'x' }),
    );
    expect(await run('refresh')).toEqual(['refused aws-iam-orders name-taken']);
    expect(cluster.secrets.get('shop/aws-iam-orders')?.data).toEqual({ mine: 'x' });
  });

  it('keeps the Secret of a concurrent pass', async () => {
    meanwhile('create', () => cluster.put(aSecret('aws-iam-orders'), { theirs: 'x' }));
    expect(await run('refresh')).toEqual(['kept aws-iam-orders']);
    expect(cluster.secrets.get('shop/aws-iam-orders')?.data).toEqual({ theirs: 'x' });
  });

  it('renews a managed Secret that appears with credentials that are due', async () => {
    meanwhile('create', () => cluster.put(aSecret('aws-iam-orders', {}, minutes(2))));
    expect(await run('refresh')).toEqual(['renewed aws-iam-orders']);
  });

  it('defers a Secret that is created and removed again concurrently', async () => {
    fails('create', new KubernetesApiError(409, 'AlreadyExists', 'exists'));
    expect(await run('refresh')).toEqual(['deferred aws-iam-orders changed-meanwhile']);
  });
});

describe('renewing', () => {
  beforeEach(() => {
    cluster.put(aSecret('aws-iam-orders', {}, minutes(10)), { foreign: 'kept', expire: 'old' });
  });

  it('replaces the managed keys and keeps all others', async () => {
    expect(await run('refresh')).toEqual(['renewed aws-iam-orders']);
    const { data, annotations } = cluster.secrets.get('shop/aws-iam-orders') ?? {};
    expect(data).toMatchObject({ foreign: 'kept', expire: iso(minutes(60)) });
    expect(annotations?.['kube-aws-iam/expires-at']).toBe(iso(minutes(60)));
  });

  it('keeps the fresher credentials of a concurrent pass', async () => {
    meanwhile('change', () => cluster.put(aSecret('aws-iam-orders'), { theirs: 'x' }));
    expect(await run('refresh')).toEqual(['kept aws-iam-orders']);
  });

  describe('after the sessions of the role were revoked', () => {
    const revokedRoleArn = `${BASE_ROLE_ARN}orders`;
    const renew = async (deps = cluster.deps()) => {
      const view = aView({ secrets: [...cluster.secrets.values()] });
      const outcomes = await runPlan(
        deps,
        planRefresh({ ...aContext(view), revokedRoleArn }, view),
        FOREVER,
      );
      return outcomes.map(({ result }) => result);
    };

    it('overwrites credentials that were written concurrently, because they may be revoked too', async () => {
      meanwhile('change', () => cluster.put(aSecret('aws-iam-orders')));
      expect(await renew()).toEqual(['renewed']);
    });

    it('ignores the back-off of a role that was denied before', async () => {
      const deps = cluster.deps();
      fails('assume', new AssumeRoleError('assume-role-denied', 'locked'));
      expect(await run('refresh', deps)).toEqual(['failed aws-iam-orders assume-role-denied']);
      cluster.before = () => {};
      expect(await run('refresh', deps)).toEqual(['failed aws-iam-orders assume-role-denied']);
      expect(await renew(deps)).toEqual(['renewed']);
    });
  });

  it('retries after a concurrent edit', async () => {
    meanwhile('change', () =>
      cluster.put(aSecret('aws-iam-orders', {}, minutes(10)), { edited: 'x' }),
    );
    expect(await run('refresh')).toEqual(['renewed aws-iam-orders']);
    expect(cluster.secrets.get('shop/aws-iam-orders')?.data).toMatchObject({ edited: 'x' });
  });

  it.each([
    ['is removed', () => cluster.secrets.clear()],
    ['changes repeatedly', () => cluster.put(aSecret('aws-iam-orders', {}, minutes(9)))],
  ])('defers a Secret that %s concurrently, and retries it in the next pass', async (_, change) => {
    const deps = cluster.deps();
    cluster.before = (step) => {
      if (step.startsWith('change')) change();
    };
    expect(await run('refresh', deps)).toEqual(['deferred aws-iam-orders changed-meanwhile']);
    cluster.before = () => {};
    cluster.pods = [aPod('web', ['aws-iam-orders'])];
    expect(await run('refresh', deps)).toEqual([expect.stringMatching(/^(created|renewed)/)]);
  });

  it('stops when the Secret is no longer managed', async () => {
    meanwhile('change', () =>
      cluster.put(aSecret('aws-iam-orders', { labels: {} }), { theirs: 'x' }),
    );
    expect(await run('refresh')).toEqual(['refused aws-iam-orders name-taken']);
  });

  it('starts with the credentials that expire first; a waiting pod comes after those that expire within 15 minutes', async () => {
    cluster.put(aSecret('aws-iam-later', {}, minutes(20)));
    cluster.put(aSecret('aws-iam-expired', {}, minutes(-1)));
    cluster.pods = [aPod('web', ['aws-iam-new'])];
    await run('refresh');
    expect(cluster.log.filter((step) => step.startsWith('assume'))).toEqual([
      'assume shop expired',
      'assume shop orders',
      'assume shop new',
      'assume shop later',
    ]);
  });
});

it('lets namespaces take turns, so that a large one does not delay the others', async () => {
  const large = Array.from({ length: 100 }, (_, i) => aPod(`web-${i}`, [`aws-iam-r${i}`]));
  cluster.pods = [...large, aPod('web', ['aws-iam-orders'], 'bank')];
  const allow = () =>
    ({ kind: 'allowed', roleArn: 'arn:aws:iam::1:role/x', isTerminating: false }) as const;
  const view = aView({ pods: cluster.pods });
  await runPlan(
    cluster.deps(),
    planRefresh({ ...aContext(view), authorize: allow }, view),
    FOREVER,
  );
  expect(cluster.log.indexOf('assume bank x')).toBeLessThan(3);
});

describe('a failing role', () => {
  const denied = new AssumeRoleError('assume-role-denied', 'not authorized');

  beforeEach(() => {
    cluster.pods = [aPod('web', ['aws-iam-bad', 'aws-iam-good'])];
    fails('assume shop bad', denied);
  });

  it('does not affect others', async () => {
    expect(await run('refresh')).toEqual([
      'failed aws-iam-bad assume-role-denied',
      'created aws-iam-good',
    ]);
  });

  it('is backed off, and still counts as failed', async () => {
    const deps = cluster.deps();
    for (let minute = 0; minute < 30; minute++) {
      expect(await run('refresh', deps)).toContain('failed aws-iam-bad assume-role-denied');
      cluster.now = minutes(1, cluster.now);
    }
    const requested = cluster.log.filter((step) => step === 'assume shop bad').length;
    // Three tries in the first minutes, then every five.
    expect(requested).toBe(10);
  });

  it('is tried by every new container', async () => {
    await run('refresh', cluster.deps());
    await run('refresh', cluster.deps());
    expect(cluster.log.filter((step) => step === 'assume shop bad')).toHaveLength(2);
  });
});

it.each([
  ['sts-throttled', new AssumeRoleError('sts-throttled', 'Rate exceeded')],
  ['sts-failed', new AssumeRoleError('sts-failed', 'down')],
])('retries at once after %s, which does not depend on the role', async (reason, error) => {
  cluster.pods = [aPod('web', ['aws-iam-orders'])];
  const deps = cluster.deps();
  fails('assume', error);
  expect(await run('refresh', deps)).toEqual([`failed aws-iam-orders ${reason}`]);
  cluster.before = () => {};
  expect(await run('refresh', deps)).toEqual(['created aws-iam-orders']);
});

it.each([
  [403, 'api-refused'],
  [422, 'api-refused'],
  [429, 'api-failed'],
  [500, 'api-failed'],
])('reports a write with status %i as %s', async (status, reason) => {
  cluster.pods = [aPod('web', ['aws-iam-orders'])];
  fails('create', new KubernetesApiError(status, '', 'no'));
  expect(await run('refresh')).toEqual([`failed aws-iam-orders ${reason}`]);
});

it('reports a missing permission as api-failed, with the remedy', async () => {
  cluster.pods = [aPod('web', ['aws-iam-orders'])];
  const message = 'secrets is forbidden: User "r" cannot create resource "secrets" in API group ""';
  fails('create', new KubernetesApiError(403, 'Forbidden', message));
  const view = aView({ pods: cluster.pods });
  const [outcome] = await runPlan(cluster.deps(), planRefresh(aContext(view), view), FOREVER);
  expect(outcome).toMatchObject({
    reason: 'api-failed',
    message: expect.stringContaining('install the chart'),
  });
});

it("reports a denial by the chart's policy as api-failed, which no tenant can cause, and retries at once", async () => {
  cluster.pods = [aPod('web', ['aws-iam-orders'])];
  const deps = cluster.deps();
  const message =
    "ValidatingAdmissionPolicy 'kube-aws-iam-refresher' with binding 'kube-aws-iam-refresher' denied request: the refresher may write only …";
  fails('create', new KubernetesApiError(403, 'Forbidden', message));
  expect(await run('refresh', deps)).toEqual(['failed aws-iam-orders api-failed']);
  cluster.before = () => {};
  expect(await run('refresh', deps)).toEqual(['created aws-iam-orders']);
});

describe('unused marks', () => {
  const marked = (ago: number) =>
    aSecret('aws-iam-orders', { annotations: { 'kube-aws-iam/unused-since': iso(minutes(-ago)) } });

  it('contain the time of the sweep', async () => {
    cluster.put(aSecret('aws-iam-orders'));
    expect(await run('sweep')).toEqual(['marked aws-iam-orders']);
    expect(cluster.secrets.get('shop/aws-iam-orders')?.annotations).toMatchObject({
      'kube-aws-iam/unused-since': iso(cluster.now),
    });
  });

  it('are not added to a Secret that changed concurrently', async () => {
    cluster.put(aSecret('aws-iam-orders'));
    meanwhile('change', () => cluster.put(aSecret('aws-iam-orders')));
    expect(await run('sweep')).toEqual(['deferred aws-iam-orders changed-meanwhile']);
  });

  it('are removed although the Secret changed concurrently', async () => {
    cluster.put(marked(10));
    cluster.pods = [aPod('web', ['aws-iam-orders'])];
    meanwhile('change', () => cluster.put(marked(10)));
    expect(await run('refresh')).toEqual(['unmarked aws-iam-orders']);
  });
});

describe('removing', () => {
  beforeEach(() => {
    cluster.put(
      aSecret('aws-iam-orders', {
        annotations: { 'kube-aws-iam/unused-since': iso(minutes(-31)) },
      }),
    );
  });

  it('lists the pods of the namespace again, then removes the Secret', async () => {
    expect(await run('sweep')).toEqual(['removed aws-iam-orders']);
    expect(cluster.log).toEqual(['pods shop', 'remove shop/aws-iam-orders']);
  });

  it('stops when a pod requests the Secret again', async () => {
    const deps = cluster.deps();
    meanwhile('pods', () => cluster.pods.push(aPod('web', ['aws-iam-orders'])));
    expect(await run('sweep', deps)).toEqual(['deferred aws-iam-orders wanted-again']);
    expect(cluster.secrets.size).toBe(1);
  });

  it('stops when the pods cannot be listed', async () => {
    const listPodsOf = async () => ({ items: [], seen: 0, failure: new Error('500') });
    expect(await run('sweep', cluster.deps({ listPodsOf }))).toEqual([
      'deferred aws-iam-orders pods-unknown',
    ]);
  });

  it('stops when the Secret has changed since it was read', async () => {
    meanwhile('remove', () => cluster.put(aSecret('aws-iam-orders')));
    expect(await run('sweep')).toEqual(['deferred aws-iam-orders changed-meanwhile']);
    expect(cluster.secrets.size).toBe(1);
  });

  it('succeeds when someone else has removed the Secret', async () => {
    meanwhile('remove', () => cluster.secrets.clear());
    expect(await run('sweep')).toEqual(['removed aws-iam-orders']);
  });
});

describe('when the pass runs out of time', () => {
  it('starts no further items, and defers them', async () => {
    const end = new AbortController();
    cluster.pods = Array.from({ length: 40 }, (_, i) => aPod(`web-${i}`, [`aws-iam-r${i}`]));
    let started = 0;
    cluster.before = (step) => {
      if (step.startsWith('assume') && ++started === SECRET_CONCURRENCY) end.abort();
    };
    const results = await run('refresh', cluster.deps(), end.signal);
    expect(started).toBe(SECRET_CONCURRENCY);
    expect(results.filter((text) => text.endsWith('out-of-time'))).toHaveLength(15);
    expect(results).toHaveLength(40);
  });

  it('defers an item whose call was aborted', async () => {
    const end = new AbortController();
    cluster.pods = [aPod('web', ['aws-iam-orders'])];
    cluster.before = () => {
      end.abort();
      throw new Error('aborted');
    };
    expect(await run('refresh', cluster.deps(), end.signal)).toEqual([
      'deferred aws-iam-orders out-of-time',
    ]);
  });
});

describe('the back-off', () => {
  const started = new Date('2026-11-23T12:00:00Z');
  const seconds = (count: number) => new Date(started.getTime() + count * 1_000);

  /** Runs passes against STS that denies every role; returns what it was asked, as `<second> <role>`. */
  function denied() {
    const fake = new FakeCluster();
    const tries: string[] = [];
    const deps = fake.deps({
      assumeRole: async ({ roleArn }) => {
        const second = (fake.now.getTime() - started.getTime()) / 1_000;
        tries.push(`${second} ${roleArn.split('/').at(-1)}`);
        throw new AssumeRoleError('assume-role-denied', 'no');
      },
    });
    const runAt = async (second: number, parts: Parameters<typeof aView>[0]) => {
      fake.now = seconds(second);
      const view = aView(parts);
      const [outcome] = await runPlan(deps, planRefresh(aContext(view), view), FOREVER);
      return outcome;
    };
    return { tries, runAt };
  }

  it('does not apply to another role, a changed spec or a recreated AWSIAMRole, and returns the current AWSIAMRole', async () => {
    const { tries, runAt } = denied();
    const first = anAwsIamRole('billing', { roleReference: 'one' });
    await runAt(0, { awsIamRoles: [first] });
    await runAt(1, { awsIamRoles: [first] });
    const changed = { ...first, roleReference: 'two', generation: 2 };
    await runAt(2, { awsIamRoles: [changed] });
    const relabelled = { ...changed, labels: { team: 'a' } };
    expect((await runAt(11, { awsIamRoles: [relabelled] }))?.awsIamRole).toBe(relabelled);
    await runAt(13, { awsIamRoles: [{ ...changed, roleSessionDuration: 900, generation: 3 }] });
    await runAt(24, { awsIamRoles: [{ ...changed, uid: 'recreated' }] });
    expect(tries).toEqual(['0 one', '2 two', '13 two', '24 two']);
  });

  it.each([
    ['a new pod', { pods: [aPod('web-2', ['aws-iam-orders'])] }],
    [
      'a changed annotation of the namespace',
      {
        pods: [aPod('web', ['aws-iam-orders'])],
        namespaces: [aNamespace('shop', { 'iam.amazonaws.com/allowed-roles': '["orders"]' })],
      },
    ],
  ])('gives %s one try at once, but not within ten seconds', async (_, news) => {
    const { tries, runAt } = denied();
    const before = { pods: [aPod('web', ['aws-iam-orders'])] };
    for (const second of [0, 10, 30, 70]) await runAt(second, before);
    expect(await runAt(75, news)).toMatchObject({
      result: 'failed',
      reason: 'assume-role-denied',
      backedOff: { triedAt: seconds(70), retryAt: seconds(80) },
    });
    expect(await runAt(80, news)).not.toHaveProperty('backedOff');
    expect(await runAt(85, before)).toHaveProperty('backedOff');
    expect(tries.map((text) => Number.parseInt(text, 10))).toEqual([0, 10, 30, 70, 80]);
  });

  it('does not remember that the name was taken', async () => {
    const fake = new FakeCluster();
    fake.pods = [aPod('web', ['aws-iam-orders'])];
    const deps = fake.deps();
    fake.before = (step) => {
      if (step === 'create shop/aws-iam-orders') {
        fake.before = () => {};
        fake.put(aSecret('aws-iam-orders', { labels: {} }));
      }
    };
    const runOnce = async () => {
      const view = aView({ pods: fake.pods });
      const [outcome] = await runPlan(deps, planRefresh(aContext(view), view), FOREVER);
      return outcome?.result;
    };
    expect(await runOnce()).toBe('refused');
    fake.secrets.clear();
    expect(await runOnce()).toBe('created');
  });
});
