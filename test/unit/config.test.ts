import { describe, expect, it } from 'vitest';
import { readConfig } from '../../lambda/config.ts';
import { ENVIRONMENT } from '../../lambda/contract/environment.ts';

const RIGHT = {
  AWS_REGION: 'eu-central-1',
  CLUSTER_NAME: 'prod',
  BASE_ROLE_ARN: 'arn:aws:iam::123456789012:role/',
  ASSUMABLE_ROLES: '["arn:aws:iam::123456789012:role/app-*"]',
  DENIED_ROLES: '[]',
  FORWARDER_ROLE_ARN: '',
  NAMESPACE_RESTRICTIONS: 'required',
  ALLOWED_ROLES_FORMAT: 'glob',
  NAMESPACES: '[]',
  EXCLUDED_NAMESPACES: '["kube-system"]',
  REFRESH_BEFORE_SECONDS: '1800',
};

describe('readConfig', () => {
  it('reads what the stack sets', () => {
    expect(readConfig(RIGHT)).toEqual({
      region: 'eu-central-1',
      clusterName: 'prod',
      policy: {
        baseRoleArn: 'arn:aws:iam::123456789012:role/',
        assumableRoles: ['arn:aws:iam::123456789012:role/app-*'],
        deniedRoles: [],
        namespaceRestrictions: 'required',
        allowedRolesFormat: 'glob',
      },
      scope: { only: [], except: ['kube-system'] },
      refreshBeforeSeconds: 1_800,
    });
  });

  it('reports every missing variable at once', () => {
    for (const variable of ['AWS_REGION', ...Object.values(ENVIRONMENT)]) {
      expect(() => readConfig({})).toThrow(`${variable} is missing; it has to be`);
    }
    expect(() => readConfig({})).toThrow('11 mistake(s)');
  });

  it.each([
    ['CLUSTER_NAME', ''],
    ['BASE_ROLE_ARN', 'arn:aws:iam::123456789012:role'],
    ['BASE_ROLE_ARN', 'role/'],
    ['BASE_ROLE_ARN', 'arn:aws:iam::123456789012:role/a b/'],
    ['ASSUMABLE_ROLES', '[]'],
    ['ASSUMABLE_ROLES', '["app-*"]'],
    ['ASSUMABLE_ROLES', 'arn:aws:iam::123456789012:role/app'],
    ['DENIED_ROLES', '{}'],
    ['FORWARDER_ROLE_ARN', 'forwarder'],
    ['NAMESPACE_RESTRICTIONS', 'Required'],
    ['ALLOWED_ROLES_FORMAT', 'regex'],
    ['NAMESPACES', '[""]'],
    ['EXCLUDED_NAMESPACES', 'kube-system'],
    ['NAMESPACES', '"shop"'],
    ['REFRESH_BEFORE_SECONDS', '1199'],
    ['REFRESH_BEFORE_SECONDS', '3001'],
    ['REFRESH_BEFORE_SECONDS', '1800.5'],
    ['REFRESH_BEFORE_SECONDS', '1e3'],
    ['REFRESH_BEFORE_SECONDS', 'NaN'],
  ])('refuses %s=%j, quoting it', (variable, value) => {
    expect(() => readConfig({ ...RIGHT, [variable]: value })).toThrow(
      `${variable} is ${JSON.stringify(value)}; it has to be`,
    );
  });
});
