import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CredentialRequest,
  MAX_REQUESTS,
  type PodCredentialRequest,
} from '../../../contract/pod-event.ts';
import { isBusEvent, readPodEvent } from '../../../lambda/read-pod-event.ts';
import { aBusEvent, aWant } from '../../support/builders.ts';

const WANT = aWant('aws-iam-orders');
const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** An object as it comes out of JSON, where `__proto__` is a member like any other. */
const withMember = (key: string, value: unknown) =>
  JSON.parse(
    `{${JSON.stringify(WANT).slice(1, -1)},${JSON.stringify(key)}:${JSON.stringify(value)}}`,
  );

const without = (key: keyof PodCredentialRequest) => ({ ...WANT, [key]: undefined });

function explanationOf(event: unknown): string {
  const reading = readPodEvent(event);
  if (!('malformed' in reading)) throw new Error(`was read: ${JSON.stringify(reading)}`);
  return reading.malformed;
}

describe('a good event', () => {
  it('is read out of what EventBridge puts around it', () => {
    const wanted = [
      WANT,
      aWant('aws-iam-app.billing-2', { namespace: '0a', pod: 'web-7c9d.x' }),
      aWant('aws-iam-orders', { namespace: 'n'.repeat(63), pod: 'p'.repeat(253) }),
      aWant('aws-iam-x', { seenAt: '2026-11-23T12:00:00Z' }),
    ];
    expect(readPodEvent(aBusEvent(wanted))).toEqual({ wanted });
  });

  it('has room for 500 wants', () => {
    const wanted = Array.from({ length: MAX_REQUESTS }, (_, i) => aWant(`aws-iam-r${i}`));
    expect(readPodEvent(aBusEvent(wanted))).toEqual({ wanted });
  });

  it('that names a Secret twice asks for it once, and for that of another namespace besides', () => {
    const wanted = [WANT, { ...WANT, pod: 'web-2' }, { ...WANT, namespace: 'bank' }];
    const reading = readPodEvent(aBusEvent(wanted));
    expect('wanted' in reading && reading.wanted.map(({ namespace }) => namespace)).toEqual([
      'shop',
      'bank',
    ]);
  });
});

describe('an AWSIAMRole', () => {
  const wanted = [{ namespace: 'shop', awsIamRole: 'billing', seenAt: WANT.seenAt }];

  it('is read, with any name that a resource may have', () => {
    expect(readPodEvent(aBusEvent(wanted))).toEqual({ wanted });
  });

  it('is asked for beside pods that mount a Secret of its name', () => {
    const both = [WANT, { namespace: 'shop', awsIamRole: WANT.secret, seenAt: WANT.seenAt }];
    expect(readPodEvent(aBusEvent([...both, ...both]))).toEqual({ wanted: both });
  });

  it.each([
    ['a pod besides', { ...WANT, awsIamRole: 'billing' }],
    ['a path for a name', { ...wanted[0], awsIamRole: '../secrets/x' }],
    ['no name', { ...wanted[0], awsIamRole: '' }],
    ['more than it should have', { ...wanted[0], roleReference: 'admin' }],
  ])('with %s is dropped', (_, want) => {
    expect(readPodEvent(aBusEvent([want]))).toHaveProperty('malformed');
  });
});

