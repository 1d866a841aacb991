import { describe, expect, it } from 'vitest';
import { BASE_ROLE_ARN } from '../support/builders/builders.ts';
import type { Author, ChangeFact, Collection, Invariant, TrackedObject } from './facts.ts';
import { createInvariantChecker, type InvariantChecker } from './invariant-checker.ts';
import type { SessionPromise } from './tracked-state.ts';

const START = Date.parse('2026-11-23T12:00:00Z');
const at = (minute: number) => new Date(START + minute * 60_000);
const ROLE = `${BASE_ROLE_ARN}orders`;
const NAME = 'aws-iam-orders';
const KEY = `shop/${NAME}`;

/** A history that a checker receives, minute by minute. */
class Scenario {
  readonly checker: InvariantChecker;
  readonly #objects = new Map<string, TrackedObject>();
  #minute = 0;

  constructor(sessions?: SessionPromise) {
    this.checker = createInvariantChecker({
      baseRoleArn: BASE_ROLE_ARN,
      isForbidden: (roleArn) => roleArn.endsWith('/admin'),
      sessions,
    });
  }

  /** Lets time pass and checks deadlines each minute. */
  until(minute: number): this {
    for (; this.#minute < minute; this.#minute += 1) this.checker.checkDeadlines(at(this.#minute));
    this.#minute = minute;
    this.checker.checkDeadlines(at(minute));
    return this;
  }

  put(by: Author, collection: Collection, object: TrackedObject): this {
    const previous = this.#objects.get(placeOf(collection, object));
    this.#objects.set(placeOf(collection, object), object);
    const type = previous === undefined ? 'ADDED' : 'MODIFIED';
    return this.#record({ kind: 'change', type, collection, object, previous, by });
  }

  remove(by: Author, collection: Collection, object: TrackedObject): this {
    const previous = this.#objects.get(placeOf(collection, object)) ?? object;
    this.#objects.delete(placeOf(collection, object));
    return this.#record({
      kind: 'change',
      type: 'DELETED',
      collection,
      object: previous,
      previous,
      by,
    });
  }

  /** STS issues a session, of one hour unless `minutes` says otherwise. */
  session(accessKeyId: string, namespace = 'shop', roleArn = ROLE, minutes = 60): this {
    const expiresAt = at(this.#minute + minutes);
    const sessionName = `${namespace}@test`;
    this.checker.record(at(this.#minute), {
      kind: 'session',
      roleArn,
      sessionName,
      accessKeyId,
      expiresAt,
    });
    return this;
  }

  fault(affected: 'api' | 'sts' | 'sweeps', phase: 'begins' | 'ends'): this {
    this.checker.record(at(this.#minute), { kind: 'fault', affected, phase });
    return this;
  }

  #record(fact: ChangeFact): this {
    this.checker.record(at(this.#minute), fact);
    return this;
  }

  broken(): readonly Invariant[] {
    return [...new Set(this.checker.violations.map(({ invariant }) => invariant))];
  }
}

function placeOf(collection: Collection, { metadata }: TrackedObject): string {
  return `${collection} ${metadata.namespace}/${metadata.name}`;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

const namespace = (name: string, allowed: readonly string[]): TrackedObject => ({
  metadata: {
    name,
    uid: `of-${name}`,
    annotations: { 'iam.amazonaws.com/allowed-roles': JSON.stringify(allowed) },
  },
});

const pod = (phase: 'Pending' | 'Running' | 'Succeeded' = 'Pending', optional = false) =>
  ({
    metadata: { name: 'web', namespace: 'shop', uid: 'web' },
    spec: { volumes: [{ secret: { secretName: NAME, optional } }] },
    status: { phase },
  }) as TrackedObject;

/** A Secret with a session of one hour, issued at minute `issued`. */
function secret(
  key: string,
  issued: number,
  {
    namespaceName = 'shop',
    name = NAME,
    unusedSince = '',
    expire = at(issued + 60).toISOString(),
    isAnnotated = true,
  } = {},
): TrackedObject {
  const annotations: Record<string, string> = {
    ...(isAnnotated ? { 'kube-aws-iam/expires-at': expire } : {}),
    ...(unusedSince === '' ? {} : { 'kube-aws-iam/unused-since': unusedSince }),
  };
  return {
    metadata: {
      name,
      namespace: namespaceName,
      uid: name,
      labels: { heritage: 'kube-aws-iam-controller' },
      annotations,
    },
    data: { credentials: base64(`aws_access_key_id = ${key}\n`), expire: base64(expire) },
  } as TrackedObject;
}

const foreign: TrackedObject = {
  metadata: { name: 'tls', namespace: 'shop', uid: 'tls', labels: {} },
};

/** An AWSIAMRole of the Secret's name, for another role. */
const awsIamRole = (metadata: object = {}) =>
  ({
    metadata: { name: NAME, namespace: 'shop', uid: 'resource', ...metadata },
    spec: { roleReference: 'bar' },
  }) as TrackedObject;

/** The Secret as that of the AWSIAMRole, or without an owner. */
function ofAwsIamRole(key: string, hasOwner: boolean): TrackedObject {
  const { metadata, ...rest } = secret(key, 0);
  const owner = { kind: 'AWSIAMRole', name: NAME, uid: 'resource' };
  return {
    ...rest,
    metadata: {
      ...metadata,
      labels: { heritage: 'kube-aws-iam-controller', type: 'awsiamrole' },
      ...(hasOwner ? { ownerReferences: [owner] } : {}),
    },
  };
}

/** A namespace that allows roles. */
const namespaceAllowing = (...roles: readonly string[]) =>
  new Scenario().put('others', 'namespaces', namespace('shop', roles));

/** A namespace that allowed the role until minute 5. */
const formerlyAllowing = () =>
  namespaceAllowing('orders').until(5).put('others', 'namespaces', namespace('shop', []));

/** A running pod with an optional Secret. */
const optionalMount = () => namespaceAllowing('orders').put('others', 'pods', pod('Running', true));

/** A namespace that allows the role, a pod that requests it, and credentials since minute 0. */
const issuedSecret = () =>
  namespaceAllowing('orders')
    .put('others', 'pods', pod())
    .session('KEY0')
    .put('product', 'secrets', secret('KEY0', 0));

const inUse = () => issuedSecret().put('others', 'pods', pod('Running'));

/** The pod ends in minute 10, and a sweep marks the Secret in minute 20. */
const marked = () =>
  inUse()
    .until(10)
    .put('others', 'pods', pod('Succeeded'))
    .until(20)
    .put('product', 'secrets', secret('KEY0', 0, { unusedSince: at(20).toISOString() }));

/** A pod is running from minute 90 on, with a marked Secret that expired. STS is unavailable until minute 100. */
const startedWithMarkedSecret = () =>
  marked()
    .fault('sts', 'begins')
    .until(90)
    .put('others', 'pods', pod('Running'))
    .until(100)
    .fault('sts', 'ends');

const renewed = (scenario: Scenario, minute: number, key: string) =>
  scenario.until(minute).session(key).put('product', 'secrets', secret(key, minute));

/** Scenarios that break rules, next to similar ones that do not. */
const SCENARIOS: readonly [title: string, broken: readonly Invariant[], play: () => Scenario][] = [
  ['credentials are issued and renewed in time', [], () => renewed(inUse(), 30, 'KEY1').until(80)],
  [
    'the product deletes a Secret in use',
    ['in-use-deleted', 'removed-early'],
    () => inUse().until(5).remove('product', 'secrets', secret('KEY0', 0)),
  ],
  [
    'another client deletes a Secret, and the product recreates it',
    [],
    () =>
      renewed(inUse().until(5).remove('others', 'secrets', secret('KEY0', 0)), 6, 'KEY1').until(20),
  ],
  [
    'a Secret in use is marked as unused',
    ['in-use-marked'],
    () =>
      inUse()
        .until(5)
        .put('product', 'secrets', secret('KEY0', 0, { unusedSince: at(5).toISOString() })),
  ],
  [
    'a Secret is removed after its grace period',
    [],
    () => marked().until(51).remove('product', 'secrets', secret('KEY0', 0)),
  ],
  [
    'a Secret is removed before the end of its grace period',
    ['removed-early'],
    () => marked().until(40).remove('product', 'secrets', secret('KEY0', 0)),
  ],
  [
    'a Secret is removed without a mark',
    ['removed-early'],
    () =>
      inUse()
        .put('others', 'pods', pod('Succeeded'))
        .until(90)
        .remove('product', 'secrets', secret('KEY0', 0)),
  ],
  ['credentials in use expire without a fault', ['in-use-expired'], () => inUse().until(61)],
  [
    'credentials in use expire while STS is unavailable',
    [],
    () => inUse().until(20).fault('sts', 'begins').until(100),
  ],
  [
    'STS is available again for long enough, and credentials are still expired',
    ['in-use-expired'],
    () => inUse().until(20).fault('sts', 'begins').until(100).fault('sts', 'ends').until(103),
  ],
  [
    'a pod starts with a marked Secret whose credentials have expired, and a sweep was not due yet',
    [],
    () => startedWithMarkedSecret().until(122),
  ],
  [
    'a pod starts with a marked Secret whose credentials have expired, and two sweeps do not renew them',
    ['in-use-expired'],
    () => startedWithMarkedSecret().until(124),
  ],
  [
    'the cluster is unavailable every other minute',
    [],
    () => {
      const scenario = inUse();
      for (let minute = 20; minute < 80; minute += 1) {
        scenario.until(minute).fault('api', minute % 2 === 0 ? 'begins' : 'ends');
      }
      return scenario;
    },
  ],
  [
    'a pod waits for a Secret longer than two refresh passes',
    ['not-issued'],
    () => namespaceAllowing('orders').put('others', 'pods', pod()).until(3),
  ],
  [
    'a running pod waits for an optional Secret until the sweep',
    [],
    () => optionalMount().until(22),
  ],
  ['the sweep does not create an optional Secret', ['not-issued'], () => optionalMount().until(24)],
  [
    'a pod waits for a role that its namespace does not allow',
    [],
    () => namespaceAllowing('billing').put('others', 'pods', pod()).until(120),
  ],
  [
    'a session is issued that the namespace does not allow',
    ['not-allowed'],
    () => namespaceAllowing('billing').session('KEY0'),
  ],
  [
    'a session is issued that the namespace allowed until half a minute ago',
    [],
    () => formerlyAllowing().until(5.5).session('KEY0'),
  ],
  [
    'a session is issued that the namespace allowed two minutes ago',
    ['not-allowed'],
    () => formerlyAllowing().until(7).session('KEY0'),
  ],
  [
    'a session is issued that the stack forbids',
    ['not-allowed'],
    () => namespaceAllowing('*').session('KEY0', 'shop', `${BASE_ROLE_ARN}admin`),
  ],
  [
    'a session of another namespace is written into a Secret',
    ['wrong-session'],
    () =>
      issuedSecret()
        .put('others', 'namespaces', namespace('bank', ['orders']))
        .put('product', 'secrets', secret('KEY0', 0, { namespaceName: 'bank' })),
  ],
  [
    'a session of another role is written into a Secret',
    ['wrong-session'],
    () => issuedSecret().put('product', 'secrets', secret('KEY0', 0, { name: 'aws-iam-billing' })),
  ],
  [
    'credentials are written that STS did not issue',
    ['wrong-session'],
    () => issuedSecret().until(1).put('product', 'secrets', secret('KEY9', 1)),
  ],
  [
    'a Secret has another expiry than its session',
    ['wrong-session'],
    () =>
      issuedSecret()
        .until(1)
        .session('KEY1')
        .put('product', 'secrets', secret('KEY1', 1, { expire: at(600).toISOString() })),
  ],
  [
    'the annotation of a written Secret lacks the expiry',
    ['wrong-session'],
    () =>
      issuedSecret()
        .until(1)
        .session('KEY1')
        .put('product', 'secrets', secret('KEY1', 1, { isAnnotated: false })),
  ],
  [
    'the product changes a foreign Secret',
    ['foreign-changed'],
    () =>
      new Scenario().put('others', 'secrets', foreign).put('product', 'secrets', {
        metadata: { ...foreign.metadata, annotations: { ours: 'yes' } },
      }),
  ],
  [
    'another client changes a foreign Secret',
    [],
    () =>
      new Scenario()
        .put('others', 'secrets', foreign)
        .put('others', 'secrets', { metadata: { ...foreign.metadata, annotations: { a: 'b' } } }),
  ],
  [
    'the product changes a pod',
    ['foreign-changed'],
    () => issuedSecret().put('product', 'pods', pod('Running')),
  ],
  ['the product writes an Event', [], () => new Scenario().put('product', 'events', foreign)],
];

describe('the invariant checker', () => {
  it.each(SCENARIOS)('when %s, reports %j', (_, broken, play) => {
    expect(play().broken()).toEqual(broken);
  });

  it('reports a lasting violation once, and again when it returns', () => {
    const scenario = inUse().until(90);
    expect(scenario.checker.violations).toHaveLength(1);
    renewed(scenario, 91, 'KEY1').until(200);
    expect(scenario.checker.violations.map(({ object }) => object)).toEqual([KEY, KEY]);
  });

  it('checks the end state for Secrets that are not requested, marked or missing', () => {
    const endOf = (scenario: Scenario, minute: number) => {
      const before = scenario.until(minute).checker.violations.length;
      scenario.checker.checkEndState(at(minute));
      return scenario.checker.violations.slice(before).map(({ explanation }) => explanation);
    };
    expect(endOf(inUse(), 5)).toEqual([]);
    expect(endOf(inUse().put('others', 'pods', pod('Succeeded')), 5)).toEqual([
      'it exists, but is not requested',
    ]);
    expect(endOf(marked().put('others', 'pods', pod('Running')), 21)).toEqual([
      'it is requested, but marked as unused',
    ]);
    expect(endOf(inUse().remove('others', 'secrets', secret('KEY0', 0)), 1)).toEqual([
      'it is requested, but does not exist',
    ]);
  });

  it('describes the end state by names, owners and roles', () => {
    expect(inUse().checker.endState()).toEqual([`${KEY} of-pods ${ROLE}`]);
    expect(marked().checker.endState()).toEqual([`${KEY} of-pods ${ROLE} marked`]);
    expect(new Scenario().put('others', 'secrets', foreign).checker.endState()).toEqual([
      'shop/tls foreign -',
    ]);
  });
});

describe('a Secret and an AWSIAMRole of its name', () => {
  const BAR = `${BASE_ROLE_ARN}bar`;
  const both = () =>
    namespaceAllowing('orders', 'bar')
      .put('others', 'pods', pod('Running'))
      .session('KEY0')
      .put('product', 'secrets', secret('KEY0', 0))
      .put('others', 'awsiamroles', awsIamRole());

  it('are fine when the resource takes over the Secret of pods', () => {
    const scenario = both().session('KEY1', 'shop', BAR);
    const taken = scenario.put('product', 'secrets', ofAwsIamRole('KEY1', true));
    expect(taken.until(50).broken()).toEqual([]);
  });

  it('are a violation when it does not', () => {
    expect(both().until(50).broken()).toEqual(['not-issued']);
  });

  it('are fine when it is not allowed, as long as the pods have their credentials', () => {
    const scenario = namespaceAllowing('orders').put('others', 'pods', pod('Running'));
    scenario.session('KEY0').put('product', 'secrets', secret('KEY0', 0));
    scenario.put('others', 'awsiamroles', awsIamRole());
    expect(scenario.until(50).broken()).toEqual([]);
    expect(scenario.until(70).broken()).toEqual(['in-use-expired']);
  });

  it('wait while the AWSIAMRole is being deleted', () => {
    const scenario = namespaceAllowing('orders', 'bar').put('others', 'pods', pod());
    const deleted = awsIamRole({ deletionTimestamp: '2026-11-23T12:00:00Z' });
    scenario.put('others', 'awsiamroles', awsIamRole()).put('others', 'awsiamroles', deleted);
    expect(scenario.until(60).broken()).toEqual([]);
    scenario.remove('others', 'awsiamroles', deleted);
    expect(scenario.until(80).broken()).toEqual(['not-issued']);
  });
});

describe('a Secret that lost its owner', () => {
  const orphan = () =>
    namespaceAllowing('orders', 'bar').put('others', 'secrets', ofAwsIamRole('KEY0', false));

  it('can be removed, unless a pod mounts it', () => {
    const removed = orphan().remove('product', 'secrets', ofAwsIamRole('KEY0', false));
    expect(removed.broken()).toEqual([]);
    const mounted = orphan().put('others', 'pods', pod('Running'));
    mounted.remove('product', 'secrets', ofAwsIamRole('KEY0', false));
    expect(mounted.broken()).toEqual(['in-use-deleted']);
  });

  it('never gets credentials without getting an owner', () => {
    const scenario = orphan().put('others', 'pods', pod('Running')).session('KEY1');
    const renewed = scenario.put('product', 'secrets', ofAwsIamRole('KEY1', false));
    expect(renewed.broken()).toEqual(['wrong-session']);
  });

  it('is not expected to be replaced for the pods that mount it', () => {
    expect(orphan().put('others', 'pods', pod()).until(120).broken()).toEqual([]);
  });
});

it('a Secret of an AWSIAMRole is not removed by the product', () => {
  const scenario = namespaceAllowing('bar').put('others', 'secrets', ofAwsIamRole('KEY0', true));
  scenario.remove('product', 'secrets', ofAwsIamRole('KEY0', true));
  expect(scenario.broken()).toEqual(['foreign-changed']);
});

it('a Secret of another owner is not changed by the product', () => {
  const { metadata, ...rest } = secret('KEY0', 0);
  const ownerReferences = [{ kind: 'Backup', name: 'nightly', uid: 'b' }];
  const owned = { ...rest, metadata: { ...metadata, ownerReferences } };
  const scenario = namespaceAllowing('orders').put('others', 'secrets', owned).session('KEY1');
  expect(scenario.put('product', 'secrets', owned).broken()).toEqual(['foreign-changed']);
});

it.each([
  ['may be kept by finalizers if it belongs to a deleted one', 'later', []],
  ['must be renewed while finalizers keep it', 'resource', ['not-issued']],
] as const)('a Secret of an AWSIAMRole that is being deleted %s', (_, uid, broken) => {
  const { metadata, ...rest } = ofAwsIamRole('KEY0', true);
  const kept = { ...rest, metadata: { ...metadata, deletionTimestamp: at(0).toISOString() } };
  const scenario = namespaceAllowing('bar').put('others', 'secrets', kept);
  scenario.put('others', 'awsiamroles', awsIamRole({ uid }));
  expect(scenario.until(120).broken()).toEqual(broken);
});

describe('sessions of twelve hours, of which an outage may take eleven', () => {
  const HALF_DAY = 12 * 60;
  const promise = { longestMs: HALF_DAY * 60_000, toleratedMs: () => 660 * 60_000 };
  /** A Secret in use. STS is unavailable until it has expired, from the minute `from` on. */
  const downFrom = (from: number, changesTakeMs = 0) =>
    new Scenario({ ...promise, changesTakeMs })
      .put('others', 'namespaces', namespace('shop', ['orders']))
      .put('others', 'pods', pod('Running'))
      .session('KEY0', 'shop', ROLE, HALF_DAY)
      .put('product', 'secrets', secret('KEY0', 0, { expire: at(HALF_DAY).toISOString() }))
      .until(from)
      .fault('sts', 'begins')
      .until(HALF_DAY + 1);

  it('are fine when the outage lasted longer', () => {
    expect(downFrom(60).broken()).toEqual([]);
  });

  it('are a violation when there was time to renew them', () => {
    expect(downFrom(70).broken()).toEqual(['in-use-expired']);
  });

  it('take longer to renew when a setting is changed', () => {
    expect(downFrom(65, 5 * 60_000).broken()).toEqual([]);
    expect(downFrom(70, 5 * 60_000).broken()).toEqual(['in-use-expired']);
  });
});
