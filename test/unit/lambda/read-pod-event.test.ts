import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CredentialRequest,
  MAX_REQUESTS,
  type PodCredentialRequest,
} from '../../../contract/pod-event.ts';
import { readPodEvent } from '../../../lambda/read-pod-event.ts';
import { aBusEvent, aRequest } from '../../support/builders/builders.ts';

const REQUEST = aRequest('aws-iam-orders');
const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** An object parsed from JSON, in which `__proto__` is an ordinary key. */
const withKey = (key: string, value: unknown) =>
  JSON.parse(
    `{${JSON.stringify(REQUEST).slice(1, -1)},${JSON.stringify(key)}:${JSON.stringify(value)}}`,
  );

const without = (key: keyof PodCredentialRequest) => ({ ...REQUEST, [key]: undefined });

function explanationOf(event: unknown): string {
  const parsed = readPodEvent(event);
  if (!('malformed' in parsed)) throw new Error(`is valid: ${JSON.stringify(parsed)}`);
  return parsed.malformed;
}

describe('a valid event', () => {
  it('is read from the envelope of EventBridge', () => {
    const wanted = [
      REQUEST,
      aRequest('aws-iam-app.billing-2', { namespace: '0a', pod: 'web-7c9d.x' }),
      aRequest('aws-iam-orders', { namespace: 'n'.repeat(63), pod: 'p'.repeat(253) }),
      aRequest('aws-iam-x', { seenAt: '2026-11-23T12:00:00Z' }),
    ];
    expect(readPodEvent(aBusEvent(wanted))).toEqual({ wanted });
  });

  it('may contain 500 requests', () => {
    const wanted = Array.from({ length: MAX_REQUESTS }, (_, i) => aRequest(`aws-iam-r${i}`));
    expect(readPodEvent(aBusEvent(wanted))).toEqual({ wanted });
  });

  it('is deduplicated by namespace and Secret', () => {
    const wanted = [REQUEST, { ...REQUEST, pod: 'web-2' }, { ...REQUEST, namespace: 'bank' }];
    const parsed = readPodEvent(aBusEvent(wanted));
    expect('wanted' in parsed && parsed.wanted.map(({ namespace }) => namespace)).toEqual([
      'shop',
      'bank',
    ]);
  });
});

describe('a request of an AWSIAMRole', () => {
  const wanted = [{ namespace: 'shop', awsIamRole: 'billing', seenAt: REQUEST.seenAt }];

  it('may have any name of a resource', () => {
    expect(readPodEvent(aBusEvent(wanted))).toEqual({ wanted });
  });

  it('is kept in addition to the request of a pod for the same Secret', () => {
    const both = [
      REQUEST,
      { namespace: 'shop', awsIamRole: REQUEST.secret, seenAt: REQUEST.seenAt },
    ];
    expect(readPodEvent(aBusEvent([...both, ...both]))).toEqual({ wanted: both });
  });

  it.each([
    ['a pod', { ...REQUEST, awsIamRole: 'billing' }],
    ['a path for a name', { ...wanted[0], awsIamRole: '../secrets/x' }],
    ['no name', { ...wanted[0], awsIamRole: '' }],
    ['an unknown key', { ...wanted[0], roleReference: 'admin' }],
  ])('with %s is malformed', (_, request) => {
    expect(readPodEvent(aBusEvent([request]))).toHaveProperty('malformed');
  });
});

