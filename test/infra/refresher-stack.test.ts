import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { REFRESHERS_GROUP } from '../../contract/kubernetes/cluster-access.ts';
import { FUNCTION_NAMES } from '../../infra/names.ts';
import {
  appOf,
  CLUSTER,
  ENVIRONMENT_OF_STACK,
  onlyStack,
  templateOf,
} from '../support/deployment/synthesize.ts';

const ROLE_ARN = 'arn:aws:iam::123456789012:role/kube-aws-iam-eu-central-1-production';
const FORWARDER_ROLE_ARN =
  'arn:aws:iam::123456789012:role/kube-aws-iam-forwarder-eu-central-1-production';
const FUNCTION = 'AWS::Lambda::Function';
const VPC = {
  vpcId: 'vpc-01234567',
  availabilityZones: ['eu-central-1a', 'eu-central-1b'],
  subnetIds: ['subnet-01234567', 'subnet-89abcdef'],
  securityGroupIds: ['sg-01234567'],
};

/** The statements of the refresher's policy, by SID. */
function statementsOf(template: Template): Readonly<Record<string, Record<string, unknown>>> {
  const roles = template.findResources('AWS::IAM::Role', {
    Properties: { RoleName: Match.anyValue() },
  });
  const role = Object.values(roles).find(
    ({ Properties }) => Properties.Policies[0].PolicyName === 'refresher',
  );
  const statements = role?.['Properties'].Policies[0].PolicyDocument.Statement;
  return Object.fromEntries(
    statements.map((statement: { Sid: string }) => [statement.Sid, statement]),
  );
}

