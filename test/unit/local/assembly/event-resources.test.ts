import { describe, expect, it } from 'vitest';
import { resourcesOf } from '../../../../local/assembly/assembly.ts';
import { eventBuses } from '../../../../local/assembly/event-buses.ts';
import { resourcePolicies } from '../../../../local/assembly/resource-policies.ts';
import { fn, load, ROLE } from './load-template.ts';

const EVENTS = 'arn:aws:events:eu-central-1:123456789012';
const DENY = {
  Sid: 'OnlyOne',
  Effect: 'Deny',
  Principal: '*',
  Action: 'events:PutEvents',
  Resource: { 'Fn::GetAtt': ['Bus', 'Arn'] },
};

const bus = (properties: object = {}) => ({
  Type: 'AWS::Events::EventBus',
  Properties: { Name: 'pods', ...properties },
});
const busPolicy = (properties: object = {}) => ({
  Type: 'AWS::Events::EventBusPolicy',
  Properties: {
    EventBusName: { Ref: 'Bus' },
    StatementId: 'OnlyOne',
    Statement: DENY,
    ...properties,
  },
});
const target = (properties: object = {}) => ({
  Arn: { 'Fn::GetAtt': ['Fn', 'Arn'] },
  Id: 'Target0',
  RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
  ...properties,
});
const rule = (properties: object = {}) => ({
  Type: 'AWS::Events::Rule',
  Properties: {
    EventBusName: { Ref: 'Bus' },
    EventPattern: { source: ['shop'] },
    Name: 'sold',
    State: 'ENABLED',
    Targets: [target()],
    ...properties,
  },
});
const permission = (properties: object = {}) => ({
  Type: 'AWS::Lambda::Permission',
  Properties: {
    Action: 'lambda:InvokeFunction',
    FunctionName: { 'Fn::GetAtt': ['Fn', 'Arn'] },
    Principal: 'events.amazonaws.com',
    SourceArn: { 'Fn::GetAtt': ['Rule', 'Arn'] },
    SourceAccount: '123456789012',
    ...properties,
  },
});

const WHOLE = {
  Role: ROLE,
  Fn: fn({ FunctionName: 'till' }),
  Bus: bus(),
  BusPolicy: busPolicy(),
  Rule: rule(),
  Permission: permission(),
};

