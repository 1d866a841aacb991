import { beforeEach, describe, expect, it } from 'vitest';
import type { NamespaceScope } from '../../../contract/namespace.ts';
import { type CredentialRequest, requestedSecretName } from '../../../contract/pod-event.ts';
import {
  ClusterSetupError,
  IncompleteViewError,
  KubernetesApiError,
} from '../../../kubernetes/errors.ts';
import type { ItemOutcome } from '../../../lambda/act/item-outcome.ts';
import { CONCURRENCY } from '../../../lambda/act/run-plan.ts';
import { AssumeRoleError } from '../../../lambda/act/sessions/assume-role-error.ts';
import type { IgnoredMount } from '../../../lambda/decide/requested-secrets.ts';
import {
  type ClusterView,
  createRequestObserver,
} from '../../../lambda/observe/observe-cluster.ts';
import type { PodEventReport } from '../../../lambda/report/pod-event-report.ts';
import { type PodEventDeps, runPodEvent } from '../../../lambda/run-pod-event.ts';
import {
  aNamespace,
  anAwsIamRole,
  aPod,
  aPolicy,
  aSecret,
  aWant,
  EVERYWHERE,
  iso,
  listing,
  minutes,
  ofAwsIamRole,
} from '../../support/builders.ts';
import { FakeCluster } from '../../support/fake-cluster.ts';
import { fakeConnection, statusAnswer } from '../kubernetes/fake-connection.ts';

const FOREVER = new AbortController().signal;
const FRESH = minutes(59);
const DUE = minutes(5);

let cluster: FakeCluster;
let reports: PodEventReport[];
let outcomes: ItemOutcome[];
let ignored: IgnoredMount[];
let told: ItemOutcome[];

beforeEach(() => {
  cluster = new FakeCluster();
  reports = [];
  outcomes = [];
  ignored = [];
  told = [];
});

function deps(overrides: Partial<PodEventDeps> = {}): PodEventDeps {
  return {
    ...cluster.deps(),
    policy: aPolicy(),
    scope: EVERYWHERE,
    observeRequests: () => cluster.observeWant,
    statusWriter: { write: async () => [] },
    eventReporter: { report: async (all) => void told.push(...all) },
    changeLog: {
      writePass: () => {},
      writeCheck: () => {},
      writePodEvent: (all, mounts) => {
        outcomes.push(...all);
        ignored.push(...mounts);
      },
    },
    addPodEventMetrics: (report) => reports.push(report),
    ...overrides,
  };
}

const run = (
  wanted: readonly CredentialRequest[],
  overrides: Partial<PodEventDeps> = {},
  signal = FOREVER,
) => runPodEvent(deps(overrides), { wanted }, signal);

/** What was done beside looking. */
const done = () => cluster.log.filter((step) => !step.startsWith('look '));

function fails(step: string, error: Error): void {
  cluster.before = (now) => {
    if (now === step) throw error;
  };
}

/** A look in which one list fails for one Secret. */
function lookingFails(list: keyof ClusterView, secret: string, failure: Error) {
  return () => async (want: CredentialRequest) => {
    const view = await cluster.observeWant(want);
    return requestedSecretName(want) === secret ? { ...view, [list]: listing([], failure) } : view;
  };
}

