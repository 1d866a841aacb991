import { beforeEach, describe, expect, it } from 'vitest';
import { KubernetesApiError } from '../../../../kubernetes/errors.ts';
import { CONCURRENCY, runPlan } from '../../../../lambda/act/run-plan.ts';
import type { ActDeps } from '../../../../lambda/act/secrets/secret-api.ts';
import { AssumeRoleError } from '../../../../lambda/act/sessions/assume-role-error.ts';
import { planRefresh } from '../../../../lambda/decide/plan-refresh.ts';
import { planSweep } from '../../../../lambda/decide/plan-sweep.ts';
import {
  aContext,
  anAwsIamRole,
  aPod,
  aSecret,
  aView,
  BASE_ROLE_ARN,
  iso,
  minutes,
} from '../../../support/builders.ts';
import { FakeCluster } from '../../../support/fake-cluster.ts';

const FOREVER = new AbortController().signal;
let cluster: FakeCluster;

beforeEach(() => {
  cluster = new FakeCluster();
});

/** Plans for what the fake holds and carries the plan out. */
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

/** Does something the first time a step begins: someone who is faster. */
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

  it('opens a session for each namespace and copies nothing between them', async () => {
    cluster.pods.push(aPod('web', ['aws-iam-orders'], 'bank'));
    const view = aView({ pods: cluster.pods });
    const judge = () =>
      ({ kind: 'allowed', roleArn: 'arn:aws:iam::1:role/orders', isTerminating: false }) as const;
    const plan = planRefresh({ ...aContext(view), authorize: judge }, view);
    await runPlan(cluster.deps(), plan, FOREVER);
    expect(cluster.secrets.get('bank/aws-iam-orders')?.data['credentials']).toContain('ASIA-bank');
    expect(cluster.secrets.get('shop/aws-iam-orders')?.data['credentials']).toContain('ASIA-shop');
  });

  it("leaves a user's own Secret of that name alone, and says so", async () => {
    meanwhile('create', () =>
      cluster.put(aSecret('aws-iam-orders', { labels: {} }), { mine: 'x' }),
    );
    expect(await run('refresh')).toEqual(['refused aws-iam-orders name-taken']);
    expect(cluster.secrets.get('shop/aws-iam-orders')?.data).toEqual({ mine: 'x' });
  });

  it('keeps the Secret of a run that was faster', async () => {
    meanwhile('create', () => cluster.put(aSecret('aws-iam-orders'), { theirs: 'x' }));
    expect(await run('refresh')).toEqual(['kept aws-iam-orders']);
    expect(cluster.secrets.get('shop/aws-iam-orders')?.data).toEqual({ theirs: 'x' });
  });

  it('fills a Secret of ours that turns up without credentials that last', async () => {
    meanwhile('create', () => cluster.put(aSecret('aws-iam-orders', {}, minutes(2))));
    expect(await run('refresh')).toEqual(['renewed aws-iam-orders']);
  });

  it('waits for the next run when the Secret goes as it comes', async () => {
    fails('create', new KubernetesApiError(409, 'AlreadyExists', 'exists'));
    expect(await run('refresh')).toEqual(['deferred aws-iam-orders changed-meanwhile']);
  });
});