describe('the stack of a cluster', () => {
  const template = templateOf(ENVIRONMENT_OF_STACK);

  it('is named after the cluster', () => {
    const stack = onlyStack(appOf({ ...CLUSTER, clusterName: 'Team_A' }));
    expect(stack.stackName).toMatch(/^KubeAwsIam-Team-A-[0-9a-f]{8}$/);
  });

  it('contains only these resources', () => {
    const resources = Object.values<{ Type: string }>(template.toJSON()['Resources']);
    const types = resources.map(({ Type }) => Type);
    // The test of the alarms checks their number.
    expect(types.filter((type) => type !== 'AWS::CloudWatch::Alarm').sort()).toEqual([
      'AWS::CloudWatch::CompositeAlarm',
      'AWS::CloudWatch::Dashboard',
      'AWS::EKS::AccessEntry',
      'AWS::Events::EventBus',
      'AWS::Events::EventBusPolicy',
      'AWS::Events::Rule',
      'AWS::IAM::Role',
      'AWS::IAM::Role',
      'AWS::IAM::Role',
      'AWS::KMS::Key',
      ...Array(3).fill('AWS::Lambda::EventInvokeConfig'),
      ...Array(3).fill(FUNCTION),
      'AWS::Lambda::Permission',
      ...Array(3).fill('AWS::Logs::LogGroup'),
      'AWS::SNS::Topic',
      'AWS::SNS::TopicPolicy',
      ...Array(3).fill('AWS::Scheduler::Schedule'),
    ]);
  });

  it.each([
    ['refresh', 50, 1769, Match.absent()],
    ['sweep', 300, 1024, Match.absent()],
    ['events', 50, 1769, 5],
  ])('has a function %s with a timeout of %i s and %i MB', (name, timeout, memory, reserved) => {
    template.hasResourceProperties(FUNCTION, {
      FunctionName: `kube-aws-iam-production-${name}`,
      Handler: `${name}.handler`,
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Timeout: timeout,
      MemorySize: memory,
      ReservedConcurrentExecutions: reserved,
      VpcConfig: Match.absent(),
      LoggingConfig: {
        LogFormat: 'JSON',
        ApplicationLogLevel: 'INFO',
        LogGroup: { Ref: Match.anyValue() },
      },
      Environment: {
        Variables: Match.objectLike({
          NODE_OPTIONS: '--enable-source-maps',
        }),
      },
    });
  });

  it('does not retry invocations', () => {
    template.allResourcesProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
      Qualifier: '$LATEST',
    });
  });

  it.each([
    ['refresh', 'rate(1 minute)', { pass: 'refresh' }],
    ['sweep', 'cron(5/10 * * * ? *)', { pass: 'sweep' }],
    ['events', 'rate(1 minute)', { warmUp: true }],
  ])('invokes %s at %s with %j, without retries', (name, expression, event) => {
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      Name: `kube-aws-iam-production-${name}`,
      ScheduleExpression: expression,
      FlexibleTimeWindow: { Mode: 'OFF' },
      State: 'ENABLED',
      Target: {
        Input: JSON.stringify(event),
        RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
      },
    });
  });

  it('allows Scheduler to invoke the functions, for schedules of this account only', () => {
    template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Action: 'sts:AssumeRole',
            Effect: 'Allow',
            Principal: { Service: 'scheduler.amazonaws.com' },
            Condition: {
              StringEquals: {
                'aws:SourceAccount': '123456789012',
                'aws:SourceArn':
                  'arn:aws:scheduler:eu-central-1:123456789012:schedule-group/default',
              },
            },
          },
        ],
      },
      Policies: [
        {
          PolicyDocument: {
            Statement: [
              {
                Action: 'lambda:InvokeFunction',
                Effect: 'Allow',
                Resource: Array(3).fill({ 'Fn::GetAtt': [Match.anyValue(), 'Arn'] }),
              },
            ],
          },
        },
      ],
    });
  });

  it('gives the role access to the cluster, in the group that the chart binds', () => {
    template.hasResourceProperties('AWS::EKS::AccessEntry', {
      ClusterName: 'production',
      KubernetesGroups: [REFRESHERS_GROUP],
      Type: 'STANDARD',
      PrincipalArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^RefresherRole'), 'Arn'] },
    });
  });

  it('retains logs for a month, and when the stack is deleted', () => {
    template.allResources('AWS::Logs::LogGroup', {
      Properties: { RetentionInDays: 30, LogGroupName: Match.absent() },
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
  });

  it('has outputs with the names of its resources', () => {
    expect(Object.keys(template.findOutputs('*'))).toEqual([
      'RefresherRoleArn',
      'RefreshFunctionName',
      'SweepFunctionName',
      'EventsFunctionName',
      'AlarmTopicArn',
      'DashboardName',
    ]);
  });
});

