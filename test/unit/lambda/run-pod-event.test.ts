import { beforeEach, describe, expect, it } from 'vitest';
import { BUDGET } from '../../../contract/budgets.ts';
import type { NamespaceScope } from '../../../contract/kubernetes/namespace.ts';
import { SECRET_CONCURRENCY } from '../../../contract/limits.ts';
import { type CredentialRequest, requestedSecretName } from '../../../contract/pod-event.ts';
import {
  ClusterSetupError,
  IncompleteViewError,
  KubernetesApiError,
} from '../../../kubernetes/errors.ts';
import type { ItemOutcome } from '../../../lambda/act/item-outcome.ts';
import { AssumeRoleError } from '../../../lambda/act/sessions/assume-role-error.ts';
import type { IgnoredMount } from '../../../lambda/decide/requested-secrets.ts';
import { createMinuteCounter } from '../../../lambda/minute-counter.ts';
import {
  type ClusterView,
  createRequestObserver,
} from '../../../lambda/observe/observe-cluster.ts';
import type { PodEventReport } from '../../../lambda/report/pod-event-report.ts';
import { type PodEventDeps, runPodEvent } from '../../../lambda/run-pod-event.ts';
import {
  aNamespace,
  anAwsIamRole,
  anOwner,
  aPod,
  aPolicy,
  aRequest,
  aSecret,
  EVERYWHERE,
  iso,
  listing,
  minutes,
  ofAwsIamRole,
} from '../../support/builders/builders.ts';
import { FakeCluster } from '../../support/builders/fake-cluster.ts';
import { fakeConnection, statusAnswer } from '../kubernetes/fake-connection.ts';

const FOREVER = new AbortController().signal;
const FRESH = minutes(59);
const DUE = minutes(5);

let cluster: FakeCluster;
let reports: PodEventReport[];
let outcomes: ItemOutcome[];
let ignored: IgnoredMount[];
let reported: ItemOutcome[];

beforeEach(() => {
  cluster = new FakeCluster();
  reports = [];
  outcomes = [];
  ignored = [];
  reported = [];
});

function deps(overrides: Partial<PodEventDeps> = {}): PodEventDeps {
  return {
    ...cluster.deps(),
    policy: aPolicy(),
    scope: EVERYWHERE,
    observeRequests: () => cluster.observeRequest,
    statusWriter: { write: async () => [] },
    eventReporter: { report: async (all) => void reported.push(...all) },
    changeLog: {
      writePass: () => {},
      writeCheck: () => {},
      writePodEvent: (all, mounts) => {
        outcomes.push(...all);
        ignored.push(...mounts);
      },
    },
    addPodEventMetrics: (report) => reports.push(report),
    requestCounts: createMinuteCounter(),
    ...overrides,
  };
}

const run = (
  wanted: readonly CredentialRequest[],
  overrides: Partial<PodEventDeps> = {},
  signal = FOREVER,
) => runPodEvent(deps(overrides), { wanted }, signal);

/** The calls that were made, except for observing. */
const calls = () => cluster.log.filter((step) => !step.startsWith('observe '));

function fails(step: string, error: Error): void {
  cluster.before = (now) => {
    if (now === step) throw error;
  };
}

/** Observes, and fails to read one list for one Secret. */
function observeWithFailure(list: keyof ClusterView, secret: string, failure: Error) {
  return () => async (request: CredentialRequest) => {
    const view = await cluster.observeRequest(request);
    return requestedSecretName(request) === secret
      ? { ...view, [list]: listing([], failure) }
      : view;
  };
}

