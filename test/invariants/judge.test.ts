import { describe, expect, it } from 'vitest';
import { BASE_ROLE_ARN } from '../support/builders.ts';
import type { Author, ChangeFact, Collection, Invariant, WitnessedObject } from './facts.ts';
import { createJudge, type Judge } from './judge.ts';

const START = Date.parse('2026-11-23T12:00:00Z');
const at = (minute: number) => new Date(START + minute * 60_000);
const ROLE = `${BASE_ROLE_ARN}orders`;
const NAME = 'aws-iam-orders';
const KEY = `shop/${NAME}`;

/** Tells a judge what happens, a minute at a time. */
class Story {
  readonly judge: Judge = createJudge({
    baseRoleArn: BASE_ROLE_ARN,
    isForbidden: (roleArn) => roleArn.endsWith('/admin'),
  });
  readonly #there = new Map<string, WitnessedObject>();
  #minute = 0;

  /** Lets time pass, of which the judge is told each minute. */
  until(minute: number): this {
    for (; this.#minute < minute; this.#minute += 1) this.judge.clockMovedTo(at(this.#minute));
    this.#minute = minute;
    this.judge.clockMovedTo(at(minute));
    return this;
  }

  put(by: Author, collection: Collection, object: WitnessedObject): this {
    const previous = this.#there.get(placeOf(collection, object));
    this.#there.set(placeOf(collection, object), object);
    const type = previous === undefined ? 'ADDED' : 'MODIFIED';
    return this.#tell({ kind: 'change', type, collection, object, previous, by });
  }

  remove(by: Author, collection: Collection, object: WitnessedObject): this {
    const previous = this.#there.get(placeOf(collection, object)) ?? object;
    this.#there.delete(placeOf(collection, object));
    return this.#tell({
      kind: 'change',
      type: 'DELETED',
      collection,
      object: previous,
      previous,
      by,
    });
  }

  /** STS opens a session of an hour. */
  session(accessKeyId: string, namespace = 'shop', roleArn = ROLE): this {
    const expiresAt = at(this.#minute + 60);
    const sessionName = `${namespace}@test`;
    this.judge.see(at(this.#minute), {
      kind: 'session',
      roleArn,
      sessionName,
      accessKeyId,
      expiresAt,
    });
    return this;
  }

  trouble(what: 'api' | 'sts' | 'sweeps', phase: 'begins' | 'ends'): this {
    this.judge.see(at(this.#minute), { kind: 'trouble', with: what, phase });
    return this;
  }

  #tell(fact: ChangeFact): this {
    this.judge.see(at(this.#minute), fact);
    return this;
  }

  broken(): readonly Invariant[] {
    return [...new Set(this.judge.violations.map(({ invariant }) => invariant))];
  }
}

function placeOf(collection: Collection, { metadata }: WitnessedObject): string {
  return `${collection} ${metadata.namespace}/${metadata.name}`;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

const namespace = (name: string, allowed: readonly string[]): WitnessedObject => ({
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
  }) as WitnessedObject;

/** A Secret with the credentials of an hour that began at `issued`. */
function secret(
  key: string,
  issued: number,
  { where = 'shop', name = NAME, unusedSince = '', expire = at(issued + 60).toISOString() } = {},
): WitnessedObject {
  const annotations: Record<string, string> =
    unusedSince === '' ? {} : { 'kube-aws-iam/unused-since': unusedSince };
  return {
    metadata: {
      name,
      namespace: where,
      uid: name,
      labels: { heritage: 'kube-aws-iam-controller' },
      annotations,
    },
    data: { credentials: base64(`aws_access_key_id = ${key}\n`), expire: base64(expire) },
  } as WitnessedObject;
}

const foreign: WitnessedObject = {
  metadata: { name: 'tls', namespace: 'shop', uid: 'tls', labels: {} },
};

/** A namespace that allows roles. */
const allowing = (...roles: readonly string[]) =>
  new Story().put('others', 'namespaces', namespace('shop', roles));

/** One that allowed the role until minute 5. */
const allowedOnce = () =>
  allowing('orders').until(5).put('others', 'namespaces', namespace('shop', []));

/** A pod that runs, and wants what it can do without. */
const optional = () => allowing('orders').put('others', 'pods', pod('Running', true));

/** A namespace that allows the role, a pod that wants it, and credentials since minute 0. */
const given = () =>
  allowing('orders')
    .put('others', 'pods', pod())
    .session('KEY0')
    .put('product', 'secrets', secret('KEY0', 0));

const inUse = () => given().put('others', 'pods', pod('Running'));

/** Its pod ended in minute 10, and the next sweep marks it in minute 20. */
const marked = () =>
  inUse()
    .until(10)
    .put('others', 'pods', pod('Succeeded'))
    .until(20)
    .put('product', 'secrets', secret('KEY0', 0, { unusedSince: at(20).toISOString() }));

const renewed = (story: Story, minute: number, key: string) =>
  story.until(minute).session(key).put('product', 'secrets', secret(key, minute));

/** What the judge has to find, and beside each what is like it and breaks no rule. */
const STORIES: readonly [what: string, broken: readonly Invariant[], tell: () => Story][] = [
  ['credentials are given and renewed in time', [], () => renewed(inUse(), 30, 'KEY1').until(80)],
  [
    'the product deletes a Secret that a pod runs on',
    ['in-use-deleted', 'removed-early'],
    () => inUse().until(5).remove('product', 'secrets', secret('KEY0', 0)),
  ],
  [
    'somebody else deletes it, and the product makes it again',
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
    'a Secret is removed half an hour after its mark',
    [],
    () => marked().until(51).remove('product', 'secrets', secret('KEY0', 0)),
  ],
  [
    'a Secret is removed before that',
    ['removed-early'],
    () => marked().until(40).remove('product', 'secrets', secret('KEY0', 0)),
  ],
  [
    'a Secret is removed that was never marked',
    ['removed-early'],
    () =>
      inUse()
        .put('others', 'pods', pod('Succeeded'))
        .until(90)
        .remove('product', 'secrets', secret('KEY0', 0)),
  ],
  ['credentials in use end although all was there', ['in-use-expired'], () => inUse().until(61)],
  [
    'credentials in use end while STS is away',
    [],
    () => inUse().until(20).trouble('sts', 'begins').until(100),
  ],
  [
    'STS is back for long enough, and they are not given',
    ['in-use-expired'],
    () => inUse().until(20).trouble('sts', 'begins').until(100).trouble('sts', 'ends').until(103),
  ],
  [
    'the cluster is away half of each minute',
    [],
    () => {
      const story = inUse();
      for (let minute = 20; minute < 80; minute += 1) {
        story.until(minute).trouble('api', minute % 2 === 0 ? 'begins' : 'ends');
      }
      return story;
    },
  ],
  [
    'a pod waits for a Secret longer than two ticks take',
    ['wanted-not-given'],
    () => allowing('orders').put('others', 'pods', pod()).until(3),
  ],
  [
    'a running pod waits for what it can do without, until the sweep',
    [],
    () => optional().until(22),
  ],
  ['the sweep does not give it either', ['wanted-not-given'], () => optional().until(24)],
  [
    'a pod waits for what its namespace does not allow',
    [],
    () => allowing('billing').put('others', 'pods', pod()).until(120),
  ],
  [
    'a session is opened that the namespace does not allow',
    ['not-allowed'],
    () => allowing('billing').session('KEY0'),
  ],
  [
    'a session is opened that it allowed until half a minute ago',
    [],
    () => allowedOnce().until(5.5).session('KEY0'),
  ],
  [
    'a session is opened that it allowed two minutes ago',
    ['not-allowed'],
    () => allowedOnce().until(7).session('KEY0'),
  ],
  [
    'a session is opened that the stack forbids',
    ['not-allowed'],
    () => allowing('*').session('KEY0', 'shop', `${BASE_ROLE_ARN}admin`),
  ],
  [
    'the session of one namespace is written into another',
    ['crossed-namespaces'],
    () =>
      given()
        .put('others', 'namespaces', namespace('bank', ['orders']))
        .put('product', 'secrets', secret('KEY0', 0, { where: 'bank' })),
  ],
  [
    'the session of one role is written into the Secret of another',
    ['crossed-namespaces'],
    () => given().put('product', 'secrets', secret('KEY0', 0, { name: 'aws-iam-billing' })),
  ],
  [
    'credentials are written that STS did not give',
    ['crossed-namespaces'],
    () => given().until(1).put('product', 'secrets', secret('KEY9', 1)),
  ],
  [
    'a Secret says another end than its session has',
    ['crossed-namespaces'],
    () =>
      given()
        .until(1)
        .session('KEY1')
        .put('product', 'secrets', secret('KEY1', 1, { expire: at(600).toISOString() })),
  ],
  [
    "the product changes somebody's Secret",
    ['foreign-touched'],
    () =>
      new Story().put('others', 'secrets', foreign).put('product', 'secrets', {
        metadata: { ...foreign.metadata, annotations: { ours: 'yes' } },
      }),
  ],
  [
    "somebody changes somebody's Secret",
    [],
    () =>
      new Story()
        .put('others', 'secrets', foreign)
        .put('others', 'secrets', { metadata: { ...foreign.metadata, annotations: { a: 'b' } } }),
  ],
  [
    'the product changes a pod',
    ['foreign-touched'],
    () => given().put('product', 'pods', pod('Running')),
  ],
  ['the product writes an Event', [], () => new Story().put('product', 'events', foreign)],
];

describe('the judge', () => {
  it.each(STORIES)('when %s finds %j', (_, broken, tell) => {
    expect(tell().broken()).toEqual(broken);
  });

  it('tells once of what lasts, and again of what comes again', () => {
    const story = inUse().until(90);
    expect(story.judge.violations).toHaveLength(1);
    renewed(story, 91, 'KEY1').until(200);
    expect(story.judge.violations.map(({ object }) => object)).toEqual([KEY, KEY]);
  });

  it('finds in the end what is unwanted and there, wanted and marked, or wanted and missing', () => {
    const endOf = (story: Story, minute: number) => {
      const before = story.until(minute).judge.violations.length;
      story.judge.finish(at(minute));
      return story.judge.violations.slice(before).map(({ explanation }) => explanation);
    };
    expect(endOf(inUse(), 5)).toEqual([]);
    expect(endOf(inUse().put('others', 'pods', pod('Succeeded')), 5)).toEqual([
      'nothing wants it, and it is still there',
    ]);
    expect(endOf(marked().put('others', 'pods', pod('Running')), 21)).toEqual([
      'it is wanted, and marked as unused',
    ]);
    expect(endOf(inUse().remove('others', 'secrets', secret('KEY0', 0)), 1)).toEqual([
      'it is wanted, and it is not there',
    ]);
  });

  it('knows the end of a story by names, owners and roles', () => {
    expect(inUse().judge.endState()).toEqual([`${KEY} of-pods ${ROLE}`]);
    expect(marked().judge.endState()).toEqual([`${KEY} of-pods ${ROLE} marked`]);
    expect(new Story().put('others', 'secrets', foreign).judge.endState()).toEqual([
      'shop/tls foreign -',
    ]);
  });
});
