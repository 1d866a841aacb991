import { describe, expect, it } from 'vitest';
import { type Assembly, resourcesOf } from '../../../../local/assembly/assembly.ts';
import { checkCdkFunctions } from '../../../../local/assembly/cdk-functions.ts';
import { roleSpecs } from '../../../../local/assembly/role-specs.ts';
import { BUCKET, fn, load, ROLE } from './load-template.ts';

const KUBECTL = 'onEvent handler for EKS kubectl resource provider';
const FRAMEWORK = 'AWS CDK resource provider framework - onEvent (App/Provider)';

const foreignFn = (properties: object = {}) =>
  fn({
    Description: KUBECTL,
    Layers: [{ Ref: 'Layer' }],
    Role: { 'Fn::GetAtt': ['ForeignRole', 'Arn'] },
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
  ForeignRole: {
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
  Kubectl: foreignFn(),
  Framework: foreignFn({
    Description: FRAMEWORK,
    Layers: undefined,
    Runtime: 'nodejs24.x',
  }),
  Entry: entry('ForeignRole'),
  Chart: chart(),
};

function withAll(resources: object = {}): Assembly {
  const assembly = load({ ...WHOLE, ...resources });
  checkCdkFunctions(assembly);
  return assembly;
}

describe("a template with CDK's own functions", () => {
  it('knows them apart from those that are run', () => {
    const assembly = withAll();
    expect(resourcesOf(assembly, 'lambda-function')).toHaveLength(1);
    expect(resourcesOf(assembly, 'foreign-function')).toMatchObject([
      { functionName: expect.stringMatching(/^App-Kubectl-/) },
      { arn: expect.stringMatching(/:function:App-Framework-/), roleArn: expect.any(String) },
    ]);
  });

  it('does not evaluate the policies of their role', () => {
    const roles = roleSpecs(withAll());
    expect(roles.find(({ arn }) => arn.endsWith('/kubectl'))?.policies).toEqual([]);
  });

  it('evaluates the policies of a role that a function of the product has too', () => {
    const shared = fn({ Role: { 'Fn::GetAtt': ['ForeignRole', 'Arn'] } });
    const { Entry: _entry, ...rest } = WHOLE;
    const assembly = load({ ...rest, Shared: shared });
    expect(() => roleSpecs(assembly)).toThrow(/AmazonEC2ContainerRegistryReadOnly, not known here/);
  });

  it('tells which chart is installed, where and with which values', () => {
    expect(resourcesOf(withAll(), 'helm-chart')).toMatchObject([
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
      'a function of the product that has another runtime',
      { Fn: fn({ Runtime: 'python3.13' }) },
      /resource Fn: .*nodejs24\.x/s,
    ],
    ['a function of the product that has a layer', { Fn: fn({ Layers: [] }) }, /"Layers"/],
    [
      'a description that is only like that of CDK',
      { Fn: foreignFn({ Description: `${KUBECTL}, ours` }) },
      /resource Fn: /,
    ],
    [
      'a chart that one of the own functions installs',
      { Chart: chart({ ServiceToken: { 'Fn::GetAtt': ['Fn', 'Arn'] } }) },
      /chart shop is to be installed by arn:aws:lambda:.*, not there/,
    ],
    [
      'a chart that is not published',
      { Chart: chart({ ChartAssetURL: 's3://b/k' }) },
      /resource Chart: no asset of the assembly is published as s3:\/\/b\/k/,
    ],
    [
      'a chart from elsewhere',
      { Chart: chart({ ChartAssetURL: 'https://charts.example.com/x' }) },
      /is no s3:\/\/ address/,
    ],
    ['values that are no JSON', { Chart: chart({ Values: '{' }) }, /is no JSON/],
    ['another option of the chart', { Chart: chart({ Repository: 'x' }) }, /"Repository"/],
    [
      'access policies for the own role',
      { Own: entry('Role') },
      /access entry for .*: access policies are not evaluated here; name Kubernetes groups/,
    ],
  ])('and %s is an error', (_title, resources, message) => {
    expect(() => withAll(resources)).toThrow(message);
  });
});
