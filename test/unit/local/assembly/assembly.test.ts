import { describe, expect, it } from 'vitest';
import { loadAssembly, resourcesOf } from '../../../../local/assembly/assembly.ts';
import { roleSpecs } from '../../../../local/assembly/role-specs.ts';
import { fn, load, ROLE, TARGET, TRUST } from './load-template.ts';

describe('a template', () => {
  it('has a function with its asset, its role and the defaults of Lambda', () => {
    const assembly = load({ Role: ROLE, Fn: fn() });
    const [found] = resourcesOf(assembly, 'lambda-function');
    expect(found).toMatchObject({
      functionName: expect.stringMatching(/^App-Fn-[0-9a-f]{12}$/),
      codeFolder: expect.stringMatching(/asset\.code$/),
      roleArn: expect.stringMatching(/^arn:aws:iam::123456789012:role\/App-Role-[0-9a-f]{12}$/),
      timeoutSeconds: 3,
      memoryMegabytes: 128,
      logGroupName: `/aws/lambda/${found?.functionName}`,
      reservedConcurrency: undefined,
    });
  });

  it('has generated names of at most 64 characters that are the same for each load', () => {
    const names = [1, 2].map(() => {
      const assembly = load({ ['R'.repeat(80)]: ROLE });
      return resourcesOf(assembly, 'iam-role')[0]?.roleName;
    });
    expect(names[0]).toHaveLength(64);
    expect(names[1]).toBe(names[0]);
  });

  it('omits a resource whose condition is false, and resolves outputs', () => {
    const assembly = load(
      { Role: ROLE, Never: { ...ROLE, Condition: 'IsChina' } },
      {
        Conditions: { IsChina: { 'Fn::Equals': [{ Ref: 'AWS::Partition' }, 'aws-cn'] } },
        Outputs: { Region: { Value: { Ref: 'AWS::Region' } } },
      },
    );
    expect(resourcesOf(assembly, 'iam-role')).toHaveLength(1);
    expect(assembly.stacks[0]?.outputs).toEqual({ Region: 'eu-central-1' });
  });

  it('has a role with its policies: inline, attached, managed and AWS managed', () => {
    const document = { Version: '2012-10-17', Statement: [] };
    const assembly = load({
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: TRUST,
          RoleName: 'runner',
          Path: '/team/',
          MaxSessionDuration: 7_200,
          Policies: [{ PolicyName: 'inline', PolicyDocument: document }],
          ManagedPolicyArns: [
            { Ref: 'Managed' },
            'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole',
          ],
        },
      },
      Attached: {
        Type: 'AWS::IAM::Policy',
        Properties: { PolicyName: 'att', PolicyDocument: document, Roles: [{ Ref: 'Role' }] },
      },
      Managed: {
        Type: 'AWS::IAM::ManagedPolicy',
        Properties: { ManagedPolicyName: 'managed', PolicyDocument: document },
      },
    });
    const [role] = roleSpecs(assembly);
    expect(role).toMatchObject({
      arn: 'arn:aws:iam::123456789012:role/team/runner',
      maxSessionDuration: 7_200,
    });
    expect(role?.policies?.map(({ name }) => name)).toEqual([
      'inline',
      'att',
      'managed',
      'service-role/AWSLambdaBasicExecutionRole',
    ]);
  });

  it.each<[string, object, RegExp]>([
    [
      'an unsupported resource type',
      { Queue: { Type: 'AWS::SQS::Queue' } },
      /^stack App, resource Queue: Queue is of type AWS::SQS::Queue, which is not supported/,
    ],
    [
      'an unsupported property',
      { Role: { ...ROLE, Properties: { ...ROLE.Properties, PermissionsBoundary: 'x' } } },
      /resource Role: .*Unrecognized key: "PermissionsBoundary"/,
    ],
    ['another runtime', { Role: ROLE, Fn: fn({ Runtime: 'nodejs22.x' }) }, /nodejs24\.x/],
    ['no role', { Fn: fn() }, /Role is not a resource or parameter/],
    [
      'an unpublished asset',
      { Role: ROLE, Fn: fn({ Code: { S3Bucket: 'b', S3Key: 'k' } }) },
      /no asset of the assembly is published as s3:\/\/b\/k/,
    ],
    [
      'an unsupported attribute',
      { Role: { ...ROLE, Properties: { AssumeRolePolicyDocument: { 'Fn::GetAtt': 'Role.X' } } } },
      /attribute X of Role is not supported/,
    ],
    [
      'a dependency that does not exist',
      { Role: { ...ROLE, DependsOn: 'X' } },
      /X is not a resource/,
    ],
    ['an unsupported resource attribute', { Role: { ...ROLE, UpdatePolicy: {} } }, /UpdatePolicy/],
    [
      'a group with a reserved prefix',
      {
        Entry: {
          Type: 'AWS::EKS::AccessEntry',
          Properties: {
            ClusterName: 'demo',
            KubernetesGroups: ['system:masters'],
            PrincipalArn: 'arn:aws:iam::123456789012:role/x',
          },
        },
      },
      /cannot start with system:/,
    ],
    [
      'an SSM parameter in a resource',
      { Lg: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: { Ref: 'Boot' } } } },
      /parameter Boot \(AWS::SSM::Parameter::Value<String>\) has no default value that can be used without AWS/,
    ],
  ])('with %s is rejected', (_title, resources, message) => {
    const parameters = { Boot: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/x' } };
    expect(() => load(resources, { Parameters: parameters })).toThrow(message);
  });

  it('with an unsupported artifact is rejected', () => {
    const nested = { Stage: { type: 'cdk:cloud-assembly' } };
    expect(() => load({}, {}, nested)).toThrow('artifact Stage of the assembly is of type');
  });

  it('for another account is rejected', () => {
    const stack = {
      type: 'aws:cloudformation:stack',
      environment: 'aws://210987654321/eu-central-1',
      properties: { templateFile: 'App.template.json' },
    };
    expect(() => load({}, {}, { Other: stack })).toThrow(
      'stack Other is for aws://210987654321/eu-central-1, not for 123456789012 in eu-central-1',
    );
  });

  it('with a policy for a role that does not exist is rejected', () => {
    const properties = { PolicyName: 'p', PolicyDocument: {}, Roles: ['nobody'] };
    const assembly = load({ P: { Type: 'AWS::IAM::Policy', Properties: properties } });
    expect(() => roleSpecs(assembly)).toThrow('policy p: role nobody does not exist');
  });

  it('that does not exist is rejected with the command that creates it', () => {
    expect(() => loadAssembly('/nowhere', TARGET)).toThrow(/npx cdk synth/);
  });
});
