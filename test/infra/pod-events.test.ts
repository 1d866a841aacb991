import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { EVENT_DETAIL_TYPE, EVENT_SOURCE } from '../../contract/pod-event.ts';
import { ENVIRONMENT_OF_STACK, templateOf } from '../support/deployment/synthesize.ts';

const FORWARDER = 'kube-aws-iam-forwarder-eu-central-1-production';
const FORWARDER_ARN = `arn:aws:iam::123456789012:role/${FORWARDER}`;
const BUS_ARN = 'arn:aws:events:eu-central-1:123456789012:event-bus/kube-aws-iam-production';

describe('pod events', () => {
  const template = templateOf(ENVIRONMENT_OF_STACK);

  it("denies PutEvents on the bus to everyone but the forwarder's role", () => {
    template.hasResourceProperties('AWS::Events::EventBus', { Name: 'kube-aws-iam-production' });
    template.hasResourceProperties('AWS::Events::EventBusPolicy', {
      EventBusName: { Ref: Match.anyValue() },
      Statement: {
        Effect: 'Deny',
        Principal: '*',
        Action: 'events:PutEvents',
        Resource: { 'Fn::GetAtt': [Match.anyValue(), 'Arn'] },
        Condition: {
          ArnNotEquals: {
            'aws:PrincipalArn': { 'Fn::GetAtt': [Match.stringLikeRegexp('^ForwarderRole'), 'Arn'] },
          },
        },
      },
    });
  });

  it('delivers events of the forwarder only to the events function, without retries and within a minute', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventBusName: { Ref: Match.anyValue() },
      EventPattern: { source: [EVENT_SOURCE], 'detail-type': [EVENT_DETAIL_TYPE] },
      State: 'ENABLED',
      Targets: [
        Match.objectLike({
          Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Events'), 'Arn'] },
          RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
          Input: Match.absent(),
          InputPath: Match.absent(),
        }),
      ],
    });
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Principal: 'events.amazonaws.com',
      FunctionName: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Events'), 'Arn'] },
      SourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^PodEventsRule'), 'Arn'] },
    });
  });

  it("allows the forwarder's role to announce pods only", () => {
    template.hasResourceProperties('AWS::IAM::Role', {
      RoleName: FORWARDER,
      ManagedPolicyArns: Match.absent(),
      Policies: [
        {
          PolicyName: 'forwarder',
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Sid: 'AnnouncePods',
                Effect: 'Allow',
                Action: 'events:PutEvents',
                Resource: BUS_ARN,
                Condition: {
                  'ForAllValues:StringEquals': {
                    'events:source': EVENT_SOURCE,
                    'events:detail-type': EVENT_DETAIL_TYPE,
                  },
                  Null: { 'events:source': 'false', 'events:detail-type': 'false' },
                },
              },
            ],
          },
        },
      ],
    });
  });

  it("allows the refresher to assume the forwarder's role for the product's namespace only", () => {
    template.hasResourceProperties('AWS::IAM::Role', {
      RoleName: FORWARDER,
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Principal: { AWS: 'arn:aws:iam::123456789012:root' },
            Condition: {
              ArnEquals: {
                'aws:PrincipalArn': {
                  'Fn::GetAtt': [Match.stringLikeRegexp('^RefresherRole'), 'Arn'],
                },
              },
              StringEquals: { 'sts:RoleSessionName': 'kube-aws-iam@production' },
            },
          },
        ],
      },
    });
  });

  it("pass the forwarder's role to the functions", () => {
    template.allResourcesProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ FORWARDER_ROLE_ARN: FORWARDER_ARN }) },
    });
  });

  it('accept a role of your own instead, which the refresher cannot assume', () => {
    const roleArn = 'arn:aws:iam::123456789012:role/my-forwarder';
    const own = templateOf({
      ...ENVIRONMENT_OF_STACK,
      forwarderCredentials: { source: 'podIdentity', roleArn },
    });
    own.hasResourceProperties('AWS::Events::EventBusPolicy', {
      Statement: Match.objectLike({
        Condition: { ArnNotEquals: { 'aws:PrincipalArn': roleArn } },
      }),
    });
    const roles = JSON.stringify(own.findResources('AWS::IAM::Role'));
    // Denied and not allowed anywhere.
    expect(roles.match(/[^"]*forwarder/g)).toEqual([roleArn]);
    own.allResourcesProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ FORWARDER_ROLE_ARN: '' }) },
    });
  });
});
