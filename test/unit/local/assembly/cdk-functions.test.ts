import { describe, expect, it } from 'vitest';
import { type Assembly, resourcesOf } from '../../../../local/assembly/assembly.ts';
import { checkCdkFunctions } from '../../../../local/assembly/cdk-functions.ts';
import { roleSpecs } from '../../../../local/assembly/role-specs.ts';
import { BUCKET, fn, load, ROLE } from './load-template.ts';

const KUBECTL = 'onEvent handler for EKS kubectl resource provider';
const FRAMEWORK = 'AWS CDK resource provider framework - onEvent (App/Provider)';

const cdkFn = (properties: object = {}) =>
  fn({
    Description: KUBECTL,
    Layers: [{ Ref: 'Layer' }],
    Role: { 'Fn::GetAtt': ['CdkRole', 'Arn'] },
    Runtime: 'python3.13',
    ...properties,
  });

const chart = (properties: object = {}) => ({
  Type: 'Custom::AWSCDK-EKS-HelmChart',
  Properties: {
    ServiceToken: { 'Fn::GetAtt': ['Framework', 'Arn'] },
    ClusterName: 'demo',
    Release: 'shop',
    ChartAssetURL: { 'Fn::Sub': `s3://${BUCKET}/code.zip` },
    Namespace: 'shops',
    CreateNamespace: true,
    Values: { 'Fn::Join': ['', ['{"region":"', { Ref: 'AWS::Region' }, '"}']] },
    ...properties,
  },
});

const entry = (roleId: string) => ({
  Type: 'AWS::EKS::AccessEntry',
  Properties: {
    AccessPolicies: [
      {
        AccessScope: { Type: 'cluster' },
        PolicyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy',
      },
    ],
    ClusterName: 'demo',
    PrincipalArn: { 'Fn::GetAtt': [roleId, 'Arn'] },
    Type: 'STANDARD',
  },
});

const WHOLE = {
  Role: ROLE,
  Fn: fn(),
  CdkRole: {
    ...ROLE,
    Properties: {
      ...ROLE.Properties,
      RoleName: 'kubectl',
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly'],
    },
  },
  Layer: {
    Type: 'AWS::Lambda::LayerVersion',
    Properties: {
      Content: { S3Bucket: { 'Fn::Sub': BUCKET }, S3Key: 'code.zip' },
      LicenseInfo: 'Apache-2.0',
    },
  },
  Kubectl: cdkFn(),
  Framework: cdkFn({
    Description: FRAMEWORK,
    Layers: undefined,
    Runtime: 'nodejs24.x',
  }),
  Entry: entry('CdkRole'),
  Chart: chart(),
};

function loadChecked(resources: object = {}): Assembly {
  const assembly = load({ ...WHOLE, ...resources });
  checkCdkFunctions(assembly);
  return assembly;
}

describe('a template with CDK functions', () => {
  it('distinguishes them from the functions of the product', () => {
    const assembly = loadChecked();
    expect(resourcesOf(assembly, 'lambda-function')).toHaveLength(1);
    expect(resourcesOf(assembly, 'cdk-function')).toMatchObject([
      { functionName: expect.stringMatching(/^App-Kubectl-/) },
      { arn: expect.stringMatching(/:function:App-Framework-/), roleArn: expect.any(String) },
    ]);
  });

  it('ignores the policies of their role', () => {
    const roles = roleSpecs(loadChecked());
    expect(roles.find(({ arn }) => arn.endsWith('/kubectl'))?.policies).toEqual([]);
  });

  it('reads the policies of a role that a function of the product has as well', () => {
    const shared = fn({ Role: { 'Fn::GetAtt': ['CdkRole', 'Arn'] } });
    const { Entry: _entry, ...rest } = WHOLE;
    const assembly = load({ ...rest, Shared: shared });
    expect(() => roleSpecs(assembly)).toThrow(
      /AmazonEC2ContainerRegistryReadOnly is not supported/,
    );
  });

  it('has the chart with its destination and values', () => {
    expect(resourcesOf(loadChecked(), 'helm-chart')).toMatchObject([
      {
        clusterName: 'demo',
        release: 'shop',
        namespace: 'shops',
        createNamespace: true,
        values: { region: 'eu-central-1' },
        chartFolder: expect.stringMatching(/asset\.code$/),
      },
    ]);
  });

  it.each<[string, object, RegExp]>([
    [
      'a function of the product with another runtime',
      { Fn: fn({ Runtime: 'python3.13' }) },
      /resource Fn: .*nodejs24\.x/s,
    ],
    ['a function of the product with a layer', { Fn: fn({ Layers: [] }) }, /"Layers"/],
    [
      'a description that only resembles that of the CDK',
      { Fn: cdkFn({ Description: `${KUBECTL}, ours` }) },
      /resource Fn: /,
    ],
    [
      'a chart that a function of the product installs',
      { Chart: chart({ ServiceToken: { 'Fn::GetAtt': ['Fn', 'Arn'] } }) },
      /chart shop is installed by arn:aws:lambda:.*, which is not a CDK function/,
    ],
    [
      'an unpublished chart',
      { Chart: chart({ ChartAssetURL: 's3://b/k' }) },
      /resource Chart: no asset of the assembly is published as s3:\/\/b\/k/,
    ],
    [
      'a chart from a repository',
      { Chart: chart({ ChartAssetURL: 'https://charts.example.com/x' }) },
      /is not an s3:\/\/ URL/,
    ],
    ['values that are not JSON', { Chart: chart({ Values: '{' }) }, /is not JSON/],
    ['an unsupported property of the chart', { Chart: chart({ Repository: 'x' }) }, /"Repository"/],
    [
      'access policies for a role of the product',
      { Own: entry('Role') },
      /access entry for .*: access policies are not supported; use Kubernetes groups/,
    ],
  ])('and %s is rejected', (_title, resources, message) => {
    expect(() => loadChecked(resources)).toThrow(message);
  });
});