describe('a pod that requests the Secret', () => {
  it('receives it, but not its other Secrets, which the event does not name', async () => {
    cluster.pods = [aPod('web', ['aws-iam-billing', 'aws-iam-orders', 'aws-iam-stock'])];
    const report = await run([aRequest('aws-iam-orders')]);
    expect(calls()).toEqual(['assume shop orders', 'create shop/aws-iam-orders']);
    expect(report).toMatchObject({ wanted: 1, unfounded: 0, counts: { created: 1, kept: 0 } });
    expect(reports).toEqual([report]);
    expect(outcomes).toMatchObject([{ result: 'created', name: 'aws-iam-orders' }]);
    expect(reported).toEqual(outcomes);
  });

  it('receives several Secrets, and each namespace has its own session', async () => {
    cluster.pods = [
      aPod('web', ['aws-iam-billing', 'aws-iam-orders']),
      aPod('web', ['aws-iam-orders'], 'bank'),
    ];
    cluster.namespaces.push(aNamespace('bank'));
    await run([
      aRequest('aws-iam-billing'),
      aRequest('aws-iam-orders'),
      aRequest('aws-iam-orders', { namespace: 'bank' }),
    ]);
    const created = [...cluster.secrets.values()];
    expect(created.map(({ namespace, name }) => `${namespace}/${name}`).sort()).toEqual([
      'bank/aws-iam-orders',
      'shop/aws-iam-billing',
      'shop/aws-iam-orders',
    ]);
    for (const { namespace, data } of created) {
      expect(data['credentials']).toContain(`ASIA-${namespace}`);
      expect(data['credentials']).not.toContain(namespace === 'shop' ? 'ASIA-bank' : 'ASIA-shop');
    }
  });

  it('is reported the mounts that stand for no role', async () => {
    cluster.pods = [aPod('web', ['aws-iam-orders', 'aws-iam-Orders'])];
    await run([aRequest('aws-iam-orders')]);
    expect(ignored).toMatchObject([
      { secretName: 'aws-iam-Orders', reason: 'impossible-secret-name' },
    ]);
  });

  it('receives no Secrets beyond the limit of roles per pod', async () => {
    const roles = Array.from({ length: 22 }, (_, i) => `aws-iam-r${i + 1}`);
    cluster.pods = [aPod('web', roles)];
    const report = await run([
      aRequest('aws-iam-r20'),
      aRequest('aws-iam-r21'),
      aRequest('aws-iam-r22'),
    ]);
    expect(calls()).toEqual(['assume shop r20', 'create shop/aws-iam-r20']);
    expect(report).toMatchObject({ unfounded: 2, counts: { created: 1 } });
    expect(ignored).toContainEqual(expect.objectContaining({ reason: 'too-many-roles' }));
  });

  it('has a latency since it was first seen, for created Secrets', async () => {
    cluster.pods = [aPod('web', ['aws-iam-orders', 'aws-iam-stock'])];
    cluster.put(aSecret('aws-iam-stock', {}, DUE));
    cluster.before = (step) => {
      if (step.startsWith('create ')) cluster.now = new Date(cluster.now.getTime() + 250);
    };
    const seenAt = new Date(cluster.now.getTime() - 150).toISOString();
    const requests = ['aws-iam-orders', 'aws-iam-stock'].map((name) => aRequest(name, { seenAt }));
    expect(await run(requests)).toMatchObject({ latencies: [400], durationMilliseconds: 250 });
  });
});

describe('a request that no pod makes', () => {
  it.each<[string, () => void]>([
    ['whose pod does not exist', () => {}],
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
      'whose Secret another pod mounts',
      () => {
        cluster.pods = [aPod('web', ['aws-iam-billing']), aPod('web-2', ['aws-iam-orders'])];
      },
    ],
    [
      'for a managed Secret that is due, but unused',
      () => cluster.put(aSecret('aws-iam-orders', {}, DUE)),
    ],
    [
      'for an unmanaged, unused Secret',
      () => cluster.put(aSecret('aws-iam-orders', { labels: {} })),
    ],
  ])('%s changes nothing, and does not call STS', async (_, prepare) => {
    prepare();
    const before = new Map(cluster.secrets);
    const report = await run([aRequest('aws-iam-orders')]);
    expect(calls()).toEqual([]);
    expect(cluster.secrets).toEqual(before);
    expect(report).toMatchObject({ wanted: 1, unfounded: 1, latencies: [] });
    expect(Object.values(report.counts).every((count) => count === 0)).toBe(true);
    expect(outcomes).toEqual([]);
  });

  it.each(['Succeeded', 'Failed'])('creates nothing for a pod in phase %s', async (phase) => {
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
    expect(await run([aRequest('aws-iam-orders')], { observeRequests })).toMatchObject({
      unfounded: 1,
    });
    expect(calls()).toEqual([]);
    pod.status.phase = 'Pending';
    await run([aRequest('aws-iam-orders')], { observeRequests });
    expect(calls()).toEqual(['assume shop orders', 'create shop/aws-iam-orders']);
  });
});

