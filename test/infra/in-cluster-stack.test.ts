import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { InClusterStack } from '../../infra/in-cluster-stack.ts';
import { appOf, CLUSTER, ENVIRONMENT_OF_STACK } from '../support/deployment/synthesize.ts';

const ROLE_NAME = 'kube-aws-iam-eu-central-1-production';
const OIDC = {
  sessions: { source: 'oidc', hours: 12, issuer: 'https://oidc.example.com/id/1' },
};

const SEED = 'npx kube-aws-iam seed --cluster production';

function templateOf(settings: object = {}): Template {
  const app = appOf({ ...CLUSTER, ...ENVIRONMENT_OF_STACK, runsIn: 'cluster', ...settings });
  const stack = app.node.children.find((child) => child instanceof InClusterStack);
  if (!(stack instanceof InClusterStack)) throw new Error('no stack');
  return Template.fromStack(stack);
}

const typesIn = (template: Template) =>
  new Set(
    Object.values(template.toJSON()['Resources']).map((one) => (one as { Type: string }).Type),
  );

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: unknown;
  readonly Resource?: unknown;
}

/** The statements of the role's own policy, by their ID. */
function statementsOf(template: Template): Readonly<Record<string, Statement>> {
  const statements = Object.values(template.findResources('AWS::IAM::Role')).flatMap(
    ({ Properties }): readonly Statement[] => Properties.Policies[0].PolicyDocument.Statement,
  );
  return Object.fromEntries(statements.map((one) => [one.Sid ?? '', one]));
}

describe('the stack of a cluster in which the refresher runs', () => {
  it.each([{}, { kind: 'kubernetes' }, OIDC])(
    'has a role, a log group and monitoring, and nothing that runs: %j',
    (settings) => {
      expect([...typesIn(templateOf(settings))].sort()).toEqual([
        'AWS::CloudWatch::Alarm',
        'AWS::CloudWatch::CompositeAlarm',
        'AWS::CloudWatch::Dashboard',
        'AWS::IAM::Role',
        'AWS::KMS::Key',
        'AWS::Logs::LogGroup',
        'AWS::SNS::Topic',
        'AWS::SNS::TopicPolicy',
      ]);
    },
  );

  it('has a role that Lambda cannot assume, but the role itself and principals allowed to seed it', () => {
    const session = { 'sts:RoleSessionName': 'kube-aws-iam@production' };
    templateOf().hasResourceProperties('AWS::IAM::Role', {
      RoleName: ROLE_NAME,
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Action: 'sts:AssumeRole',
            Effect: 'Allow',
            Principal: Match.anyValue(),
            Condition: {
              ArnEquals: { 'aws:PrincipalArn': Match.anyValue() },
              StringEquals: session,
            },
          },
          {
            Sid: 'Seed',
            Action: 'sts:AssumeRole',
            Effect: 'Allow',
            Principal: Match.anyValue(),
            Condition: {
              ArnNotLike: { 'aws:PrincipalArn': Match.anyValue() },
              StringEquals: session,
            },
          },
        ],
        Version: '2012-10-17',
      },
    });
  });

  it('trusts the tokens of one ServiceAccount only, if the cluster has an OIDC issuer', () => {
    templateOf(OIDC).hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Action: 'sts:AssumeRoleWithWebIdentity',
            Effect: 'Allow',
            Principal: {
              Federated: Match.anyValue(),
            },
            Condition: {
              StringEquals: {
                'oidc.example.com/id/1:sub':
                  'system:serviceaccount:kube-aws-iam:kube-aws-iam-refresher',
                'oidc.example.com/id/1:aud': 'sts.amazonaws.com',
                'sts:RoleSessionName': 'kube-aws-iam@production',
              },
            },
          },
        ],
        Version: '2012-10-17',
      },
    });
  });

  it('may assume its own role to renew its credentials, and never with an OIDC issuer', () => {
    const allowing = (statements: Readonly<Record<string, Statement>>, effect: string) =>
      Object.values(statements)
        .filter(({ Effect }) => Effect === effect)
        .filter(({ Resource }) => JSON.stringify(Resource).includes(ROLE_NAME)).length;
    const own = statementsOf(templateOf());
    expect([allowing(own, 'Allow'), allowing(own, 'Deny')]).toEqual([1, 0]);
    const oidc = statementsOf(templateOf(OIDC));
    expect(allowing(oidc, 'Allow')).toBe(0);
  });

  it('writes to its log group only', () => {
    const { WriteLogs } = statementsOf(templateOf());
    expect(WriteLogs?.Action).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
    expect(JSON.stringify(WriteLogs?.Resource)).toContain('Logs');
  });

  it('has the alarms of the functions, except those about delivery, and no metric of Lambda or EventBridge', () => {
    const template = templateOf();
    const names = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(
      (one) => one['Properties'].AlarmName as string,
    );
    expect(names).toContain('kube-aws-iam-production-page-refresh-stopped');
    expect(names).toContain('kube-aws-iam-production-page-runs-failing');
    expect(names).toContain('kube-aws-iam-production-ticket-events-failing');
    expect(names.filter((name) => /events-(dropped|undelivered)/.test(name))).toEqual([]);
    const text = JSON.stringify(template.toJSON());
    expect(text).not.toContain('AWS/Lambda');
    expect(text).not.toContain('AWS/Events');
    const [failing] = Object.values(
      template.findResources('AWS::CloudWatch::Alarm', {
        Properties: { AlarmName: 'kube-aws-iam-production-page-runs-failing' },
      }),
    );
    expect(JSON.stringify(failing)).toContain('"InvocationsFailed"');
  });

  it('has alarms that speak of what runs: no function, and no forwarder', () => {
    const template = templateOf({ kind: 'kubernetes' });
    const alarms = [
      ...Object.values(template.findResources('AWS::CloudWatch::Alarm')),
      ...Object.values(template.findResources('AWS::CloudWatch::CompositeAlarm')),
    ].map((one) => one['Properties'].AlarmDescription as string);
    expect(alarms.length).toBeGreaterThan(10);
    for (const description of alarms) {
      // Without the link to the runbook: the name of an alarm is the same for every cluster.
      const [text] = description.split(' What to do: ');
      expect(text).not.toMatch(/function|forwarder|Lambda|EventBridge/);
    }
    expect(alarms.join('\n')).toContain('The service "events" of the refresher failed');
  });

  it('installs the chart with its Deployment on EKS', () => {
    templateOf({ installChart: true }).hasResourceProperties('Custom::AWSCDK-EKS-HelmChart', {
      Values: Match.anyValue(),
    });
  });

  it.each([
    [{}, ['npx kube-aws-iam manifests --cluster production | kubectl apply -f -', SEED]],
    [{ installChart: true }, [SEED]],
    [OIDC, ['npx kube-aws-iam manifests --cluster production | kubectl apply -f -']],
  ])('names the commands that follow the deployment: %j', (settings, commands) => {
    const { Outputs } = templateOf(settings).toJSON();
    const steps = Object.keys(Outputs).filter((name) => name.startsWith('NextStep'));
    expect(steps.sort().map((name) => Outputs[name].Value)).toEqual(commands);
  });

  it('keeps its log group when it is deleted', () => {
    templateOf().hasResource('AWS::Logs::LogGroup', {
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: { LogGroupName: '/kube-aws-iam/production', RetentionInDays: 30 },
    });
  });
});