describe('a pod that wants the Secret', () => {
  it('gets it, and not what else it mounts, for the event did not name that', async () => {
    cluster.pods = [aPod('web', ['aws-iam-billing', 'aws-iam-orders', 'aws-iam-stock'])];
    const report = await run([aWant('aws-iam-orders')]);
    expect(done()).toEqual(['assume shop orders', 'create shop/aws-iam-orders']);
    expect(report).toMatchObject({ wanted: 1, unfounded: 0, counts: { created: 1, kept: 0 } });
    expect(reports).toEqual([report]);
    expect(outcomes).toMatchObject([{ result: 'created', name: 'aws-iam-orders' }]);
    expect(told).toEqual(outcomes);
  });

  it('gets several that are named, and another namespace a session of its own', async () => {
    cluster.pods = [
      aPod('web', ['aws-iam-billing', 'aws-iam-orders']),
      aPod('web', ['aws-iam-orders'], 'bank'),
    ];
    cluster.namespaces.push(aNamespace('bank'));
    await run([
      aWant('aws-iam-billing'),
      aWant('aws-iam-orders'),
      aWant('aws-iam-orders', { namespace: 'bank' }),
    ]);
    const made = [...cluster.secrets.values()];
    expect(made.map(({ namespace, name }) => `${namespace}/${name}`).sort()).toEqual([
      'bank/aws-iam-orders',
      'shop/aws-iam-billing',
      'shop/aws-iam-orders',
    ]);
    for (const { namespace, data } of made) {
      expect(data['credentials']).toContain(`ASIA-${namespace}`);
      expect(data['credentials']).not.toContain(namespace === 'shop' ? 'ASIA-bank' : 'ASIA-shop');
    }
  });

  it('is told of mounts that can be no role', async () => {
    cluster.pods = [aPod('web', ['aws-iam-orders', 'aws-iam-Orders'])];
    await run([aWant('aws-iam-orders')]);
    expect(ignored).toMatchObject([
      { secretName: 'aws-iam-Orders', reason: 'impossible-secret-name' },
    ]);
  });

  it('gets nothing for more roles than a pod may have', async () => {
    const roles = Array.from({ length: 22 }, (_, i) => `aws-iam-r${i + 1}`);
    cluster.pods = [aPod('web', roles)];
    const report = await run([aWant('aws-iam-r20'), aWant('aws-iam-r21'), aWant('aws-iam-r22')]);
    expect(done()).toEqual(['assume shop r20', 'create shop/aws-iam-r20']);
    expect(report).toMatchObject({ unfounded: 2, counts: { created: 1 } });
    expect(ignored).toContainEqual(expect.objectContaining({ reason: 'too-many-roles' }));
  });

  it('has its latency from the first sight of it, for what was made', async () => {
    cluster.pods = [aPod('web', ['aws-iam-orders', 'aws-iam-stock'])];
    cluster.put(aSecret('aws-iam-stock', {}, DUE));
    cluster.before = (step) => {
      if (step.startsWith('create ')) cluster.now = new Date(cluster.now.getTime() + 250);
    };
    const seenAt = new Date(cluster.now.getTime() - 150).toISOString();
    const wants = ['aws-iam-orders', 'aws-iam-stock'].map((name) => aWant(name, { seenAt }));
    expect(await run(wants)).toMatchObject({ latencies: [400], durationMilliseconds: 250 });
  });
});

describe('an event without a pod behind it', () => {
  it.each<[string, () => void]>([
    ['whose pod is not there', () => {}],
    [
      'whose pod is in another namespace',
      () => {
        cluster.pods = [aPod('web', ['aws-iam-orders'], 'bank')];
      },
    ],
    [
      'whose pod mounts another Secret',
      () => {
        cluster.pods = [aPod('web', ['aws-iam-billing'])];
      },
    ],
    [
      'that names another pod than the one that mounts it',
      () => {
        cluster.pods = [aPod('web', ['aws-iam-billing']), aPod('web-2', ['aws-iam-orders'])];
      },
    ],
    [
      'about a Secret of ours that is due and that nobody wants',
      () => cluster.put(aSecret('aws-iam-orders', {}, DUE)),
    ],
    [
      'about a foreign Secret that nobody wants',
      () => cluster.put(aSecret('aws-iam-orders', { labels: {} })),
    ],
  ])('%s changes nothing and asks STS for nothing', async (_, prepare) => {
    prepare();
    const before = new Map(cluster.secrets);
    const report = await run([aWant('aws-iam-orders')]);
    expect(done()).toEqual([]);
    expect(cluster.secrets).toEqual(before);
    expect(report).toMatchObject({ wanted: 1, unfounded: 1, latencies: [] });
    expect(Object.values(report.counts).every((count) => count === 0)).toBe(true);
    expect(outcomes).toEqual([]);
  });

  it.each(['Succeeded', 'Failed'])('whose pod has ended as %s makes nothing', async (phase) => {
    const pod = {
      kind: 'Pod',
      metadata: { namespace: 'shop', name: 'web', uid: 'u' },
      spec: { volumes: [{ secret: { secretName: 'aws-iam-orders' } }] },
      status: { phase },
    };
    const allowed = { 'iam.amazonaws.com/allowed-roles': '["*"]' };
    const namespace = { metadata: { name: 'shop', uid: 'n', annotations: allowed } };
    const connection = fakeConnection(({ path }) => {
      if (path.includes('/pods/')) return { body: pod };
      if (path.includes('/awsiamroles/')) return statusAnswer(404, 'NotFound');
      return path.includes('/secrets')
        ? { body: { kind: 'PartialObjectMetadataList', items: [] } }
        : { body: namespace };
    });
    const observeRequests = (signal: AbortSignal) => createRequestObserver(connection, signal);
    expect(
      await run([aWant('aws-iam-orders')], { observeRequests: observeRequests }),
    ).toMatchObject({ unfounded: 1 });
    expect(done()).toEqual([]);
    pod.status.phase = 'Pending';
    await run([aWant('aws-iam-orders')], { observeRequests: observeRequests });
    expect(done()).toEqual(['assume shop orders', 'create shop/aws-iam-orders']);
  });
});