describe("the refresher's role", () => {
  const template = templateOf({
    ...ENVIRONMENT_OF_STACK,
    assumableRoles: ['app-*', 'arn:aws:iam::999999999999:role/shared-?'],
  });

  it('has a fixed name and is assumed by Lambda', () => {
    template.hasResourceProperties('AWS::IAM::Role', {
      RoleName: 'kube-aws-iam-eu-central-1-production',
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Action: 'sts:AssumeRole',
            Effect: 'Allow',
            Principal: { Service: 'lambda.amazonaws.com' },
          },
        ],
      },
      ManagedPolicyArns: Match.absent(),
    });
  });

  it('has these permissions only', () => {
    expect(statementsOf(template)).toEqual({
      AssumeRolesOfPods: {
        Sid: 'AssumeRolesOfPods',
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Resource: expect.toSatisfy((arns: readonly string[]) => {
          expect([...arns].sort()).toEqual([
            'arn:aws:iam::123456789012:role/app-*',
            'arn:aws:iam::999999999999:role/shared-?',
          ]);
          return true;
        }),
      },
      AssumeForwarderRole: {
        Sid: 'AssumeForwarderRole',
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Resource: FORWARDER_ROLE_ARN,
      },
      NeverAssume: {
        Sid: 'NeverAssume',
        Effect: 'Deny',
        Action: 'sts:AssumeRole',
        Resource: ['arn:aws:iam::*:role/cdk-*', ROLE_ARN],
      },
      FindCluster: {
        Sid: 'FindCluster',
        Effect: 'Allow',
        Action: 'eks:DescribeCluster',
        Resource: 'arn:aws:eks:eu-central-1:123456789012:cluster/production',
      },
      WriteLogs: {
        Sid: 'WriteLogs',
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: Object.keys(template.findResources('AWS::Logs::LogGroup'))
          .toSorted()
          .map((id) => ({ 'Fn::GetAtt': [id, 'Arn'] })),
      },
    });
  });

  describe('with session settings', () => {
    const INTERMEDIATE = 'arn:aws:iam::999999999999:role/pod-roles';
    const PODS = 'arn:aws:iam::123456789012:role/app-*';
    const settings = { ...ENVIRONMENT_OF_STACK, externalId: 'handshake', sessionName: 'zalando' };

    /** Allowed STS actions with their resources. */
    function stsPermissions(more: object) {
      const statements = Object.values(statementsOf(templateOf({ ...settings, ...more })));
      return statements
        .filter(
          ({ Effect, Action }) => Effect === 'Allow' && JSON.stringify(Action).includes('sts:'),
        )
        .map(({ Action, Resource }) => [Action, Resource]);
    }

    it.each([
      [{}, ['sts:AssumeRole', PODS]],
      [{ sessionTags: true }, [['sts:AssumeRole', 'sts:TagSession'], PODS]],
      [{ assumeRole: INTERMEDIATE }, ['sts:AssumeRole', INTERMEDIATE]],
      [{ assumeRole: INTERMEDIATE, sessionTags: true }, ['sts:AssumeRole', INTERMEDIATE]],
    ])('allows with %j these STS actions, and assuming the forwarder role', (more, permission) => {
      expect(stsPermissions(more)).toEqual([permission, ['sts:AssumeRole', FORWARDER_ROLE_ARN]]);
    });

    it('allows only the intermediate role if the forwarder has its own role', () => {
      const forwarderCredentials = {
        source: 'irsa',
        roleArn: 'arn:aws:iam::123456789012:role/forwarder',
      };
      expect(stsPermissions({ assumeRole: INTERMEDIATE, forwarderCredentials })).toEqual([
        ['sts:AssumeRole', INTERMEDIATE],
      ]);
    });

    it('does not deny the intermediate role, which the functions deny to pods', () => {
      const template = templateOf({ ...settings, assumeRole: INTERMEDIATE });
      expect(statementsOf(template)['NeverAssume']).toMatchObject({
        Resource: ['arn:aws:iam::*:role/cdk-*', ROLE_ARN],
      });
      template.allResourcesProperties(FUNCTION, {
        Environment: {
          Variables: Match.objectLike({
            DENIED_ROLES: JSON.stringify(['arn:aws:iam::*:role/cdk-*', ROLE_ARN, INTERMEDIATE]),
          }),
        },
      });
    });

    it('denies a role of your own for the forwarder', () => {
      const roleArn = 'arn:aws:iam::123456789012:role/app-forwarder';
      const forwarderCredentials = { source: 'irsa', roleArn };
      const template = templateOf({ ...settings, forwarderCredentials });
      expect(statementsOf(template)['NeverAssume']).toMatchObject({
        Resource: ['arn:aws:iam::*:role/cdk-*', roleArn, ROLE_ARN],
      });
    });

    it("does not change the forwarder's trust policy", () => {
      const template = templateOf({ ...settings, sessionTags: true, assumeRole: INTERMEDIATE });
      template.hasResourceProperties('AWS::IAM::Role', {
        RoleName: 'kube-aws-iam-forwarder-eu-central-1-production',
        AssumeRolePolicyDocument: {
          Statement: [
            {
              Action: 'sts:AssumeRole',
              Condition: {
                ArnEquals: { 'aws:PrincipalArn': Match.anyValue() },
                StringEquals: { 'sts:RoleSessionName': 'kube-aws-iam@production' },
              },
            },
          ],
        },
      });
    });
  });

  it('allows Lambda to join a VPC, and denies it to the code of the functions', () => {
    const statements = statementsOf(templateOf({ ...ENVIRONMENT_OF_STACK, vpc: VPC }));
    expect(statements['JoinVpc']).toMatchObject({ Effect: 'Allow', Resource: '*' });
    expect(statements['JoinVpcNotFromCode']).toMatchObject({
      Effect: 'Deny',
      Action: statements['JoinVpc']?.['Action'],
      Resource: '*',
      Condition: {
        ArnEquals: {
          'lambda:SourceFunctionArn': FUNCTION_NAMES.map(
            (name) =>
              `arn:aws:lambda:eu-central-1:123456789012:function:kube-aws-iam-production-${name}`,
          ),
        },
      },
    });
  });

  it.each([
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['us-iso-east-1', 'aws-iso'],
  ])('uses the partition of %s', (region, partition) => {
    const statements = statementsOf(templateOf({ ...ENVIRONMENT_OF_STACK, region }));
    const { Resource } = statements['AssumeRolesOfPods'] ?? {};
    expect([`arn:${partition}:iam::123456789012:role/app-*`, expect.anything()]).toContainEqual(
      Resource,
    );
  });
});