describe('a template with an event bus', () => {
  it('has the bus with its rules, and the default bus', () => {
    const buses = eventBuses(load(WHOLE));
    expect([...buses.keys()]).toEqual(['default', 'pods']);
    expect(buses.get('default')).toMatchObject({ arn: `${EVENTS}:event-bus/default`, rules: [] });
    expect(buses.get('pods')).toMatchObject({
      arn: `${EVENTS}:event-bus/pods`,
      rules: [
        {
          name: 'sold',
          arn: `${EVENTS}:rule/pods/sold`,
          pattern: { source: ['shop'] },
          enabled: true,
          targetArns: ['arn:aws:lambda:eu-central-1:123456789012:function:till'],
        },
      ],
    });
  });

  it('refers to a rule by bus and name, except on the default bus', () => {
    const { EventBusName: _bus, ...onDefault } = rule().Properties;
    const assembly = load(
      { ...WHOLE, Default: { Type: 'AWS::Events::Rule', Properties: onDefault } },
      {
        Outputs: {
          Custom: { Value: { Ref: 'Rule' } },
          Default: { Value: { Ref: 'Default' } },
          DefaultArn: { Value: { 'Fn::GetAtt': ['Default', 'Arn'] } },
          BusName: { Value: { 'Fn::GetAtt': ['Bus', 'Name'] } },
        },
      },
    );
    expect(assembly.stacks[0]?.outputs).toEqual({
      Custom: 'pods|sold',
      Default: 'sold',
      DefaultArn: `${EVENTS}:rule/sold`,
      BusName: 'pods',
    });
  });

  it('has the policies of the bus and the function, as AWS creates them', () => {
    expect(resourcePolicies(load(WHOLE))).toEqual([
      {
        resourceArn: `${EVENTS}:event-bus/pods`,
        name: 'pods',
        document: {
          Version: '2012-10-17',
          Statement: [{ ...DENY, Resource: `${EVENTS}:event-bus/pods` }],
        },
      },
      {
        resourceArn: 'arn:aws:lambda:eu-central-1:123456789012:function:till',
        name: 'till',
        document: {
          Version: '2012-10-17',
          Statement: {
            Sid: 'Permission',
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'lambda:InvokeFunction',
            Resource: 'arn:aws:lambda:eu-central-1:123456789012:function:till',
            Condition: {
              ArnLike: { 'aws:SourceArn': `${EVENTS}:rule/pods/sold` },
              StringEquals: { 'aws:SourceAccount': '123456789012' },
            },
          },
        },
      },
    ]);
  });

  it('has the policy in the properties of the bus', () => {
    const document = { Version: '2012-10-17', Statement: [] };
    const { BusPolicy: _policy, Permission: _permission, ...rest } = WHOLE;
    const assembly = load({ ...rest, Bus: bus({ Policy: document }) });
    expect(resourcePolicies(assembly)).toMatchObject([{ name: 'pods', document }]);
  });

  it.each<[string, object, RegExp]>([
    ['the name of the default bus', { Bus: bus({ Name: 'default' }) }, /the bus default/],
    ['a slash in the name of a bus', { Bus: bus({ Name: 'a/b' }) }, /Name/],
    ['a dead-letter queue of a bus', { Bus: bus({ DeadLetterConfig: {} }) }, /"DeadLetterConfig"/],
    ['no statement', { BusPolicy: busPolicy({ Statement: undefined }) }, /Statement/],
    ['the older format', { BusPolicy: busPolicy({ Principal: '*' }) }, /"Principal"/],
    ['a schedule', { Rule: rule({ ScheduleExpression: 'rate(1 day)' }) }, /ScheduleExpression/],
    ['another state', { Rule: rule({ State: 'ON' }) }, /State/],
    ['no pattern', { Rule: rule({ EventPattern: undefined }) }, /EventPattern/],
    [
      'a pattern that EventBridge rejects',
      { Rule: rule({ EventPattern: { source: 'shop' } }) },
      /resource Rule: Event pattern is not valid\. Reason: "source" must be an object or an array/,
    ],
    [
      'an unsupported pattern',
      { Rule: rule({ EventPattern: { source: [{ wildcard: 's*' }] } }) },
      /resource Rule: .* operator wildcard/,
    ],
    [
      'a pattern that is too long',
      { Rule: rule({ EventPattern: { source: ['x'.repeat(2_036)] } }) },
      /can have at most 2048 characters/,
    ],
    ['an input', { Rule: rule({ Targets: [target({ Input: '{}' })] }) }, /"Input"/],
    ['two targets of one ID', { Rule: rule({ Targets: [target(), target()] }) }, /the same Id/],
    [
      'six targets',
      { Rule: rule({ Targets: [0, 1, 2, 3, 4, 5].map((n) => target({ Id: `t${n}` })) }) },
      /Targets/,
    ],
    [
      'retries for longer than a day',
      { Rule: rule({ Targets: [target({ RetryPolicy: { MaximumEventAgeInSeconds: 86_401 } })] }) },
      /MaximumEventAgeInSeconds/,
    ],
    ['another principal', { Permission: permission({ Principal: '123456789012' }) }, /Principal/],
    ['another action', { Permission: permission({ Action: 's3:GetObject' }) }, /Action/],
    ['an organization', { Permission: permission({ PrincipalOrgID: 'o-1' }) }, /PrincipalOrgID/],
  ])('and %s is rejected', (_title, resources, message) => {
    expect(() => load({ ...WHOLE, ...resources })).toThrow(message);
  });

  it('can have a pattern of 2,048 characters', () => {
    const pattern = { source: ['x'.repeat(2_033)] };
    expect(JSON.stringify(pattern)).toHaveLength(2_048);
    const assembly = load({ ...WHOLE, Rule: rule({ EventPattern: pattern }) });
    expect(resourcesOf(assembly, 'event-rule')).toHaveLength(1);
  });

  it.each<[string, object, string]>([
    [
      'a rule on a bus that does not exist',
      { Rule: rule({ EventBusName: 'other' }) },
      'rule sold: event bus other does not exist',
    ],
    [
      'a rule with a target other than a function',
      { Rule: rule({ Targets: [target({ Arn: 'arn:aws:sqs:eu-central-1:123456789012:q' })] }) },
      'rule sold: target arn:aws:sqs:eu-central-1:123456789012:q is not a function of the assembly',
    ],
    [
      'a policy of a bus that does not exist',
      { BusPolicy: busPolicy({ EventBusName: 'other' }) },
      'policy statement OnlyOne: event bus other does not exist',
    ],
    [
      'a policy of more than 10 KB',
      { BusPolicy: busPolicy({ Statement: { ...DENY, Sid: 'x'.repeat(10_240) } }) },
      'event bus pods: the policy has more than 10240 characters',
    ],
    [
      'a permission for a function that does not exist',
      { Permission: permission({ FunctionName: 'other' }) },
      'permission Permission: function other does not exist',
    ],
  ])('and %s cannot be deployed', (_title, resources, message) => {
    expect(() => resourcePolicies(load({ ...WHOLE, ...resources }))).toThrow(message);
  });
});