describe('an AWSIAMRole', () => {
  const want = { namespace: 'shop', awsIamRole: 'billing', seenAt: aWant('').seenAt };
  const statuses: string[] = [];
  const statusWriter = {
    write: async (all: readonly ItemOutcome[]) => {
      statuses.push(...all.map(({ name, result }) => `${result} ${name}`));
      return [];
    },
  };
  beforeEach(() => {
    statuses.length = 0;
    cluster.awsIamRoles = [anAwsIamRole('billing', { roleReference: 'team/Billing' })];
  });

  it('gets its Secret, with its uid as owner, and is told so', async () => {
    const report = await run([want], { statusWriter });
    expect(done()).toEqual(['assume shop Billing', 'create shop/billing']);
    expect(report).toMatchObject({ unfounded: 0, counts: { created: 1 }, latencies: [0] });
    expect(cluster.secrets.get('shop/billing')).toMatchObject({
      labels: { heritage: 'kube-aws-iam-controller', type: 'awsiamrole' },
      ownerUids: ['uid-of-billing'],
      data: { 'awsiamrole-generation': '1' },
    });
    expect(statuses).toEqual(['created billing']);
  });

  it('that is not there, or another of that name, costs a look and nothing else', async () => {
    cluster.awsIamRoles = [anAwsIamRole('billing', { namespace: 'bank' })];
    expect(await run([want], { statusWriter })).toMatchObject({ unfounded: 1 });
    expect(done()).toEqual([]);
  });

  it('shares a session with others of its namespace that name the same role', async () => {
    cluster.awsIamRoles.push(anAwsIamRole('billing-2', { roleReference: 'team/Billing' }));
    await run([want, { ...want, awsIamRole: 'billing-2' }], { statusWriter });
    expect(done().filter((step) => step.startsWith('assume'))).toHaveLength(1);
    expect(cluster.secrets.size).toBe(2);
  });

  it('and a pod that wants the Secret of its name are served by one Secret', async () => {
    cluster.awsIamRoles = [anAwsIamRole('aws-iam-orders', { roleReference: 'team/Orders' })];
    cluster.pods = [aPod('web', ['aws-iam-orders'])];
    await run([aWant('aws-iam-orders'), { ...want, awsIamRole: 'aws-iam-orders' }]);
    expect([...cluster.secrets.values()]).toMatchObject([
      { name: 'aws-iam-orders', ownerUids: ['uid-of-aws-iam-orders'] },
    ]);
    expect(outcomes.map(({ roleArn }) => roleArn.split('role/')[1])).toEqual([
      'team/Orders',
      'team/Orders',
    ]);
  });

  it('says in its report why a status could not be written', async () => {
    const write = async () => ['403 Forbidden'];
    expect(await run([want], { statusWriter: { write } })).toMatchObject({
      unwritten: ['403 Forbidden'],
    });
  });

  it('does not undo what another run made for a later spec', async () => {
    cluster.before = (step) => {
      if (!step.startsWith('create ')) return;
      cluster.before = () => {};
      cluster.put(aSecret('billing', ofAwsIamRole({ uid: 'uid-of-billing' }, '2')));
    };
    await run([want], { statusWriter });
    expect(outcomes).toMatchObject([{ result: 'deferred', reason: 'changed-meanwhile' }]);
    expect(done()).toEqual(['assume shop Billing', 'create shop/billing', 'find shop/billing']);
  });

  it('whose Secret is still that of an earlier one waits for the next run', async () => {
    cluster.before = (step) => {
      if (!step.startsWith('create ')) return;
      cluster.before = () => {};
      cluster.put(aSecret('billing', ofAwsIamRole({ uid: 'earlier' })));
    };
    await run([want], { statusWriter });
    expect(outcomes).toMatchObject([{ result: 'deferred', reason: 'secret-of-earlier-resource' }]);
    expect(cluster.secrets.get('shop/billing')?.ownerUids).toEqual(['earlier']);
  });
});

