import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { parseClusterApi } from '../../contract/cluster-api.ts';
import { ENVIRONMENT } from '../../contract/environment.ts';
import { ADDRESS, CERTIFICATE_AUTHORITY } from '../support/deployment/kubernetes-settings.ts';
import { CLUSTER, ENVIRONMENT_OF_STACK, templateOf } from '../support/deployment/synthesize.ts';

const { installChart: _, ...ENTRY } = CLUSTER;
const ALL_LOGINS = [
  ['serviceAccount', ADDRESS],
  ['clientCertificate', ADDRESS],
  ['awsIamAuthenticator', ADDRESS],
  ['kubeconfig', {}],
] as const;
const WITH_SECRET = ALL_LOGINS.filter(([login]) => login !== 'awsIamAuthenticator');

/** Without `installChart`, which the stack of EKS would set to true. */
function templateWith(login: string, address: object, more: object = {}): Template {
  const kubernetes = { ...address, login };
  const settings = { ...ENTRY, installChart: undefined, kind: 'kubernetes', kubernetes, ...more };
  return templateOf({ ...settings, ...ENVIRONMENT_OF_STACK });
}

function resourcesOf(template: Template): readonly Record<string, unknown>[] {
  return Object.values(template.toJSON()['Resources']);
}

describe('the stack of a cluster that is not on EKS', () => {
  it.each(ALL_LOGINS)('knows nothing of EKS, with login %s', (login, address) => {
    const template = templateWith(login, address);
    const text = JSON.stringify(template.toJSON());
    expect(text).not.toMatch(/eks|kubectl-|helm|Custom::AWSCDK/i);
    const types = resourcesOf(template).map(({ Type }) => Type);
    expect(types.filter((type) => type === 'AWS::Lambda::Function')).toHaveLength(3);
    expect(types).not.toContain('AWS::EKS::AccessEntry');
    expect(types).not.toContain('AWS::CloudFormation::Stack');
  });

  it.each(WITH_SECRET)('has a secret without a value, with login %s', (login, address) => {
    const template = templateWith(login, address);
    template.resourceCountIs('AWS::SecretsManager::Secret', 1);
    template.hasResource('AWS::SecretsManager::Secret', {
      Properties: {
        Name: 'kube-aws-iam-production-login',
        SecretString: Match.absent(),
        GenerateSecretString: Match.absent(),
      },
      // Deleted with the stack, as it is of no use without the functions.
      DeletionPolicy: Match.absent(),
    });
  });

  it.each([
    ['serviceAccount', ADDRESS, ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue']],
    ['clientCertificate', ADDRESS, 'secretsmanager:GetSecretValue'],
    ['kubeconfig', {}, 'secretsmanager:GetSecretValue'],
    ['awsIamAuthenticator', ADDRESS, undefined],
  ])('allows the functions to use that secret only, with login %s', (login, address, Action) => {
    const template = templateWith(login, address);
    const [secretId] = Object.keys(template.findResources('AWS::SecretsManager::Secret'));
    const statements = resourcesOf(template)
      .map(
        ({ Properties }) =>
          Properties as { Policies?: { PolicyDocument: { Statement: { Action: unknown }[] } }[] },
      )
      .flatMap(({ Policies = [] }) =>
        Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement),
      )
      .filter(({ Action: actions }) => JSON.stringify(actions).includes('secretsmanager'));
    expect(statements).toEqual(
      Action === undefined
        ? []
        : [{ Sid: 'LogInToCluster', Effect: 'Allow', Action, Resource: { Ref: secretId } }],
    );
  });

  it.each([
    ['serviceAccount', ADDRESS, { login: 'secret', server: ADDRESS.server }],
    [
      'clientCertificate',
      { ...ADDRESS, server: 'https://[fd00::1]/' },
      { login: 'secret', server: 'https://[fd00::1]' },
    ],
    ['kubeconfig', {}, { login: 'secret' }],
    ['awsIamAuthenticator', ADDRESS, { login: 'awsIamAuthenticator', clusterId: 'production' }],
    [
      'awsIamAuthenticator',
      { ...ADDRESS, authenticatorClusterId: 'gke.example.com' },
      { login: 'awsIamAuthenticator', clusterId: 'gke.example.com' },
    ],
  ])('tells the functions how to reach it, with login %s', (login, address, expected) => {
    const template = templateWith(login, address);
    for (const { Properties } of Object.values(template.findResources('AWS::Lambda::Function'))) {
      const variable: string | { 'Fn::Join': [string, (string | object)[]] } =
        Properties.Environment.Variables[ENVIRONMENT.clusterApi];
      const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:login-AbCdEf';
      const text =
        typeof variable === 'string'
          ? variable
          : variable['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : arn)).join('');
      const api = parseClusterApi(text);
      expect(api).toMatchObject(expected);
      expect(api?.certificateAuthority === undefined).toBe(login === 'kubeconfig');
      if ('certificateAuthority' in address) {
        expect(text).toContain(CERTIFICATE_AUTHORITY.split('\n').slice(1, -1).join(''));
      }
      if (api?.login === 'secret') expect(api.secretArn).toBe(arn);
    }
  });

  it('has the same network as one on EKS', () => {
    const vpc = {
      vpcId: 'vpc-01234567',
      availabilityZones: ['eu-central-1a'],
      subnetIds: ['subnet-01234567'],
      securityGroupIds: ['sg-01234567'],
    };
    const template = templateWith('serviceAccount', ADDRESS, { vpc });
    template.allResourcesProperties('AWS::Lambda::Function', {
      VpcConfig: { SubnetIds: ['subnet-01234567'], SecurityGroupIds: ['sg-01234567'] },
    });
  });

  it('names the commands that follow the deployment', () => {
    expect(templateWith('kubeconfig', {}).toJSON()['Outputs']).toMatchObject({
      NextStep1: { Value: 'npx kube-aws-iam manifests --cluster production | kubectl apply -f -' },
      NextStep2: { Value: 'npx kube-aws-iam connect --cluster production' },
    });
    expect(templateOf(ENVIRONMENT_OF_STACK).toJSON()['Outputs']).not.toHaveProperty('NextStep1');
  });
});