describe('a malformed event', () => {
  it.each<[string, unknown]>([
    ['null', null],
    ['undefined', undefined],
    ['a number', 7],
    ['a string', 'wanted'],
    ['an array', [aBusEvent([REQUEST])]],
    ['an empty object', {}],
    ['the event of a schedule', { pass: 'refresh' }],
    ['another source', aBusEvent([REQUEST], { source: 'aws.ec2' })],
    ['a source with a valid prefix', aBusEvent([REQUEST], { source: 'kube-aws-iam.forwarder2' })],
    ['a list of sources', aBusEvent([REQUEST], { source: ['kube-aws-iam.forwarder'] })],
    ['another detail-type', aBusEvent([REQUEST], { 'detail-type': 'credentials wanted' })],
    ['no detail', aBusEvent([REQUEST], { detail: undefined })],
    ['a detail of null', aBusEvent([REQUEST], { detail: null })],
    ['a detail that is an array', aBusEvent([REQUEST], { detail: [REQUEST] })],
    ['a detail that is text', aBusEvent([], { detail: JSON.stringify({ wanted: [REQUEST] }) })],
    ['another key in the detail', aBusEvent([], { detail: { wanted: [REQUEST], pass: 'sweep' } })],
    ['no list', aBusEvent(undefined)],
    ['an object for a list', aBusEvent({ 0: REQUEST, length: 1 })],
    ['an empty list', aBusEvent([])],
    ['501 requests', aBusEvent(Array.from({ length: 501 }, (_, i) => aRequest(`aws-iam-r${i}`)))],
    ['501 times the same request', aBusEvent(Array(501).fill(REQUEST))],
    ['a null request', aBusEvent([null])],
    ['a list in the list', aBusEvent([[REQUEST]])],
    ['an invalid request and a valid one', aBusEvent([REQUEST, {}])],
  ])('%s is malformed', (_, event) => {
    expect(readPodEvent(event)).toHaveProperty('malformed');
  });

  it.each<[string, unknown]>([
    ['no namespace', without('namespace')],
    ['no Secret', without('secret')],
    ['no pod', without('pod')],
    ['no instant', without('seenAt')],
    ['an unknown key', { ...REQUEST, role: 'admin' }],
    ['__proto__', withKey('__proto__', { pod: 'web' })],
    ['constructor', withKey('constructor', { prototype: {} })],
    ['toString', withKey('toString', 'x')],
    ['a number for a namespace', { ...REQUEST, namespace: 7 }],
    ['a list for a Secret', { ...REQUEST, secret: ['aws-iam-orders'] }],
    ['an object for a pod', { ...REQUEST, pod: { name: 'web' } }],
    ['null for an instant', { ...REQUEST, seenAt: null }],
    ['a number for an instant', { ...REQUEST, seenAt: 1_795_000_000_000 }],
    ['a date', { ...REQUEST, seenAt: '2026-11-23' }],
    ['an invalid instant', { ...REQUEST, seenAt: 'yesterday' }],
    ['the 30th of February', { ...REQUEST, seenAt: '2026-02-30T12:00:00Z' }],
    ['local time', { ...REQUEST, seenAt: '2026-11-23T12:00:00' }],
    ['an instant and a line break', { ...REQUEST, seenAt: '2026-11-23T12:00:00Z\n' }],
    ['endless digits', { ...REQUEST, seenAt: `2026-11-23T12:00:00.${'0'.repeat(99)}Z` }],
    ['a Secret without the prefix', { ...REQUEST, secret: 'tls' }],
    ['a prefix in the wrong place', { ...REQUEST, secret: 'my-aws-iam-orders' }],
    ['the bare prefix', { ...REQUEST, secret: 'aws-iam-' }],
    ['a Secret of 254 characters', { ...REQUEST, secret: `aws-iam-${'x'.repeat(246)}` }],
    ['a namespace of 64 characters', { ...REQUEST, namespace: 'n'.repeat(64) }],
    ['a namespace that begins with a dash', { ...REQUEST, namespace: '-shop' }],
    ['a pod that begins with a dash', { ...REQUEST, pod: '-web' }],
    ['a namespace with a dot', { ...REQUEST, namespace: 'shop.bank' }],
  ])('of a request with %s is malformed', (_, request) => {
    expect(readPodEvent(aBusEvent([request]))).toHaveProperty('malformed');
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
  it.each(badNames)('with names such as %j is malformed', (name) => {
    for (const request of [
      { ...REQUEST, namespace: name },
      { ...REQUEST, pod: name },
      { ...REQUEST, secret: `aws-iam-${name}` },
    ]) {
      expect(readPodEvent(aBusEvent([request]))).toHaveProperty('malformed');
    }
  });

  it.each<[string, () => unknown]>([
    ['a list of millions', () => aBusEvent(Array(5_000_000).fill(0))],
    ['a list of objects', () => aBusEvent(Array.from({ length: 500_000 }, () => ({})))],
    ['a name', () => aBusEvent([{ ...REQUEST, pod: 'a'.repeat(10_000_000) }])],
    ['a namespace', () => aBusEvent([{ ...REQUEST, namespace: 'a-'.repeat(5_000_000) }])],
    ['dots', () => aBusEvent([{ ...REQUEST, pod: 'a.'.repeat(5_000_000) }])],
    ['a key', () => aBusEvent([{ ...REQUEST, ['k'.repeat(10_000_000)]: 1 }])],
    ['a source', () => aBusEvent([REQUEST], { source: 'x'.repeat(10_000_000) })],
    ['depth', () => aBusEvent([JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`)])],
  ])('of 10 MB (%s) is malformed, with a short explanation', (_, event) => {
    expect(explanationOf(event()).length).toBeLessThan(700);
  });

  it('has its first issues in the explanation', () => {
    const explanation = explanationOf(aBusEvent([REQUEST, { ...REQUEST, pod: 'A' }, 7, 7, 7, 7]));
    expect(explanation).toBe(
      'detail.wanted.1.pod: invalid format; detail.wanted.2: invalid union; detail.wanted.3: invalid union',
    );
  });

  it('is not quoted, whatever it contains and whatever locale of zod is loaded', async () => {
    // Importing all of zod sets its English locale for the whole process.
    await import('zod');
    const secret = 'AKIAIOSFODNN7EXAMPLE';
    const invalid = { namespace: secret, secret, pod: secret, seenAt: secret, [secret]: secret };
    for (const event of [
      aBusEvent([invalid]),
      aBusEvent(secret),
      aBusEvent([REQUEST], { source: secret, 'detail-type': secret }),
      aBusEvent([REQUEST], { detail: { wanted: [REQUEST], [secret]: secret } }),
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
  const request = fc.oneof(
    anything,
    fc.record(
      {
        namespace: name,
        secret: name,
        pod: name,
        awsIamRole: name,
        seenAt: fc.oneof(fc.constant(REQUEST.seenAt), name),
      },
      { requiredKeys: [] },
    ),
  );
  const event = fc.oneof(
    anything,
    fc.oneof(anything, fc.array(request, { maxLength: 5 })).map((wanted) => aBusEvent(wanted)),
    anything.map((detail) => aBusEvent([], { detail })),
  );

  it('reading does not throw, and a valid event has valid names only', () => {
    fc.assert(
      fc.property(event, (any) => {
        const parsed = readPodEvent(any);
        if ('malformed' in parsed) {
          expect(parsed.malformed.length).toBeLessThan(700);
          return;
        }
        expect(parsed.wanted.length).toBeGreaterThan(0);
        parsed.wanted.forEach(expectValid);
      }),
      { numRuns: 2_000 },
    );
  });

  it('an accepted instant is a valid one', () => {
    const number = (max: number, length = 2) =>
      fc.integer({ min: 0, max }).map((one) => String(one).padStart(length, '0'));
    const fraction = fc.oneof(fc.constant(''), fc.stringMatching(/^\.\d{1,9}$/));
    const text = fc
      .tuple(number(9_999, 4), number(13), number(32), number(25), number(61), number(61), fraction)
      .map(([y, m, d, hour, min, sec, rest]) => `${y}-${m}-${d}T${hour}:${min}:${sec}${rest}Z`);
    fc.assert(
      fc.property(text, (seenAt) => {
        const parsed = readPodEvent(aBusEvent([{ ...REQUEST, seenAt }]));
        if ('wanted' in parsed) expect(Date.parse(seenAt)).not.toBeNaN();
      }),
      { numRuns: 2_000 },
    );
  });
});