describe('a Secret that is there', () => {
  beforeEach(() => {
    cluster.pods = [aPod('web', ['aws-iam-orders'])];
  });

  it('and fresh costs no session and no write', async () => {
    cluster.put(aSecret('aws-iam-orders', {}, FRESH));
    expect(await run([aWant('aws-iam-orders')])).toMatchObject({ counts: { kept: 1 } });
    expect(done()).toEqual([]);
  });

  it.each([
    ['ends soon', iso(DUE)],
    ['has ended', iso(minutes(-5))],
    ['says it lasts longer than it can', '9999-12-31T23:59:59Z'],
    ['does not say when it ends', 'garbage'],
  ])('and %s is renewed', async (_, expiresAt) => {
    cluster.put(aSecret('aws-iam-orders', {}, expiresAt));
    expect(await run([aWant('aws-iam-orders')])).toMatchObject({
      counts: { renewed: 1 },
      latencies: [],
    });
    expect(done()).toEqual(['assume shop orders', 'change shop/aws-iam-orders']);
  });

  it('and marked as unused loses the mark', async () => {
    const annotations = { 'kube-aws-iam/unused-since': iso(minutes(-20)) };
    cluster.put(aSecret('aws-iam-orders', { annotations }, FRESH));
    expect(await run([aWant('aws-iam-orders')])).toMatchObject({ counts: { unmarked: 1 } });
    expect(done()).toEqual(['change shop/aws-iam-orders']);
    const { annotations: left } = cluster.secrets.get('shop/aws-iam-orders') ?? {};
    expect(left).not.toHaveProperty('kube-aws-iam/unused-since');
  });

  it.each([
    ["a user's own", { labels: {} }, /was not created by this product/],
    ['of another controller', { labels: { heritage: 'helm' } }, /was not created by this product/],
    ['owned by another object', { ownerUids: ['some-owner'] }, /belongs to .*another object/],
    [
      'of an AWSIAMRole',
      { labels: { heritage: 'kube-aws-iam-controller', type: 'awsiamrole' } },
      /belongs to .*another object/,
    ],
  ])('and is %s is left alone, without a session', async (_, foreign, explanation) => {
    cluster.put(aSecret('aws-iam-orders', foreign, DUE), { mine: 'yes' });
    await run([aWant('aws-iam-orders')]);
    expect(done()).toEqual([]);
    expect(outcomes).toMatchObject([
      { result: 'refused', reason: 'name-taken', message: expect.stringMatching(explanation) },
    ]);
  });

  it('by the time that it is written stays, when it is fresh', async () => {
    cluster.before = (step) => {
      if (!step.startsWith('create ')) return;
      cluster.before = () => {};
      cluster.put(aSecret('aws-iam-orders', {}, FRESH));
    };
    expect(await run([aWant('aws-iam-orders')])).toMatchObject({
      counts: { kept: 1, failed: 0 },
      latencies: [],
    });
  });

  it('after an event is not made again by the next nine', async () => {
    for (let time = 0; time < 10; time++) await run([aWant('aws-iam-orders')]);
    expect(done()).toEqual(['assume shop orders', 'create shop/aws-iam-orders']);
  });

  it('is made once for a thousand pods that are named one after another', async () => {
    cluster.pods = Array.from({ length: 1_000 }, (_, i) => aPod(`web-${i}`, ['aws-iam-orders']));
    for (const { name } of cluster.pods) await run([aWant('aws-iam-orders', { pod: name })]);
    expect(done()).toEqual(['assume shop orders', 'create shop/aws-iam-orders']);
  });
});