describe('an AWSIAMRole', () => {
  const request = { namespace: 'shop', awsIamRole: 'billing', seenAt: aRequest('').seenAt };
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

  it('receives its Secret, with its uid as the owner, and a status', async () => {
    const report = await run([request], { statusWriter });
    expect(calls()).toEqual(['assume shop Billing', 'create shop/billing']);
    expect(report).toMatchObject({ unfounded: 0, counts: { created: 1 }, latencies: [0] });
    expect(cluster.secrets.get('shop/billing')).toMatchObject({
      labels: { heritage: 'kube-aws-iam-controller', type: 'awsiamrole' },
      owners: [{ uid: 'uid-of-billing' }],
      data: { 'awsiamrole-generation': '1' },
    });
    expect(statuses).toEqual(['created billing']);
  });

  it('that does not exist in the namespace is only looked up', async () => {
    cluster.awsIamRoles = [anAwsIamRole('billing', { namespace: 'bank' })];
    expect(await run([request], { statusWriter })).toMatchObject({ unfounded: 1 });
    expect(calls()).toEqual([]);
  });

  it('shares a session with others of its namespace that name the same role', async () => {
    cluster.awsIamRoles.push(anAwsIamRole('billing-2', { roleReference: 'team/Billing' }));
    await run([request, { ...request, awsIamRole: 'billing-2' }], { statusWriter });
    expect(calls().filter((step) => step.startsWith('assume'))).toHaveLength(1);
    expect(cluster.secrets.size).toBe(2);
  });

  it('shares its Secret with a pod that mounts it', async () => {
    cluster.awsIamRoles = [anAwsIamRole('aws-iam-orders', { roleReference: 'team/Orders' })];
    cluster.pods = [aPod('web', ['aws-iam-orders'])];
    await run([aRequest('aws-iam-orders'), { ...request, awsIamRole: 'aws-iam-orders' }]);
    expect([...cluster.secrets.values()]).toMatchObject([
      { name: 'aws-iam-orders', owners: [{ uid: 'uid-of-aws-iam-orders' }] },
    ]);
    expect(outcomes.map(({ roleArn }) => roleArn.split('role/')[1])).toEqual([
      'team/Orders',
      'team/Orders',
    ]);
  });

  it('has the reason in the report when its status could not be written', async () => {
    const write = async () => ['403 Forbidden'];
    expect(await run([request], { statusWriter: { write } })).toMatchObject({
      unwritten: ['403 Forbidden'],
    });
  });

  it('does not overwrite the Secret that another pass wrote for a later spec', async () => {
    cluster.before = (step) => {
      if (!step.startsWith('create ')) return;
      cluster.before = () => {};
      cluster.put(
        aSecret('billing', ofAwsIamRole({ uid: 'uid-of-billing', name: 'billing' }, '2')),
      );
    };
    await run([request], { statusWriter });
    expect(outcomes).toMatchObject([{ result: 'deferred', reason: 'changed-meanwhile' }]);
    expect(calls()).toEqual(['assume shop Billing', 'create shop/billing', 'find shop/billing']);
  });

  it.each([
    [1, 'deferred'],
    [3, 'refused'],
  ])('is, %d minutes old, %s while the Secret of an earlier one exists', async (age, result) => {
    cluster.awsIamRoles = [anAwsIamRole('billing', { createdAt: minutes(-age) })];
    cluster.before = (step) => {
      if (!step.startsWith('create ')) return;
      cluster.before = () => {};
      cluster.put(aSecret('billing', ofAwsIamRole({ uid: 'earlier', name: 'billing' })));
    };
    await run([request], { statusWriter });
    expect(outcomes).toMatchObject([{ result, reason: 'secret-of-earlier-resource' }]);
    expect(cluster.secrets.get('shop/billing')?.owners).toMatchObject([{ uid: 'earlier' }]);
  });
});

