import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  HIPAASecurityChecks,
  NIST80053R4Checks,
  NIST80053R5Checks,
  PCIDSS321Checks,
  ServerlessChecks,
} from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { RefresherStack } from '../../infra/refresher-stack.ts';
import { readClusterSettings } from '../../infra/settings/read-cluster-settings.ts';
import {
  appOf,
  appWith,
  CDK_CONTEXT,
  CLUSTER,
  ENVIRONMENT_OF_STACK,
  onlyStack,
} from '../support/deployment/synthesize.ts';

const VPC = {
  vpcId: 'vpc-01234567',
  availabilityZones: ['eu-central-1a'],
  subnetIds: ['subnet-01234567'],
  securityGroupIds: ['sg-01234567'],
};

function warningsOf(settings: object): readonly string[] {
  const stack = onlyStack(appOf({ ...CLUSTER, ...settings }));
  return Annotations.fromStack(stack)
    .findWarning('*', Match.anyValue())
    .map(({ entry }) => String(entry.data));
}

describe('createRefresherApp', () => {
  it.each([
    ['the example', {}],
    ['an account and a region', ENVIRONMENT_OF_STACK],
    ['a VPC', { vpc: VPC }],
    ['tagged sessions', { sessionTags: true, externalId: 'handshake', sessionName: 'seed' }],
    ['an intermediate role', { assumeRole: 'arn:aws:iam::123456789012:role/pod-roles' }],
    [
      'tagged sessions through an intermediate role',
      { sessionTags: true, assumeRole: 'arn:aws:iam::123456789012:role/pod-roles' },
    ],
    ['roles of several accounts', { assumableRoles: ['a-*', 'arn:aws:iam::*:role/b-?'] }],
  ])('synthesizes %s without lookups, cdk-nag findings or errors', (_, settings) => {
    const assembly = appOf({ ...CLUSTER, ...settings }).synth();
    expect(assembly.manifest.missing).toBeUndefined();
    for (const stack of assembly.stacks) {
      expect(stack.messages.filter(({ level }) => level === 'error')).toEqual([]);
    }
  });

  it('fails on a cdk-nag finding that is not acknowledged', () => {
    const app = appOf(CLUSTER);
    new Role(onlyStack(app), 'Careless', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        careless: new PolicyDocument({
          statements: [new PolicyStatement({ actions: ['s3:*'], resources: ['*'] })],
        }),
      },
    });
    expect(() => app.synth()).toThrow('AwsSolutions-IAM5[Action::s3:*]');
  });

  it.each([
    HIPAASecurityChecks,
    NIST80053R4Checks,
    NIST80053R5Checks,
    PCIDSS321Checks,
    ServerlessChecks,
  ])('checks the stacks against %o too, except for acknowledged findings', (Pack) => {
    const findings = new Pack().validateScope(appOf(CLUSTER)).violations;
    const ids = findings.map(({ ruleName }) => ruleName);
    const nagPacks = [Pack.name];
    const acknowledge = (some: readonly string[]) =>
      some.map((id) => ({ id, reason: 'accepted by the security team' }));
    expect(ids).not.toEqual([]);
    for (const id of ids) {
      const acknowledgedFindings = acknowledge(ids.filter((other) => other !== id));
      const app = appWith({ nagPacks, acknowledgedFindings }, CLUSTER);
      expect(() => app.synth()).toThrow(id);
    }
    // As text, as -c passes them.
    const context = {
      nagPacks: JSON.stringify(nagPacks),
      acknowledgedFindings: JSON.stringify(acknowledge(ids)),
    };
    expect(() => appWith(context, CLUSTER).synth()).not.toThrow();
  });

  it.each([
    [
      'nagPacks',
      ['NIST'],
      /^nagPacks is \["NIST"\]; it must be .*NIST80053R5Checks, PCIDSS321Checks/,
    ],
    ['nagPacks', 'NIST80053R5Checks', /a list of packs of cdk-nag/],
    ['acknowledgedFindings', [{ id: 'x' }], /^acknowledgedFindings is .*"x".*id and reason/],
    ['acknowledgedFindings', [{ id: 'x', reason: ' ' }], /id and reason/],
    ['acknowledgedFindings', { x: 'y' }, /a list of objects/],
  ])('rejects %s with the value %j', (name, value, problem) => {
    expect(() => appWith({ [name]: value }, CLUSTER)).toThrow(
      expect.objectContaining({ problems: [expect.stringMatching(problem)] }),
    );
  });

  it('says where nagPacks belong that are among the settings of a cluster', () => {
    expect(() => appOf({ ...CLUSTER, nagPacks: [] })).toThrow(
      'clusters[0].nagPacks applies to all clusters; move it next to clusters',
    );
  });

  it.each([
    ['the stack', CLUSTER],
    ["the stack with CDK's installer", { ...CLUSTER, installChart: true, vpc: VPC }],
  ])('gives every role in %s the permissions boundary of the CDK context', (_, cluster) => {
    const context = { '@aws-cdk/core:permissionsBoundary': { name: 'boundary' } };
    const template = Template.fromStack(onlyStack(appWith(context, cluster)));
    const roles = Object.values(template.findResources('AWS::IAM::Role'));
    expect(roles.length).toBeGreaterThan(2);
    for (const { Properties } of roles) {
      expect(JSON.stringify(Properties.PermissionsBoundary)).toMatch(/:policy\/boundary"/);
    }
  });

  it('reads the example in cdk.json', () => {
    expect(readClusterSettings(CDK_CONTEXT)).toHaveLength(1);
  });

  it('adds account and region to the IDs of stacks with the same name', () => {
    const app = appOf(
      { ...CLUSTER, account: '111111111111', region: 'eu-west-1' },
      { ...CLUSTER, account: '111111111111', region: 'us-east-1' },
      { ...CLUSTER, clusterName: 'staging' },
    );
    const stacks = app.node.children.filter((child) => child instanceof RefresherStack);
    expect(stacks.map(({ node, stackName }) => [node.id, stackName])).toEqual([
      ['KubeAwsIam-production-111111111111-eu-west-1', 'KubeAwsIam-production'],
      ['KubeAwsIam-production-111111111111-us-east-1', 'KubeAwsIam-production'],
      ['KubeAwsIam-staging', 'KubeAwsIam-staging'],
    ]);
  });
});

describe('warnings about settings', () => {
  it('are not added for usual settings', () => {
    expect(warningsOf({ ...ENVIRONMENT_OF_STACK, vpc: VPC })).toEqual([]);
  });

  it.each([
    ['disabled restrictions', { namespaceRestrictions: 'off' }, /anyone who can create a pod/],
    [
      'roles of every account',
      { assumableRoles: ['arn:aws:iam::*:role/a-*'] },
      /every AWS account/,
    ],
    [
      'roles of another account',
      { ...ENVIRONMENT_OF_STACK, assumableRoles: ['arn:aws:iam::999999999999:role/a-*'] },
      /not in the stack's account 123456789012/,
    ],
    [
      'a base role ARN of another account',
      { ...ENVIRONMENT_OF_STACK, baseRoleArn: 'arn:aws:iam::999999999999:role/' },
      /baseRoleArn is in account 999999999999/,
    ],
  ])('are added for %s', (_, settings, text) => {
    expect(warningsOf(settings)).toEqual([expect.stringMatching(text)]);
  });
});