describe('renewing', () => {
  beforeEach(() => {
    cluster.put(aSecret('aws-iam-orders', {}, minutes(10)), { foreign: 'stays', expire: 'old' });
  });

  it('replaces our keys and leaves those of others', async () => {
    expect(await run('refresh')).toEqual(['renewed aws-iam-orders']);
    const { data, annotations } = cluster.secrets.get('shop/aws-iam-orders') ?? {};
    expect(data).toMatchObject({ foreign: 'stays', expire: iso(minutes(60)) });
    expect(annotations?.['kube-aws-iam/expires-at']).toBe(iso(minutes(60)));
  });

  it('keeps the fresher credentials of a run that was faster', async () => {
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

    it('keeps no credentials that somebody else wrote meanwhile: that session may be revoked too', async () => {
      meanwhile('change', () => cluster.put(aSecret('aws-iam-orders')));
      expect(await renew()).toEqual(['renewed']);
    });

    it('does not wait, though the role was denied a moment ago', async () => {
      const deps = cluster.deps();
      fails('assume', new AssumeRoleError('assume-role-denied', 'locked'));
      expect(await run('refresh', deps)).toEqual(['failed aws-iam-orders assume-role-denied']);
      cluster.before = () => {};
      expect(await run('refresh', deps)).toEqual(['failed aws-iam-orders assume-role-denied']);
      expect(await renew(deps)).toEqual(['renewed']);
    });
  });

  it('tries once more when somebody only edited it', async () => {
    meanwhile('change', () =>
      cluster.put(aSecret('aws-iam-orders', {}, minutes(10)), { edited: 'x' }),
    );
    expect(await run('refresh')).toEqual(['renewed aws-iam-orders']);
    expect(cluster.secrets.get('shop/aws-iam-orders')?.data).toMatchObject({ edited: 'x' });
  });

  it.each([
    ['is removed', () => cluster.secrets.clear()],
    ['changes again and again', () => cluster.put(aSecret('aws-iam-orders', {}, minutes(9)))],
  ])('leaves a Secret that %s meanwhile to the next run, and tries it then', async (_, change) => {
    const deps = cluster.deps();
    cluster.before = (step) => {
      if (step.startsWith('change')) change();
    };
    expect(await run('refresh', deps)).toEqual(['deferred aws-iam-orders changed-meanwhile']);
    cluster.before = () => {};
    cluster.pods = [aPod('web', ['aws-iam-orders'])];
    expect(await run('refresh', deps)).toEqual([expect.stringMatching(/^(created|renewed)/)]);
  });

  it('stops when the Secret is no longer ours', async () => {
    meanwhile('change', () =>
      cluster.put(aSecret('aws-iam-orders', { labels: {} }), { theirs: 'x' }),
    );
    expect(await run('refresh')).toEqual(['refused aws-iam-orders name-taken']);
  });

  it('begins with what ends first; a waiting pod comes after what ends within 15 minutes', async () => {
    cluster.put(aSecret('aws-iam-later', {}, minutes(20)));
    cluster.put(aSecret('aws-iam-over', {}, minutes(-1)));
    cluster.pods = [aPod('web', ['aws-iam-new'])];
    await run('refresh');
    expect(cluster.log.filter((step) => step.startsWith('assume'))).toEqual([
      'assume shop over',
      'assume shop orders',
      'assume shop new',
      'assume shop later',
    ]);
  });
});

it('gives each namespace its turn, so that a large one does not keep others waiting', async () => {
  const large = Array.from({ length: 100 }, (_, i) => aPod(`web-${i}`, [`aws-iam-r${i}`]));
  cluster.pods = [...large, aPod('web', ['aws-iam-orders'], 'bank')];
  const judge = () =>
    ({ kind: 'allowed', roleArn: 'arn:aws:iam::1:role/x', isTerminating: false }) as const;
  const view = aView({ pods: cluster.pods });
  await runPlan(cluster.deps(), planRefresh({ ...aContext(view), authorize: judge }, view), FOREVER);
  expect(cluster.log.indexOf('assume bank x')).toBeLessThan(3);
});

describe('one failing role', () => {
  const denied = new AssumeRoleError('assume-role-denied', 'not authorized');

  beforeEach(() => {
    cluster.pods = [aPod('web', ['aws-iam-bad', 'aws-iam-good'])];
    fails('assume shop bad', denied);
  });

  it('disturbs no other', async () => {
    expect(await run('refresh')).toEqual([
      'failed aws-iam-bad assume-role-denied',
      'created aws-iam-good',
    ]);
  });

  it('is not asked for again at full rate, and still counts as failed', async () => {
    const deps = cluster.deps();
    for (let minute = 0; minute < 30; minute++) {
      expect(await run('refresh', deps)).toContain('failed aws-iam-bad assume-role-denied');
      cluster.now = minutes(1, cluster.now);
    }
    const asked = cluster.log.filter((step) => step === 'assume shop bad').length;
    expect(asked).toBeGreaterThan(5);
    expect(asked).toBeLessThan(9);
  });

  it('is asked for every time by a new container', async () => {
    await run('refresh', cluster.deps());
    await run('refresh', cluster.deps());
    expect(cluster.log.filter((step) => step === 'assume shop bad')).toHaveLength(2);
  });
});

it.each([
  ['sts-throttled', new AssumeRoleError('sts-throttled', 'Rate exceeded')],
  ['sts-failed', new AssumeRoleError('sts-failed', 'down')],
])('asks again at once after %s, which is no fault of the role', async (reason, error) => {
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
])('a write answered %i is %s', async (status, reason) => {
  cluster.pods = [aPod('web', ['aws-iam-orders'])];
  fails('create', new KubernetesApiError(status, '', 'no'));
  expect(await run('refresh')).toEqual([`failed aws-iam-orders ${reason}`]);
});