describe('an existing Secret', () => {
  beforeEach(() => {
    cluster.pods = [aPod('web', ['aws-iam-orders'])];
  });

  it('that is fresh is kept without a session or a write', async () => {
    cluster.put(aSecret('aws-iam-orders', {}, FRESH));
    expect(await run([aRequest('aws-iam-orders')])).toMatchObject({ counts: { kept: 1 } });
    expect(calls()).toEqual([]);
  });

  it.each([
    ['expires soon', iso(DUE)],
    ['has expired', iso(minutes(-5))],
    ['has an expiry beyond any session', '9999-12-31T23:59:59Z'],
    ['has a malformed expiry', 'garbage'],
  ])('that %s is renewed', async (_, expiresAt) => {
    cluster.put(aSecret('aws-iam-orders', {}, expiresAt));
    expect(await run([aRequest('aws-iam-orders')])).toMatchObject({
      counts: { renewed: 1 },
      latencies: [],
    });
    expect(calls()).toEqual(['assume shop orders', 'change shop/aws-iam-orders']);
  });

  it('that is marked as unused loses the mark', async () => {
    const annotations = { 'kube-aws-iam/unused-since': iso(minutes(-20)) };
    cluster.put(aSecret('aws-iam-orders', { annotations }, FRESH));
    expect(await run([aRequest('aws-iam-orders')])).toMatchObject({ counts: { unmarked: 1 } });
    expect(calls()).toEqual(['change shop/aws-iam-orders']);
    const { annotations: remaining } = cluster.secrets.get('shop/aws-iam-orders') ?? {};
    expect(remaining).not.toHaveProperty('kube-aws-iam/unused-since');
  });

  it.each([
    [
      'owned by another object',
      { owners: [anOwner()] },
      'owned-by-another',
      /has the owner ConfigMap backup .* kubectl delete secret -n shop aws-iam-orders/,
    ],
    [
      'of an AWSIAMRole that does not exist',
      { labels: { heritage: 'kube-aws-iam-controller', type: 'awsiamrole' } },
      'awsiamrole-missing',
      /no longer exists.*creates one for role orders/,
    ],
  ])(
    'that is %s is not changed, and no session is requested',
    async (_, foreign, reason, explanation) => {
      cluster.put(aSecret('aws-iam-orders', foreign, DUE), { mine: 'yes' });
      await run([aRequest('aws-iam-orders')]);
      expect(calls()).toEqual([]);
      expect(outcomes).toMatchObject([
        { result: 'refused', reason, message: expect.stringMatching(explanation) },
      ]);
    },
  );

  it.each([
    ["a user's own", {}],
    ['of another controller', { heritage: 'helm' }],
  ])('that is %s is left to the pod, without a session', async (_, labels) => {
    cluster.put(aSecret('aws-iam-orders', { labels }, DUE), { mine: 'yes' });
    const report = await run([aRequest('aws-iam-orders')]);
    expect(calls()).toEqual([]);
    expect(outcomes).toEqual([]);
    expect(ignored).toMatchObject([{ secretName: 'aws-iam-orders', reason: 'foreign-secret' }]);
    expect(report).toMatchObject({ unfounded: 0, counts: { refused: 0 } });
  });

  it('that appears before it is created is kept if it is fresh', async () => {
    cluster.before = (step) => {
      if (!step.startsWith('create ')) return;
      cluster.before = () => {};
      cluster.put(aSecret('aws-iam-orders', {}, FRESH));
    };
    expect(await run([aRequest('aws-iam-orders')])).toMatchObject({
      counts: { kept: 1, failed: 0 },
      latencies: [],
    });
  });

  it('is not created again by nine further events', async () => {
    for (let i = 0; i < 10; i++) await run([aRequest('aws-iam-orders')]);
    expect(calls()).toEqual(['assume shop orders', 'create shop/aws-iam-orders']);
  });

  it('is created once for the events of a thousand pods', async () => {
    cluster.pods = Array.from({ length: 1_000 }, (_, i) => aPod(`web-${i}`, ['aws-iam-orders']));
    for (const { name } of cluster.pods) await run([aRequest('aws-iam-orders', { pod: name })]);
    expect(calls()).toEqual(['assume shop orders', 'create shop/aws-iam-orders']);
  });
});

