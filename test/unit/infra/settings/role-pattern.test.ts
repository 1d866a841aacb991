import { describe, expect, it } from 'vitest';
import {
  accountOfPattern,
  roleArnPattern,
  validateRolePattern,
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
  ])('accepts %s', (pattern) => {
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
  ])('rejects %s, which matches every role', (pattern) => {
    expect(validateRolePattern(pattern)).toMatch(/^it matches every role.*such as "app-\*"/);
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
  ])('rejects %j, which is not a role pattern', (pattern) => {
    expect(validateRolePattern(pattern)).toMatch(/^it must be a pattern for role names/);
  });
});

describe('roleArnPattern', () => {
  it('appends a name to the base', () => {
    expect(roleArnPattern('team/app-*', BASE)).toBe(`${BASE}team/app-*`);
  });

  it('returns an ARN unchanged', () => {
    const arn = 'arn:aws:iam::999999999999:role/app-*';
    expect(roleArnPattern(arn, BASE)).toBe(arn);
  });
});

describe('accountOfPattern', () => {
  it.each([
    ['arn:aws:iam::999999999999:role/app-*', '999999999999'],
    ['arn:aws:iam::*:role/app-*', '*'],
    ['app-*', undefined],
  ])('returns for %s the account %s', (pattern, account) => {
    expect(accountOfPattern(pattern)).toBe(account);
  });
});
