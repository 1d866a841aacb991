import { describe, expect, it } from 'vitest';
import {
  isBaseRoleArn,
  isLiteralRoleArn,
  isRoleArn,
  isRolePathAndName,
  MAX_ROLE_ARN_LENGTH,
  parseRoleArn,
  ROLE_ARN_PATTERN,
} from '../../../../contract/aws/role-arn.ts';

const BASE = 'arn:aws:iam::123456789012:role/';
const LONGEST_PATH = `${'p'.repeat(510)}/`;

describe('a role ARN', () => {
  it.each([
    ['app', { partition: 'aws', path: '', name: 'app' }],
    ['team/orders/App_1+=,.@-', { partition: 'aws', path: 'team/orders/', name: 'App_1+=,.@-' }],
    ['a*b/app', { partition: 'aws', path: 'a*b/', name: 'app' }],
    [`${LONGEST_PATH}${'n'.repeat(64)}`, { path: LONGEST_PATH, name: 'n'.repeat(64) }],
  ])('is taken apart: %s', (role, parts) => {
    expect(parseRoleArn(BASE + role)).toMatchObject({ account: '123456789012', ...parts });
    expect(isRoleArn(BASE + role)).toBe(true);
  });

  it.each(['aws-cn', 'aws-us-gov', 'aws-iso-b'])('may be of partition %s', (partition) => {
    expect(parseRoleArn(`arn:${partition}:iam::123456789012:role/app`)).toMatchObject({
      partition,
    });
  });

  it.each([
    '',
    'app',
    BASE,
    `${BASE}team/`,
    `${BASE}team//app`,
    `${BASE}${'n'.repeat(65)}`,
    `${BASE}p${LONGEST_PATH}app`,
    `${BASE}ä`,
    `${BASE}app\n`,
    'arn:awsx:iam::123456789012:role/app',
    'arn:aws:iam::12345678901:role/app',
    'arn:aws:iam:eu-west-1:123456789012:role/app',
    'arn:aws:iam::123456789012:user/app',
    'arn:aws:sts::123456789012:assumed-role/app/session',
    `${BASE}${'a/'.repeat(MAX_ROLE_ARN_LENGTH)}app`,
  ])('is not %j', (text) => {
    expect(parseRoleArn(text)).toBeUndefined();
    expect(isRoleArn(text)).toBe(false);
  });
});

describe('a literal role ARN', () => {
  it.each(['app', 'team/orders/app'])('is %s', (role) => {
    expect(isLiteralRoleArn(BASE + role)).toBe(true);
  });

  it.each(['a*b/app', 'a?b/app', '$' + '{aws:username}/app', 'app*'])(
    'has no meaning in a policy, unlike %s',
    (role) => {
      expect(isLiteralRoleArn(BASE + role)).toBe(false);
    },
  );
});

describe('the beginning of role ARNs', () => {
  it.each([BASE, `${BASE}team/`, `${BASE}team/orders/`])('is %s', (text) => {
    expect(isBaseRoleArn(text)).toBe(true);
  });

  it.each(['', `${BASE}app`, `${BASE}/`, `${BASE}a*/`, 'arn:aws:iam::*:role/'])(
    'is not %j',
    (text) => {
      expect(isBaseRoleArn(text)).toBe(false);
    },
  );
});

describe('the name of a role with its path', () => {
  it.each(['app', 'team/app', `${LONGEST_PATH}app`])('is %s', (text) => {
    expect(isRolePathAndName(text)).toBe(true);
  });

  it.each(['', '/app', 'team/', 'n'.repeat(65), `p${LONGEST_PATH}app`, BASE])(
    'is not %j',
    (text) => {
      expect(isRolePathAndName(text)).toBe(false);
    },
  );
});

describe('a pattern for role ARNs', () => {
  it.each([
    [`${BASE}app-*`, 'app-*'],
    ['arn:aws:iam::*:role/team/*-reader?', 'team/*-reader?'],
  ])('is %s', (text, role) => {
    expect(ROLE_ARN_PATTERN.exec(text)?.groups?.['role']).toBe(role);
  });

  it.each([`${BASE}`, 'arn:*:iam::123456789012:role/app', 'arn:aws:iam::1234*:role/app', 'app-*'])(
    'is not %s',
    (text) => {
      expect(ROLE_ARN_PATTERN.test(text)).toBe(false);
    },
  );
});