describe('a malformed event', () => {
  it.each<[string, unknown]>([
    ['null', null],
    ['undefined', undefined],
    ['a number', 7],
    ['a string', 'wanted'],
    ['an array', [aBusEvent([WANT])]],
    ['nothing at all', {}],
    ['a tick', { pass: 'refresh' }],
    ['another source', aBusEvent([WANT], { source: 'aws.ec2' })],
    ['a source that only begins right', aBusEvent([WANT], { source: 'kube-aws-iam.forwarder2' })],
    ['a list of sources', aBusEvent([WANT], { source: ['kube-aws-iam.forwarder'] })],
    ['another detail-type', aBusEvent([WANT], { 'detail-type': 'credentials wanted' })],
    ['no detail', aBusEvent([WANT], { detail: undefined })],
    ['a detail of null', aBusEvent([WANT], { detail: null })],
    ['a detail that is an array', aBusEvent([WANT], { detail: [WANT] })],
    ['a detail that is text', aBusEvent([], { detail: JSON.stringify({ wanted: [WANT] }) })],
    ['more in the detail', aBusEvent([], { detail: { wanted: [WANT], pass: 'sweep' } })],
    ['no list', aBusEvent(undefined)],
    ['an object for a list', aBusEvent({ 0: WANT, length: 1 })],
    ['an empty list', aBusEvent([])],
    ['501 wants', aBusEvent(Array.from({ length: 501 }, (_, i) => aWant(`aws-iam-r${i}`)))],
    ['501 times the same want', aBusEvent(Array(501).fill(WANT))],
    ['a want of null', aBusEvent([null])],
    ['a list in the list', aBusEvent([[WANT]])],
    ['one bad want beside a good one', aBusEvent([WANT, {}])],
  ])('%s is dropped', (_, event) => {
    expect(readPodEvent(event)).toHaveProperty('malformed');
  });

  it.each<[string, unknown]>([
    ['no namespace', without('namespace')],
    ['no Secret', without('secret')],
    ['no pod', without('pod')],
    ['no instant', without('seenAt')],
    ['more than it should have', { ...WANT, role: 'admin' }],
    ['__proto__', withMember('__proto__', { pod: 'web' })],
    ['constructor', withMember('constructor', { prototype: {} })],
    ['toString', withMember('toString', 'x')],
    ['a number for a namespace', { ...WANT, namespace: 7 }],
    ['a list for a Secret', { ...WANT, secret: ['aws-iam-orders'] }],
    ['an object for a pod', { ...WANT, pod: { name: 'web' } }],
    ['null for an instant', { ...WANT, seenAt: null }],
    ['a number for an instant', { ...WANT, seenAt: 1_795_000_000_000 }],
    ['a day', { ...WANT, seenAt: '2026-11-23' }],
    ['no instant at all', { ...WANT, seenAt: 'yesterday' }],
    ['the 30th of February', { ...WANT, seenAt: '2026-02-30T12:00:00Z' }],
    ['local time', { ...WANT, seenAt: '2026-11-23T12:00:00' }],
    ['an instant and more', { ...WANT, seenAt: '2026-11-23T12:00:00Z\n' }],
    ['endless digits', { ...WANT, seenAt: `2026-11-23T12:00:00.${'0'.repeat(99)}Z` }],
    ['a Secret without the prefix', { ...WANT, secret: 'tls' }],
    ['a prefix in the wrong place', { ...WANT, secret: 'my-aws-iam-orders' }],
    ['the bare prefix', { ...WANT, secret: 'aws-iam-' }],
    ['a Secret of 254 characters', { ...WANT, secret: `aws-iam-${'x'.repeat(246)}` }],
    ['a namespace of 64 characters', { ...WANT, namespace: 'n'.repeat(64) }],
    ['a namespace that begins with a dash', { ...WANT, namespace: '-shop' }],
    ['a pod that begins with a dash', { ...WANT, pod: '-web' }],
    ['a namespace with a dot', { ...WANT, namespace: 'shop.bank' }],
  ])('of a want with %s is dropped', (_, want) => {
    expect(readPodEvent(aBusEvent([want]))).toHaveProperty('malformed');
  });

  const badNames = [
    '',
    ' ',
    'a/b',
    '..',
    '../bank',
    'a..b',
    '.a',
    'a.',
    'a-',
    'a%2fb',
    'a%2Fb',
    'Shop',
    'shop\n',
    'shop\nbank',
    'shop\r',
    'shop\0',
    'shop?x=1',
    'shop#x',
    'shop,metadata.name!=x',
    'shop=x',
    'sh\u00f6p',
    'shop\u2028',
    '\uff53hop',
    'x'.repeat(300),
  ];
  it.each(badNames)('whose names are like %j is dropped', (name) => {
    for (const want of [
      { ...WANT, namespace: name },
      { ...WANT, pod: name },
      { ...WANT, secret: `aws-iam-${name}` },
    ]) {
      expect(readPodEvent(aBusEvent([want]))).toHaveProperty('malformed');
    }
  });

  it.each<[string, () => unknown]>([
    ['a list of millions', () => aBusEvent(Array(5_000_000).fill(0))],
    ['a list of objects', () => aBusEvent(Array.from({ length: 500_000 }, () => ({})))],
    ['a name', () => aBusEvent([{ ...WANT, pod: 'a'.repeat(10_000_000) }])],
    ['a namespace', () => aBusEvent([{ ...WANT, namespace: 'a-'.repeat(5_000_000) }])],
    ['dots', () => aBusEvent([{ ...WANT, pod: 'a.'.repeat(5_000_000) }])],
    ['a key', () => aBusEvent([{ ...WANT, ['k'.repeat(10_000_000)]: 1 }])],
    ['a source', () => aBusEvent([WANT], { source: 'x'.repeat(10_000_000) })],
    ['depth', () => aBusEvent([JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`)])],
  ])('of 10 MB, all of it %s, is dropped with a short explanation', (_, event) => {
    expect(explanationOf(event()).length).toBeLessThan(700);
  });

  it('is explained by where its first mistakes are', () => {
    const explanation = explanationOf(aBusEvent([WANT, { ...WANT, pod: 'A' }, 7, 7, 7, 7]));
    expect(explanation).toBe(
      'detail.wanted.1.pod: invalid format; detail.wanted.2: invalid union; detail.wanted.3: invalid union',
    );
  });

  it('is not quoted, whatever it holds and whatever language zod speaks', async () => {
    // Loading all of zod has it speak English, for everybody in the process.
    await import('zod');
    const secret = 'AKIAIOSFODNN7EXAMPLE';
    const bad = { namespace: secret, secret, pod: secret, seenAt: secret, [secret]: secret };
    for (const event of [
      aBusEvent([bad]),
      aBusEvent(secret),
      aBusEvent([WANT], { source: secret, 'detail-type': secret }),
      aBusEvent([WANT], { detail: { wanted: [WANT], [secret]: secret } }),
    ]) {
      expect(explanationOf(event)).not.toContain(secret);
    }
  });
});

function expectValid({ namespace, seenAt, ...names }: CredentialRequest): void {
  expect([['awsIamRole'], ['pod', 'secret']]).toContainEqual(Object.keys(names).sort());
  expect(namespace).toMatch(/^[a-z0-9-]{1,63}$/);
  if ('secret' in names) expect(names.secret).toMatch(/^aws-iam-/);
  for (const one of [namespace, ...Object.values(names)]) expect(one).toMatch(NAME);
  expect(Date.parse(seenAt)).not.toBeNaN();
}

describe('for any event', () => {
  const anything = fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true });
  const name = fc.oneof(
    fc.constantFrom('shop', 'web', 'aws-iam-orders', '../x', 'A', ''),
    fc.string({ unit: 'binary', maxLength: 300 }),
    anything,
  );
  const want = fc.oneof(
    anything,
    fc.record(
      {
        namespace: name,
        secret: name,
        pod: name,
        awsIamRole: name,
        seenAt: fc.oneof(fc.constant(WANT.seenAt), name),
      },
      { requiredKeys: [] },
    ),
  );
  const event = fc.oneof(
    anything,
    fc.oneof(anything, fc.array(want, { maxLength: 5 })).map((wanted) => aBusEvent(wanted)),
    anything.map((detail) => aBusEvent([], { detail })),
  );

  it('nothing is thrown, and what is not dropped has valid names only', () => {
    fc.assert(
      fc.property(event, (any) => {
        const reading = readPodEvent(any);
        if ('malformed' in reading) {
          expect(reading.malformed.length).toBeLessThan(700);
          return;
        }
        expect(reading.wanted.length).toBeGreaterThan(0);
        reading.wanted.forEach(expectValid);
      }),
      { numRuns: 2_000 },
    );
  });

  it('whatever passes for an instant is one', () => {
    const number = (max: number, length = 2) =>
      fc.integer({ min: 0, max }).map((one) => String(one).padStart(length, '0'));
    const fraction = fc.oneof(fc.constant(''), fc.stringMatching(/^\.\d{1,9}$/));
    const text = fc
      .tuple(number(9_999, 4), number(13), number(32), number(25), number(61), number(61), fraction)
      .map(([y, m, d, hour, min, sec, rest]) => `${y}-${m}-${d}T${hour}:${min}:${sec}${rest}Z`);
    fc.assert(
      fc.property(text, (seenAt) => {
        const reading = readPodEvent(aBusEvent([{ ...WANT, seenAt }]));
        if ('wanted' in reading) expect(Date.parse(seenAt)).not.toBeNaN();
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('isBusEvent', () => {
  it.each<[unknown, boolean]>([
    [aBusEvent([WANT]), true],
    [{ 'detail-type': 'anything' }, true],
    [{ 'detail-type': null, pass: 'refresh' }, true],
    [{ pass: 'refresh' }, false],
    [{}, false],
    [[], false],
    [null, false],
    [undefined, false],
    ['detail-type', false],
    [7, false],
  ])('of %j is %s', (event, expected) => {
    expect(isBusEvent(event)).toBe(expected);
  });
});