describe('the guard', () => {
  beforeEach(() => {
    cluster.pods = [aPod('web', ['aws-iam-orders']), aPod('other', ['aws-iam-stock'])];
  });

  it('refuses a request with the reason and without a session, and does not affect others', async () => {
    cluster.namespaces = [aNamespace('shop', { 'iam.amazonaws.com/allowed-roles': '["stock"]' })];
    const wanted = [aRequest('aws-iam-orders'), aRequest('aws-iam-stock', { pod: 'other' })];
    expect(await run(wanted)).toMatchObject({ counts: { refused: 1, created: 1 }, unfounded: 0 });
    expect(outcomes).toContainEqual(
      expect.objectContaining({ result: 'refused', reason: 'namespace-does-not-allow' }),
    );
    expect(calls()).toEqual(['assume shop stock', 'create shop/aws-iam-stock']);
  });

  it('creates nothing in a namespace that is being deleted', async () => {
    cluster.namespaces = [{ ...aNamespace(), terminating: true }];
    await run([aRequest('aws-iam-orders')]);
    expect(calls()).toEqual([]);
    expect(outcomes).toMatchObject([{ result: 'refused', reason: 'namespace-terminating' }]);
  });

  it('creates nothing while the namespace does not exist', async () => {
    cluster.namespaces = [];
    await run([aRequest('aws-iam-orders')]);
    expect(calls()).toEqual([]);
    expect(outcomes).toMatchObject([{ result: 'deferred', reason: 'namespace-unknown' }]);
  });

  it('checks only the requested Secrets of the pod, with an annotation that is read once', async () => {
    const roles = Array.from({ length: 20 }, (_, i) => `aws-iam-r${i}`);
    cluster.pods = [aPod('web', roles)];
    let reads = 0;
    const annotations = {
      get 'iam.amazonaws.com/allowed-roles'() {
        reads += 1;
        return '["*"]';
      },
    };
    const namespaces = listing([aNamespace('shop', annotations)]);
    const observeRequests = () => async (request: CredentialRequest) => ({
      ...(await cluster.observeRequest(request)),
      namespaces,
    });
    let checks = 0;
    const policy = {
      ...aPolicy(),
      get deniedRoles() {
        checks += 1;
        return [];
      },
    };
    await run(
      roles.map((role) => aRequest(role)),
      { policy, observeRequests },
    );
    expect([checks, reads]).toEqual([20, 1]);
  });

  it.each<[string, NamespaceScope]>([
    ['not in scope', { only: ['shop'], except: [] }],
    ['excluded', { only: [], except: ['bank'] }],
  ])('ignores a namespace that is %s', async (_, scope) => {
    cluster.pods.push(aPod('web', ['aws-iam-orders'], 'bank'));
    cluster.namespaces.push(aNamespace('bank'));
    const wanted = [aRequest('aws-iam-orders', { namespace: 'bank' }), aRequest('aws-iam-orders')];
    expect(await run(wanted, { scope })).toMatchObject({
      wanted: 1,
      counts: { created: 1 },
    });
    expect(cluster.log.join()).not.toContain('bank');
  });
});

