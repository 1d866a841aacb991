import { describe, expect, it } from 'vitest';
import { resourcesOf } from '../../../../local/assembly/assembly.ts';
import { load } from './load-template.ts';

const REGION_AND_ACCOUNT = 'eu-central-1:123456789012';

const topic = (properties: object = {}) => ({
  Type: 'AWS::SNS::Topic',
  Properties: { TopicName: 'alarms', ...properties },
});
const errors = (id: string, more: object = {}) => ({
  Id: id,
  MetricStat: {
    Metric: {
      Dimensions: [{ Name: 'FunctionName', Value: id }],
      MetricName: 'Errors',
      Namespace: 'AWS/Lambda',
    },
    Period: 60,
    Stat: 'Sum',
    ...more,
  },
  ReturnData: false,
});
const SUM = { Expression: 'a + b', Id: 'expr_1', Label: 'both', ReturnData: true };
const alarm = (properties: object = {}) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmActions: [{ Ref: 'Topic' }],
    AlarmName: 'failing',
    ComparisonOperator: 'GreaterThanThreshold',
    DatapointsToAlarm: 3,
    EvaluationPeriods: 5,
    Metrics: [SUM, errors('a'), errors('b')],
    Threshold: 1,
    TreatMissingData: 'notBreaching',
    ...properties,
  },
});
const { Metrics: _, ...PLAIN } = alarm({
  DatapointsToAlarm: undefined,
  Dimensions: [{ Name: 'Cluster', Value: 'prod' }],
  EvaluationPeriods: 3,
  MetricName: 'Slow',
  Namespace: 'Shop',
  Period: 300,
}).Properties;

const readAlarm = (properties: object) => {
  const assembly = load({ Topic: topic(), Alarm: { ...alarm(), Properties: properties } });
  return resourcesOf(assembly, 'metric-alarm')[0];
};

describe('an alarm', () => {
  it('on an expression has queries, one of which is compared with the threshold', () => {
    expect(readAlarm(alarm().Properties)).toMatchObject({
      name: 'failing',
      arn: `arn:aws:cloudwatch:${REGION_AND_ACCOUNT}:alarm:failing`,
      alarmActions: [`arn:aws:sns:${REGION_AND_ACCOUNT}:alarms`],
      okActions: [],
      watchedId: 'expr_1',
      periodSeconds: 60,
      queries: [
        { kind: 'expression', id: 'expr_1', math: { ids: ['a', 'b'] } },
        { kind: 'metric', id: 'a', statistic: 'Sum' },
        {
          kind: 'metric',
          id: 'b',
          metric: { namespace: 'AWS/Lambda', name: 'Errors', dimensions: { FunctionName: 'b' } },
        },
      ],
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
    });
  });

  it.each([{ Statistic: 'Maximum' }, { ExtendedStatistic: 'p99.9' }])(
    'on a metric has one query and by default requires all data points to breach: %j',
    (statistic) => {
      expect(readAlarm({ ...PLAIN, ...statistic })).toMatchObject({
        queries: [{ kind: 'metric', statistic: Object.values(statistic)[0] }],
        evaluationPeriods: 3,
        datapointsToAlarm: 3,
        periodSeconds: 300,
      });
    },
  );

  it.each([
    ['no statistic', PLAIN, /exactly one of Statistic and ExtendedStatistic/],
    ['two statistics', { ...PLAIN, Statistic: 'Sum', ExtendedStatistic: 'p50' }, /exactly one of/],
    ['an invalid statistic', { ...PLAIN, Statistic: 'Median' }, /Statistic/],
    [
      'more data points than periods',
      alarm({ DatapointsToAlarm: 6 }).Properties,
      /DatapointsToAlarm/,
    ],
    ['more than a day', alarm({ EvaluationPeriods: 1_441 }).Properties, /more than a day/],
    ['no returned query', alarm({ Metrics: [errors('a')] }).Properties, /exactly one of Metrics/],
    [
      'two returned queries',
      alarm({ Metrics: [SUM, { ...errors('a'), ReturnData: true }] }).Properties,
      /exactly one of Metrics/,
    ],
    [
      'two queries of one ID',
      alarm({ Metrics: [SUM, errors('a'), errors('a')] }).Properties,
      /same Id/,
    ],
    [
      'a query that does not exist',
      alarm({ Metrics: [SUM, errors('a')] }).Properties,
      /b is not one of/,
    ],
    [
      'an expression that refers to itself',
      alarm({ Metrics: [{ ...SUM, Expression: 'expr_1 + a' }, errors('a')] }).Properties,
      /refers to itself/,
    ],
    [
      'an unsupported function',
      alarm({ Metrics: [{ ...SUM, Expression: 'RATE(a)' }, errors('a')] }).Properties,
      /expr_1 of Metrics: function RATE is not supported/,
    ],
    [
      'two periods',
      alarm({ Metrics: [SUM, errors('a'), errors('b', { Period: 300 })] }).Properties,
      /same period/,
    ],
    ['a high-resolution period', { ...PLAIN, Statistic: 'Sum', Period: 10 }, /Period/],
    ['an unsupported property', alarm({ ThresholdMetricId: 'a' }).Properties, /ThresholdMetricId/],
  ])('with %s is rejected', (_title, properties, message) => {
    expect(() => readAlarm(properties)).toThrow(message);
  });
});