describe('the guard', () => {
  beforeEach(() => {
    cluster.pods = [aPod('web', ['aws-iam-orders']), aPod('other', ['aws-iam-stock'])];
  });

  it('refuses with the reason and without a session, and stops no other', async () => {
    cluster.namespaces = [aNamespace('shop', { 'iam.amazonaws.com/allowed-roles': '["stock"]' })];
    const wanted = [aWant('aws-iam-orders'), aWant('aws-iam-stock', { pod: 'other' })];
    expect(await run(wanted)).toMatchObject({ counts: { refused: 1, created: 1 }, unfounded: 0 });
    expect(outcomes).toContainEqual(
      expect.objectContaining({ result: 'refused', reason: 'namespace-does-not-allow' }),
    );
    expect(done()).toEqual(['assume shop stock', 'create shop/aws-iam-stock']);
  });

  it('makes nothing in a namespace that is being deleted', async () => {
    cluster.namespaces = [{ ...aNamespace(), terminating: true }];
    await run([aWant('aws-iam-orders')]);
    expect(done()).toEqual([]);
    expect(outcomes).toMatchObject([{ result: 'refused', reason: 'namespace-terminating' }]);
  });

  it('makes nothing while the namespace is not to be found', async () => {
    cluster.namespaces = [];
    await run([aWant('aws-iam-orders')]);
    expect(done()).toEqual([]);
    expect(outcomes).toMatchObject([{ result: 'deferred', reason: 'namespace-unknown' }]);
  });

  it('judges the wanted Secret and no other of the pod, by an annotation that is read once', async () => {
    const roles = Array.from({ length: 20 }, (_, i) => `aws-iam-r${i}`);
    cluster.pods = [aPod('web', roles)];
    let readings = 0;
    const annotations = {
      get 'iam.amazonaws.com/allowed-roles'() {
        readings += 1;
        return '["*"]';
      },
    };
    const namespaces = listing([aNamespace('shop', annotations)]);
    const observeRequests = () => async (want: CredentialRequest) => ({
      ...(await cluster.observeWant(want)),
      namespaces,
    });
    let judged = 0;
    const policy = {
      ...aPolicy(),
      get deniedRoles() {
        judged += 1;
        return [];
      },
    };
    await run(
      roles.map((role) => aWant(role)),
      { policy, observeRequests: observeRequests },
    );
    expect([judged, readings]).toEqual([20, 1]);
  });

  it.each<[string, NamespaceScope]>([
    ['not one of those to look at', { only: ['shop'], except: [] }],
    ['excluded', { only: [], except: ['bank'] }],
  ])('is not asked about a namespace that is %s', async (_, scope) => {
    cluster.pods.push(aPod('web', ['aws-iam-orders'], 'bank'));
    cluster.namespaces.push(aNamespace('bank'));
    const wanted = [aWant('aws-iam-orders', { namespace: 'bank' }), aWant('aws-iam-orders')];
    expect(await run(wanted, { scope })).toMatchObject({
      wanted: 1,
      counts: { created: 1 },
    });
    expect(cluster.log.join()).not.toContain('bank');
  });
});

