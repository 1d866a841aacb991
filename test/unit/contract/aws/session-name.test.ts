import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clusterSessionName,
  namespaceSessionName,
  SESSION_NAME_FORMS,
  type SessionNameForm,
  sessionName,
} from '../../../../contract/aws/session-name.ts';

/** Valid session names (STS, AssumeRole). */
const VALID = /^[\w+=,.@-]{2,64}$/;
const ACCOUNT_PART = 'arn:aws:iam::012345678910:role';

const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
const cluster = fc.stringMatching(/^[0-9A-Za-z][A-Za-z0-9-_]{0,99}$/);
/** Arbitrary text with slashes and colons, sometimes similar to a role ARN. */
const hostileArn = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc
    .tuple(
      fc.oneof(fc.constant(ACCOUNT_PART), fc.string({ unit: 'binary', maxLength: 100 })),
      fc.array(fc.string({ unit: 'binary', maxLength: 70 }), { maxLength: 60 }),
    )
    .map(([head, segments]) => [head, ...segments].join('/')),
);

const nameOf = (form: SessionNameForm, roleArn: string) =>
  sessionName(form, { namespace: 'shop', clusterName: 'prod', roleArn });

/** The path part as the recursion of zalando-incubator/kube-aws-iam-controller builds it; it throws when a segment gets no character. */
function upstreamPath(levels: readonly string[], remaining: number): string {
  const last = levels.at(-1)?.replaceAll(':', '_');
  if (last === undefined) return '';
  const room = remaining - 2 * (levels.length - 1) - 1;
  if (room < 0) throw new RangeError('slice bounds out of range');
  const cut = last.slice(0, room);
  return `${upstreamPath(levels.slice(0, -1), remaining - cut.length - 1)}.${cut}`;
}

describe.each(SESSION_NAME_FORMS)('the form %s', (form) => {
  it('is valid for any role, namespace and cluster', () => {
    fc.assert(
      fc.property(label, cluster, hostileArn, (namespace, clusterName, roleArn) => {
        expect(sessionName(form, { namespace, clusterName, roleArn })).toMatch(VALID);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('the form namespace', () => {
  it('starts with the complete namespace', () => {
    fc.assert(
      fc.property(label, cluster, (namespace, clusterName) => {
        const name = namespaceSessionName(namespace, clusterName);
        expect(name.startsWith(`${namespace}@`)).toBe(true);
        expect(`${namespace}@${clusterName}`.startsWith(name)).toBe(true);
      }),
    );
  });

  it('does not depend on the role', () => {
    expect(nameOf('namespace', `${ACCOUNT_PART}/orders`)).toBe('shop@prod');
  });
});

describe('the form seed', () => {
  it.each([
    ['role-name', 'role-name-session'],
    ['path-name/role-name', 'role-name-session'],
    ['r'.repeat(56), `${'r'.repeat(56)}-session`],
    ['r'.repeat(64), `${'r'.repeat(56)}-session`],
  ])('names the session of %s %s', (role, name) => {
    expect(nameOf('seed', `${ACCOUNT_PART}/${role}`)).toBe(name);
  });
});

describe('the form zalando', () => {
  const segments = (count: number) => Array.from({ length: count }, () => 'ab').join('/');

  it.each([
    ['role-name', '012345678910.role-name'],
    ['path-name/role-name', '012345678910.path-name.role-name'],
    [
      'aaaaa/bbbbb/ccccccccccccccccccccccccccccccccccccc-role-name',
      '012345678910.a.b.ccccccccccccccccccccccccccccccccccccc-role-name',
    ],
    [
      'role-name-very-very-very-very-very-very-very-very-long',
      '012345678910.role-name-very-very-very-very-very-very-very-very-l',
    ],
  ])('names the session of %s %s, as upstream does', (role, name) => {
    expect(nameOf('zalando', `${ACCOUNT_PART}/${role}`)).toBe(name);
  });

  it('is the name that upstream builds, for every ARN that upstream accepts', () => {
    const segment = fc.stringMatching(/^[\w+=,.@:-]{1,64}$/);
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 26 }), (levels) => {
        const name = nameOf('zalando', `${ACCOUNT_PART}/${levels.join('/')}`);
        expect(name).toBe(`012345678910${upstreamPath(levels, 52)}`);
      }),
    );
  });

  it.each(['aws', 'aws-cn', 'aws-us-gov'])('omits the partition %s', (partition) => {
    expect(nameOf('zalando', `arn:${partition}:iam::012345678910:role/a`)).toBe('012345678910.a');
  });

  it.each([25, 26, 27, 500])('accepts %i segments', (count) => {
    const name = nameOf('zalando', `${ACCOUNT_PART}/${segments(count)}`);
    expect(name).toMatch(/^012345678910(\.ab?){25,26}$/);
    expect(name).toHaveLength(64);
  });

  it('keeps the name of the role, and drops the first segments of a long path', () => {
    const path = Array.from({ length: 40 }, (_, i) => `${i % 10}`).join('/');
    const name = nameOf('zalando', `${ACCOUNT_PART}/${path}/orders`);
    expect(name).toBe(`012345678910.${'5678901234567890123456789'.split('').join('.')}.o`);
  });

  it('accepts an account part of any length, and one that is not an account', () => {
    const long = 'a'.repeat(100);
    expect(nameOf('zalando', `arn:aws:iam::${long}:role/orders`)).toBe(`${long.slice(0, 62)}.o`);
    expect(nameOf('zalando', 'arn:aws:s3:::bucket/orders')).toBe('arn_aws_s3___bucket.orders');
  });

  it('replaces every invalid character', () => {
    expect(nameOf('zalando', `${ACCOUNT_PART}/a b/~!$'"\`\u00e4\u{1f600}:x`)).toBe(
      '012345678910.a_b._________x',
    );
  });
});

describe('clusterSessionName', () => {
  it('is valid for every cluster name', () => {
    expect(clusterSessionName('x')).toBe('x_');
    fc.assert(
      fc.property(cluster, (name) => {
        expect(clusterSessionName(name)).toMatch(VALID);
      }),
    );
  });
});
