import { describe, expect, it } from 'vitest';
import {
  accountOfPattern,
  validateRolePattern,
  roleArnPattern,
} from '../../../../infra/settings/role-pattern.ts';

const BASE = 'arn:aws:iam::123456789012:role/';

describe('validateRolePattern', () => {
  it.each([
    'app-*',
    'app',
    'team/*-reader',
    'pods/*',
    'app-?',
    'A.b+c=d,e@f_g',
    'arn:aws:iam::123456789012:role/app-*',
    'arn:aws-us-gov:iam::123456789012:role/pods/*',
    'arn:aws:iam::*:role/app-*',
  ])('finds nothing wrong with %s', (pattern) => {
    expect(validateRolePattern(pattern)).toBeUndefined();
  });

  it.each([
    '*',
    '**',
    '?*',
    '*/*',
    '*-*',
    'arn:aws:iam::*:role/*',
    'arn:aws:iam::123456789012:role/**',
    'arn:aws:iam::123456789012:role/?*',
    'arn:aws:iam::123456789012:role/*/*',
  ])('refuses %s, which means every role', (pattern) => {
    expect(validateRolePattern(pattern)).toMatch(/^it means every role.*such as "app-\*"/);
  });

  it.each([
    '',
    '/app',
    'app role',
    'app\n',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what a CloudFormation user may try
    '${AWS::AccountId}-app',
    'arn:*:iam::123456789012:role/app-*',
    'arn:*:iam::123456789012:role/**',
    'arn:aws:iam::1234*:role/app-*',
    'arn:aws:iam::123456789012:*',
    'arn:aws:iam::123456789012:role*',
    'arn:aws:iam::123456789012:user/app',
    'arn:aws:sts::123456789012:assumed-role/app/session',
  ])('refuses %j, which is no pattern for roles', (pattern) => {
    expect(validateRolePattern(pattern)).toMatch(/^it must be a pattern for role names/);
  });
});

describe('roleArnPattern', () => {
  it('appends a name to the base', () => {
    expect(roleArnPattern('team/app-*', BASE)).toBe(`${BASE}team/app-*`);
  });

  it('takes an ARN as it is', () => {
    const arn = 'arn:aws:iam::999999999999:role/app-*';
    expect(roleArnPattern(arn, BASE)).toBe(arn);
  });
});

describe('accountOfPattern', () => {
  it.each([
    ['arn:aws:iam::999999999999:role/app-*', '999999999999'],
    ['arn:aws:iam::*:role/app-*', '*'],
    ['app-*', undefined],
  ])('reads from %s the account %s', (pattern, account) => {
    expect(accountOfPattern(pattern)).toBe(account);
  });
});