describe('when something goes wrong', () => {
  beforeEach(() => {
    cluster.pods = [aPod('web', ['aws-iam-orders', 'aws-iam-stock'])];
  });

  const BOTH = [aWant('aws-iam-orders'), aWant('aws-iam-stock')];

  it.each([
    ['STS', 'assume shop orders', new AssumeRoleError('assume-role-denied', 'no')],
    ['a write', 'create shop/aws-iam-orders', new KubernetesApiError(422, 'Invalid', 'no')],
    ['anything', 'create shop/aws-iam-orders', new TypeError('broken')],
  ])('at %s, it is that of one want, and the others get theirs', async (_, step, error) => {
    fails(step, error);
    expect(await run(BOTH)).toMatchObject({ counts: { failed: 1, created: 1 } });
    expect([...cluster.secrets.keys()]).toEqual(['shop/aws-iam-stock']);
  });

  it('a role that STS refused is not asked for again at once', async () => {
    fails('assume shop orders', new AssumeRoleError('assume-role-denied', 'no'));
    const same = deps();
    for (let time = 0; time < 3; time++) {
      const report = await runPodEvent(same, { wanted: [aWant('aws-iam-orders')] }, FOREVER);
      expect(report.counts).toMatchObject({ failed: 1 });
    }
    expect(done()).toEqual(['assume shop orders']);
  });

  it.each(['pods', 'namespaces', 'secrets'] as const)(
    'while reading %s, nothing is made for that want, others get theirs, and it fails after its report',
    async (list) => {
      const observeRequests = lookingFails(list, 'aws-iam-orders', new Error('it broke off'));
      const ended = run(BOTH, { observeRequests: observeRequests });
      await expect(ended).rejects.toThrow(IncompleteViewError);
      await expect(ended).rejects.toThrow(`could not read everything: ${list}: it broke off`);
      expect([...cluster.secrets.keys()]).toEqual(['shop/aws-iam-stock']);
      expect(done()).toEqual(['assume shop stock', 'create shop/aws-iam-stock']);
      expect(reports).toMatchObject([
        { counts: { created: 1 }, unfounded: 0, incomplete: [`${list}: it broke off`] },
      ]);
      expect(outcomes).toContainEqual(expect.objectContaining({ result: 'created' }));
    },
  );

  it('what nobody can do anything about before a person does ends the event', async () => {
    const observeRequests = () => () => Promise.reject(new ClusterSetupError('no access entry'));
    await expect(run(BOTH, { observeRequests: observeRequests })).rejects.toThrow(
      ClusterSetupError,
    );
  });

  it('the end of its time leaves what was not begun to the next run', async () => {
    const end = new AbortController();
    end.abort(new Error('time is over'));
    expect(await run(BOTH, {}, end.signal)).toMatchObject({ counts: { deferred: 2, created: 0 } });
    expect(outcomes).toMatchObject([{ reason: 'out-of-time' }, { reason: 'out-of-time' }]);
    expect(done()).toEqual([]);
  });
});

describe('many wants', () => {
  const MANY = Array.from({ length: 500 }, (_, i) => aWant(`aws-iam-r${i}`, { pod: `web-${i}` }));

  beforeEach(() => {
    cluster.pods = MANY.map(({ pod, secret }) => aPod(pod, [secret]));
  });

  it('are served with no more than a few under way at a time', async () => {
    let underWay = 0;
    let most = 0;
    const observeRequests = () => async (want: CredentialRequest) => {
      underWay += 1;
      most = Math.max(most, underWay);
      return cluster.observeWant(want);
    };
    const { assumeRole, ...rest } = cluster.deps();
    const report = await run(MANY, {
      ...rest,
      observeRequests: observeRequests,
      assumeRole: async (request, signal) => {
        await new Promise(setImmediate);
        underWay -= 1;
        return assumeRole(request, signal);
      },
    });
    expect(report.counts).toMatchObject({ created: 500 });
    expect(most).toBe(CONCURRENCY);
  });

  it('do not wait for one another: while one is being read, the role of another is assumed', async () => {
    const reading = Promise.withResolvers<void>();
    const assumed = Promise.withResolvers<void>();
    const observeRequests = () => async (want: CredentialRequest) => {
      if (requestedSecretName(want) === 'aws-iam-r0') await reading.promise;
      return cluster.observeWant(want);
    };
    cluster.before = (step) => {
      if (step === 'assume shop r1') assumed.resolve();
    };
    const ended = run(MANY.slice(0, 2), { observeRequests: observeRequests });
    await assumed.promise;
    expect(cluster.log).not.toContain('look shop/aws-iam-r0');
    reading.resolve();
    expect(await ended).toMatchObject({ counts: { created: 2 } });
  });

  it('do not wait for one another: while the role of one is assumed, another is read and made', async () => {
    const session = Promise.withResolvers<void>();
    const { assumeRole, ...rest } = cluster.deps();
    const made = Promise.withResolvers<void>();
    cluster.before = (step) => {
      if (step === 'create shop/aws-iam-r1') made.resolve();
    };
    const ended = run(MANY.slice(0, 2), {
      ...rest,
      assumeRole: async (request, signal) => {
        if (request.roleArn.endsWith('/r0')) await session.promise;
        return assumeRole(request, signal);
      },
    });
    await made.promise;
    session.resolve();
    expect(await ended).toMatchObject({ counts: { created: 2 } });
  });
});