describe('optional settings', () => {
  it('put the functions into a VPC without a lookup', () => {
    const template = templateOf({ ...ENVIRONMENT_OF_STACK, vpc: VPC });
    template.resourceCountIs('AWS::EC2::SecurityGroup', 0);
    template.allResourcesProperties(FUNCTION, {
      VpcConfig: { SubnetIds: VPC.subnetIds, SecurityGroupIds: VPC.securityGroupIds },
    });
  });

  it.each([
    [{ refresh: 3 }, { refresh: 3, sweep: Match.absent(), events: 5 }],
    [{ events: 20 }, { refresh: Match.absent(), sweep: Match.absent(), events: 20 }],
    [
      { events: 'none', sweep: 1 },
      { refresh: Match.absent(), sweep: 1, events: Match.absent() },
    ],
  ])('reserve concurrency with %j', (reservedConcurrency, expected) => {
    const template = templateOf({ reservedConcurrency });
    for (const [name, ReservedConcurrentExecutions] of Object.entries(expected)) {
      const Handler = `${name}.handler`;
      template.hasResourceProperties(FUNCTION, { Handler, ReservedConcurrentExecutions });
    }
  });

  it('set the retention of logs and the log level', () => {
    const template = templateOf({ logRetentionDays: 7, logLevel: 'DEBUG' });
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
    template.allResourcesProperties(FUNCTION, {
      LoggingConfig: Match.objectLike({ ApplicationLogLevel: 'DEBUG' }),
    });
  });

  it('encrypt the logs with a key, and create no policy for it', () => {
    const key = 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
    const template = templateOf({ ...ENVIRONMENT_OF_STACK, logKmsKeyArn: key });
    template.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: key });
    expect(statementsOf(template)).toEqual(statementsOf(templateOf(ENVIRONMENT_OF_STACK)));
  });

  it('trace the functions, with the permission in the policy of their role', () => {
    const template = templateOf({ tracing: true });
    template.allResourcesProperties(FUNCTION, { TracingConfig: { Mode: 'Active' } });
    template.resourceCountIs('AWS::IAM::Policy', 0);
    expect(statementsOf(template)['SendTraces']).toEqual({
      Sid: 'SendTraces',
      Effect: 'Allow',
      Action: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
      Resource: '*',
    });
    templateOf().allResourcesProperties(FUNCTION, { TracingConfig: Match.absent() });
  });
});

describe('the template', () => {
  it('matches the snapshot', () => {
    const text = JSON.stringify(templateOf().toJSON(), undefined, 1);
    expect(JSON.parse(text)).toMatchSnapshot();
  });
});