it('a composite alarm has a rule with the ARNs of other alarms', () => {
  const rule = { 'Fn::Join': ['', ['ALARM("', { 'Fn::GetAtt': ['Alarm', 'Arn'] }, '")']] };
  const assembly = load({
    Topic: topic(),
    Alarm: alarm(),
    Composite: {
      Type: 'AWS::CloudWatch::CompositeAlarm',
      Properties: { AlarmName: 'all', AlarmRule: rule },
    },
  });
  expect(resourcesOf(assembly, 'composite-alarm')).toEqual([
    {
      kind: 'composite-alarm',
      name: 'all',
      arn: `arn:aws:cloudwatch:${REGION_AND_ACCOUNT}:alarm:all`,
      description: '',
      alarmActions: [],
      okActions: [],
      rule: `ALARM("arn:aws:cloudwatch:${REGION_AND_ACCOUNT}:alarm:failing")`,
    },
  ]);
});

it('a dashboard has the widgets of its body', () => {
  const widget = { type: 'text', properties: { markdown: '# prod' } };
  const board = (DashboardBody: string) =>
    load({
      D: { Type: 'AWS::CloudWatch::Dashboard', Properties: { DashboardName: 'd', DashboardBody } },
    });
  const [read] = resourcesOf(board(JSON.stringify({ widgets: [widget] })), 'dashboard');
  expect(read).toEqual({ kind: 'dashboard', name: 'd', widgets: [widget] });
  expect(() => board('{')).toThrow(/is not a dashboard/);
});

it('a topic has a key, a policy and a subscription', () => {
  const document = { Version: '2012-10-17', Statement: [] };
  const assembly = load({
    Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: document, EnableKeyRotation: true } },
    Alias: {
      Type: 'AWS::KMS::Alias',
      Properties: { AliasName: 'alias/alarms', TargetKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } },
    },
    Topic: topic({ KmsMasterKeyId: { Ref: 'Alias' } }),
    Policy: {
      Type: 'AWS::SNS::TopicPolicy',
      Properties: { PolicyDocument: document, Topics: [{ Ref: 'Topic' }] },
    },
    Mail: {
      Type: 'AWS::SNS::Subscription',
      Properties: { Endpoint: 'a@example.org', Protocol: 'email', TopicArn: { Ref: 'Topic' } },
    },
  });
  const [key] = resourcesOf(assembly, 'kms-key');
  expect(key).toMatchObject({
    arn: `arn:aws:kms:${REGION_AND_ACCOUNT}:key/${key?.keyId}`,
    policy: document,
  });
  expect(key?.keyId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  const arn = `arn:aws:sns:${REGION_AND_ACCOUNT}:alarms`;
  expect(resourcesOf(assembly, 'kms-alias')).toMatchObject([{ keyId: key?.arn }]);
  expect(resourcesOf(assembly, 'sns-topic')).toMatchObject([{ arn, keyId: 'alias/alarms' }]);
  expect(resourcesOf(assembly, 'sns-topic-policy')).toMatchObject([{ topicArns: [arn] }]);
  expect(resourcesOf(assembly, 'sns-subscription')).toMatchObject([
    { topicArn: arn, endpoint: 'a@example.org' },
  ]);
});