describe('a failure', () => {
  beforeEach(() => {
    cluster.pods = [aPod('web', ['aws-iam-orders', 'aws-iam-stock'])];
  });

  const BOTH = [aRequest('aws-iam-orders'), aRequest('aws-iam-stock')];

  it.each([
    ['of STS', 'assume shop orders', new AssumeRoleError('assume-role-denied', 'no')],
    ['of a write', 'create shop/aws-iam-orders', new KubernetesApiError(422, 'Invalid', 'no')],
    ['of any other kind', 'create shop/aws-iam-orders', new TypeError('broken')],
  ])('%s fails one request, and the others succeed', async (_, step, error) => {
    fails(step, error);
    expect(await run(BOTH)).toMatchObject({ counts: { failed: 1, created: 1 } });
    expect([...cluster.secrets.keys()]).toEqual(['shop/aws-iam-stock']);
  });

  it('of STS to issue a session is backed off', async () => {
    fails('assume shop orders', new AssumeRoleError('assume-role-denied', 'no'));
    const same = deps();
    for (let i = 0; i < 3; i++) {
      const report = await runPodEvent(same, { wanted: [aRequest('aws-iam-orders')] }, FOREVER);
      expect(report.counts).toMatchObject({ failed: 1 });
    }
    expect(calls()).toEqual(['assume shop orders']);
  });

  it.each(['pods', 'namespaces', 'secrets'] as const)(
    'to read %s fails one request, the others succeed, and the event fails after its report',
    async (list) => {
      const observeRequests = observeWithFailure(
        list,
        'aws-iam-orders',
        new Error('connection lost'),
      );
      const result = run(BOTH, { observeRequests });
      await expect(result).rejects.toThrow(IncompleteViewError);
      await expect(result).rejects.toThrow(`could not read everything: ${list}: connection lost`);
      expect([...cluster.secrets.keys()]).toEqual(['shop/aws-iam-stock']);
      expect(calls()).toEqual(['assume shop stock', 'create shop/aws-iam-stock']);
      expect(reports).toMatchObject([
        { counts: { created: 1 }, unfounded: 0, incomplete: [`${list}: connection lost`] },
      ]);
      expect(outcomes).toContainEqual(expect.objectContaining({ result: 'created' }));
    },
  );

  it('of the setup ends the event', async () => {
    const observeRequests = () => () => Promise.reject(new ClusterSetupError('no access entry'));
    await expect(run(BOTH, { observeRequests })).rejects.toThrow(ClusterSetupError);
  });

  it('to finish in time defers the requests that were not started', async () => {
    const end = new AbortController();
    end.abort(new Error('timeout'));
    expect(await run(BOTH, {}, end.signal)).toMatchObject({ counts: { deferred: 2, created: 0 } });
    expect(outcomes).toMatchObject([{ reason: 'out-of-time' }, { reason: 'out-of-time' }]);
    expect(calls()).toEqual([]);
  });
});

describe('many requests', () => {
  const MANY = Array.from({ length: BUDGET.requestsPerNamespacePerMinute }, (_, i) =>
    aRequest(`aws-iam-r${i}`, { pod: `web-${i}` }),
  );

  beforeEach(() => {
    cluster.pods = MANY.map(({ pod, secret }) => aPod(pod, [secret]));
  });

  it('are handled with limited concurrency', async () => {
    let inFlight = 0;
    let max = 0;
    const observeRequests = () => async (request: CredentialRequest) => {
      inFlight += 1;
      max = Math.max(max, inFlight);
      return cluster.observeRequest(request);
    };
    const { assumeRole, ...rest } = cluster.deps();
    const report = await run(MANY, {
      ...rest,
      observeRequests,
      assumeRole: async (request, signal) => {
        await new Promise(setImmediate);
        inFlight -= 1;
        return assumeRole(request, signal);
      },
    });
    expect(report.counts).toMatchObject({ created: MANY.length });
    expect(max).toBe(SECRET_CONCURRENCY);
  });

  it('are handled concurrently: one is read while the role of another is assumed', async () => {
    const reading = Promise.withResolvers<void>();
    const assumed = Promise.withResolvers<void>();
    const observeRequests = () => async (request: CredentialRequest) => {
      if (requestedSecretName(request) === 'aws-iam-r0') await reading.promise;
      return cluster.observeRequest(request);
    };
    cluster.before = (step) => {
      if (step === 'assume shop r1') assumed.resolve();
    };
    const result = run(MANY.slice(0, 2), { observeRequests });
    await assumed.promise;
    expect(cluster.log).not.toContain('observe shop/aws-iam-r0');
    reading.resolve();
    expect(await result).toMatchObject({ counts: { created: 2 } });
  });

  it('are handled concurrently: the Secret of one is created while the role of another is assumed', async () => {
    const session = Promise.withResolvers<void>();
    const { assumeRole, ...rest } = cluster.deps();
    const created = Promise.withResolvers<void>();
    cluster.before = (step) => {
      if (step === 'create shop/aws-iam-r1') created.resolve();
    };
    const result = run(MANY.slice(0, 2), {
      ...rest,
      assumeRole: async (request, signal) => {
        if (request.roleArn.endsWith('/r0')) await session.promise;
        return assumeRole(request, signal);
      },
    });
    await created.promise;
    session.resolve();
    expect(await result).toMatchObject({ counts: { created: 2 } });
  });
});