it("a write that a right is missing for is the operator's to mend, and says how", async () => {
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

describe('marks', () => {
  const marked = (ago: number) =>
    aSecret('aws-iam-orders', { annotations: { 'kube-aws-iam/unused-since': iso(minutes(-ago)) } });

  it('are written with the time of the sweep', async () => {
    cluster.put(aSecret('aws-iam-orders'));
    expect(await run('sweep')).toEqual(['marked aws-iam-orders']);
    expect(cluster.secrets.get('shop/aws-iam-orders')?.annotations).toMatchObject({
      'kube-aws-iam/unused-since': iso(cluster.now),
    });
  });

  it('are not forced on a Secret that changed', async () => {
    cluster.put(aSecret('aws-iam-orders'));
    meanwhile('change', () => cluster.put(aSecret('aws-iam-orders')));
    expect(await run('sweep')).toEqual(['deferred aws-iam-orders changed-meanwhile']);
  });

  it('are taken off although the Secret changed', async () => {
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

  it('looks at the pods of the namespace once more, then removes', async () => {
    expect(await run('sweep')).toEqual(['removed aws-iam-orders']);
    expect(cluster.log).toEqual(['pods shop', 'remove shop/aws-iam-orders']);
  });

  it('stops when a pod came meanwhile', async () => {
    const deps = cluster.deps();
    meanwhile('pods', () => cluster.pods.push(aPod('web', ['aws-iam-orders'])));
    expect(await run('sweep', deps)).toEqual(['deferred aws-iam-orders wanted-again']);
    expect(cluster.secrets.size).toBe(1);
  });

  it('stops when that last look fails', async () => {
    const listPodsOf = async () => ({ items: [], seen: 0, failure: new Error('500') });
    expect(await run('sweep', cluster.deps({ listPodsOf }))).toEqual([
      'deferred aws-iam-orders pods-unknown',
    ]);
  });

  it('stops when the Secret changed since it was read', async () => {
    meanwhile('remove', () => cluster.put(aSecret('aws-iam-orders')));
    expect(await run('sweep')).toEqual(['deferred aws-iam-orders changed-meanwhile']);
    expect(cluster.secrets.size).toBe(1);
  });

  it('is content when somebody else removed it', async () => {
    meanwhile('remove', () => cluster.secrets.clear());
    expect(await run('sweep')).toEqual(['removed aws-iam-orders']);
  });
});

describe("the end of a run's time", () => {
  it('begins nothing new, and says what it left', async () => {
    const end = new AbortController();
    cluster.pods = Array.from({ length: 40 }, (_, i) => aPod(`web-${i}`, [`aws-iam-r${i}`]));
    let begun = 0;
    cluster.before = (step) => {
      if (step.startsWith('assume') && ++begun === CONCURRENCY) end.abort();
    };
    const results = await run('refresh', cluster.deps(), end.signal);
    expect(begun).toBe(CONCURRENCY);
    expect(results.filter((text) => text.endsWith('out-of-time'))).toHaveLength(15);
    expect(results).toHaveLength(40);
  });

  it('turns a call that it cut off into something left, not into a failure', async () => {
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

describe('what only a person can mend', () => {
  it('is tried at once for another role, or for a resource made anew, and told to the resource as it is now', async () => {
    const cluster = new FakeCluster();
    const deps = cluster.deps({
      assumeRole: async ({ roleArn }) => {
        cluster.log.push(roleArn.split('/').at(-1) ?? '');
        throw new AssumeRoleError('assume-role-denied', 'no');
      },
    });
    const runWith = async (resource: ReturnType<typeof anAwsIamRole>) => {
      const view = aView({ awsIamRoles: [resource] });
      const [outcome] = await runPlan(deps, planRefresh(aContext(view), view), FOREVER);
      return outcome;
    };
    const first = anAwsIamRole('billing', { roleReference: 'one' });
    await runWith(first);
    await runWith(first);
    const changed = { ...first, roleReference: 'two', generation: 2 };
    await runWith(changed);
    const relabelled = { ...changed, labels: { team: 'a' } };
    expect((await runWith(relabelled))?.awsIamRole).toBe(relabelled);
    await runWith({ ...changed, uid: 'anew' });
    expect(cluster.log).toEqual(['one', 'two', 'two']);
  });
});
