import { describe, expect, it } from 'vitest';
import { ENVIRONMENT } from '../../../contract/environment.ts';
import { DEFAULT_SECRET_METADATA } from '../../../contract/kubernetes/secret.ts';
import { readConfig } from '../../../lambda/config.ts';
import { FUNCTION_ENVIRONMENT } from '../../support/builders/function-environment.ts';

const VALID = { ...FUNCTION_ENVIRONMENT, EXCLUDED_NAMESPACES: '["kube-system"]' };

const SECRET_ARN =
  'arn:aws:secretsmanager:eu-central-1:123456789012:secret:kube-aws-iam-prod-login-AbCdEf';

describe('readConfig', () => {
  it('reads the environment that the stack sets', () => {
    expect(readConfig(VALID)).toEqual({
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
      sessions: { nameForm: 'namespace', source: 'role', seconds: 3_600 },
      secretMetadata: DEFAULT_SECRET_METADATA,
      refreshBeforeSeconds: 1_800,
    });
  });

  it('reads the metadata of Secrets', () => {
    const secretMetadata = { labels: { a: 'b' }, annotations: { c: 'd' } };
    const text = JSON.stringify(secretMetadata);
    expect(readConfig({ ...VALID, SECRET_METADATA: text })).toMatchObject({ secretMetadata });
  });

  it('reads the session settings', () => {
    const sessions = {
      nameForm: 'seed',
      source: 'role',
      seconds: 3_600,
      clusterArnTag: 'arn:aws-cn:eks:cn-north-1:123456789012:cluster/Prod_1',
      externalId: 'a/b:c',
      intermediateRoleArn: 'arn:aws-cn:iam::123456789012:role/pods/all',
    };
    const environment = {
      ...VALID,
      SESSION_NAME: sessions.nameForm,
      CLUSTER_ARN_TAG: sessions.clusterArnTag,
      EXTERNAL_ID: sessions.externalId,
      INTERMEDIATE_ROLE_ARN: sessions.intermediateRoleArn,
    };
    expect(readConfig(environment).sessions).toEqual(sessions);
  });

  it('reads sessions of an OIDC identity', () => {
    const environment = {
      ...VALID,
      SESSION_SOURCE: 'oidc',
      SESSION_ISSUER: 'https://oidc.example.com/id/A1',
      SESSION_SECONDS: '43200',
      REFRESH_BEFORE_SECONDS: '40800',
    };
    expect(readConfig(environment)).toMatchObject({
      sessions: { source: 'oidc', seconds: 43_200, issuer: 'https://oidc.example.com/id/A1' },
      refreshBeforeSeconds: 40_800,
    });
  });

  it('reads how to reach a cluster outside EKS', () => {
    const clusterApi = { login: 'secret', secretArn: SECRET_ARN };
    const environment = { ...VALID, CLUSTER_API: JSON.stringify(clusterApi) };
    expect(readConfig(environment)).toMatchObject({ clusterApi });
    expect(readConfig(VALID)).not.toHaveProperty('clusterApi');
  });

  it('reads the VPC', () => {
    const vpcId = 'vpc-0123456789abcdef0';
    expect(readConfig({ ...VALID, VPC_ID: vpcId })).toMatchObject({ vpcId });
  });

  it('reports every missing variable at once', () => {
    for (const variable of ['AWS_REGION', ...Object.values(ENVIRONMENT)]) {
      expect(() => readConfig({})).toThrow(`${variable} is missing; it must be`);
    }
    expect(() => readConfig({})).toThrow(`${1 + Object.keys(ENVIRONMENT).length} mistake(s)`);
  });

  it.each([
    ['CLUSTER_NAME', ''],
    ['CLUSTER_API', 'https://10.0.0.1:6443'],
    ['CLUSTER_API', '{"login":"secret"}'],
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
    ['SESSION_NAME', 'kiam'],
    ['SESSION_SOURCE', 'irsa'],
    ['SESSION_ISSUER', 'https://oidc.example.com'],
    ['SESSION_SECONDS', '7200'],
    ['SESSION_SECONDS', '900'],
    ['SESSION_SECONDS', '1h'],
    ['CLUSTER_ARN_TAG', 'prod'],
    ['CLUSTER_ARN_TAG', 'arn:aws:eks:eu-central-1:123456789012:cluster/a b'],
    ['SECRET_METADATA', '[]'],
    ['SECRET_METADATA', '{"labels":{}}'],
    ['SECRET_METADATA', '{"labels":{"a":1},"annotations":{}}'],
    ['EXTERNAL_ID', 'x'],
    ['EXTERNAL_ID', 'a b'],
    ['EXTERNAL_ID', 'x'.repeat(1_225)],
    ['INTERMEDIATE_ROLE_ARN', 'pod-roles'],
    ['VPC_ID', 'vpc-1; reboot'],
    ['NAMESPACES', '[""]'],
    ['EXCLUDED_NAMESPACES', 'kube-system'],
    ['NAMESPACES', '"shop"'],
    ['REFRESH_BEFORE_SECONDS', '1199'],
    ['REFRESH_BEFORE_SECONDS', '3001'],
    ['REFRESH_BEFORE_SECONDS', '1800.5'],
    ['REFRESH_BEFORE_SECONDS', '1e3'],
    ['REFRESH_BEFORE_SECONDS', 'NaN'],
  ])('rejects %s=%j and quotes the value', (variable, value) => {
    expect(() => readConfig({ ...VALID, [variable]: value })).toThrow(
      `${variable} is ${JSON.stringify(value)}; it must be`,
    );
  });
});
