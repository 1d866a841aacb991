import { describe, expect, it } from 'vitest';
import { resourcePolicies } from '../../../../../local/assembly/resource-policies.ts';
import type { CloudResource } from '../../../../../local/assembly/resource-types.ts';
import type { MetricAlarm } from '../../../../../local/assembly/resources/metric-alarm.ts';
import { startCloudWatch } from '../../../../../local/aws/cloudwatch/cloudwatch.ts';
import { createMetricStore } from '../../../../../local/aws/cloudwatch/metric-store.ts';
import { createIam } from '../../../../../local/aws/iam/iam.ts';
import { createFunctionLogs } from '../../../../../local/aws/lambda/function-logs.ts';
import { MovableClock } from '../../../../../local/clock.ts';
import { createTimeline } from '../../../../../local/timeline.ts';

const ACCOUNT = '123456789012';
const ARN = `eu-central-1:${ACCOUNT}`;
const TOPIC = `arn:aws:sns:${ARN}:alarms`;
const KEY = `arn:aws:kms:${ARN}:key/k1`;
const METRIC = { namespace: 'Shop', name: 'Broken', dimensions: { Cluster: 'prod' } };

const ALARM: MetricAlarm = {
  kind: 'metric-alarm',
  name: 'broken',
  arn: `arn:aws:cloudwatch:${ARN}:alarm:broken`,
  description: 'Mend it.',
  alarmActions: [TOPIC],
  okActions: [TOPIC],
  queries: [{ kind: 'metric', id: 'm1', metric: METRIC, statistic: 'Sum' }],
  watchedId: 'm1',
  periodSeconds: 60,
  comparison: 'GreaterThanOrEqualToThreshold',
  threshold: 1,
  evaluationPeriods: 1,
  datapointsToAlarm: 1,
  treatMissingData: 'notBreaching',
};

const composite = (name: string, rule: string): CloudResource => ({
  kind: 'composite-alarm',
  name,
  arn: `arn:aws:cloudwatch:${ARN}:alarm:${name}`,
  description: '',
  alarmActions: [],
  okActions: [],
  rule,
});
const topic = (keyId?: string): CloudResource => ({ kind: 'sns-topic', arn: TOPIC, keyId });

const allow = (resource: string, action: string | string[], condition: object = {}) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Action: action,
      Resource: resource,
      Condition: condition,
    },
  ],
});
const topicPolicy = (document: unknown): CloudResource => ({
  kind: 'sns-topic-policy',
  topicArns: [TOPIC],
  document,
});
const key = (policy: unknown): CloudResource => ({
  kind: 'kms-key',
  keyId: 'k1',
  arn: KEY,
  policy,
});

function start(...resources: readonly CloudResource[]) {
  const clock = new MovableClock();
  const timeline = createTimeline(clock);
  const logs = createFunctionLogs();
  const metrics = createMetricStore(clock);
  const assembly = {
    target: { account: ACCOUNT, region: 'eu-central-1', partition: 'aws' },
    stacks: [{ stackName: 'App', resources, outputs: {} }],
  };
  const iam = createIam(clock);
  for (const policy of resourcePolicies(assembly)) iam.addResourcePolicy(policy);
  const cloudWatch = startCloudWatch({ assembly, iam, clock, timeline, logs, metrics });
  const pass = (minutes: number) => timeline.advance(minutes * 60, async () => {});
  return { cloudWatch, clock, logs, metrics, pass };
}

describe('an alarm', () => {
  it('follows its metric each minute, and tells its topic of each change', async () => {
    const { cloudWatch, metrics, pass } = start(ALARM, topic());
    expect(cloudWatch.stateOf('broken')).toBe('INSUFFICIENT_DATA');
    await pass(1);
    expect(cloudWatch.stateOf('broken')).toBe('OK');
    metrics.put(METRIC, [1]);
    await pass(1);
    expect(cloudWatch.stateOf('broken')).toBe('ALARM');
    await pass(3);
    expect(cloudWatch.stateOf('broken')).toBe('OK');
    expect(cloudWatch.stateChanges.map(({ state }) => state)).toEqual(['OK', 'ALARM', 'OK']);
    expect(cloudWatch.notifications).toHaveLength(3);
    const [, told] = cloudWatch.notifications;
    expect(told?.topicArn).toBe(TOPIC);
    expect(JSON.parse(told?.message ?? '')).toMatchObject({
      AlarmName: 'broken',
      AlarmDescription: 'Mend it.',
      OldStateValue: 'OK',
      NewStateValue: 'ALARM',
      NewStateReason: '1 of 1 datapoints [1] were greater than or equal to the threshold (1)',
    });
  });

  it('of five minutes looks at five new ones each minute', async () => {
    const { cloudWatch, metrics, pass } = start({ ...ALARM, periodSeconds: 300, threshold: 2 });
    metrics.put(METRIC, [1]);
    await pass(2);
    metrics.put(METRIC, [1]);
    await pass(1);
    expect(cloudWatch.stateOf('broken')).toBe('ALARM');
  });

  it('composite follows others, composite ones too', async () => {
    const { cloudWatch, metrics, pass } = start(
      composite('outer', 'ALARM("inner")'),
      composite('inner', `ALARM("${ALARM.arn}")`),
      ALARM,
    );
    metrics.put(METRIC, [1]);
    await pass(1);
    expect(cloudWatch.stateOf('outer')).toBe('ALARM');
    await pass(3);
    expect(cloudWatch.stateOf('outer')).toBe('OK');
  });

  it('composite on an alarm that is not there cannot be deployed', () => {
    expect(() => start(composite('outer', 'ALARM("gone")'))).toThrow('there is no alarm gone');
  });
});

describe('a topic', () => {
  async function tell(...resources: readonly CloudResource[]) {
    const { cloudWatch, pass } = start(ALARM, ...resources);
    await pass(1);
    const { notifications, failedNotifications: refusedNotifications } = cloudWatch;
    return {
      told: notifications.length,
      refused: refusedNotifications.map(({ reason }) => reason).join(),
    };
  }
  const arnLike = { ArnLike: { 'aws:SourceArn': `arn:aws:cloudwatch:${ARN}:alarm:bro*` } };
  const publish = topicPolicy(allow(TOPIC, 'sns:Publish', arnLike));

  it.each([
    ['from elsewhere', []],
    ['without a policy', [topic()]],
    ['whose policy lets CloudWatch publish for the alarm', [topic(), publish]],
    [
      'with a key that CloudWatch may use',
      [topic(KEY), publish, key(allow('*', ['kms:Decrypt', 'kms:GenerateDataKey*']))],
    ],
    [
      'with a key by its alias',
      [
        topic('alias/alarms'),
        { kind: 'kms-alias', name: 'alias/alarms', keyId: KEY } as const,
        key(allow('*', 'kms:*')),
      ],
    ],
  ])('%s is told', async (_what, resources) => {
    expect(await tell(...resources)).toEqual({ told: 1, refused: '' });
  });

  it.each([
    [
      'whose policy lets nobody in',
      [topic(), topicPolicy(allow(TOPIC, 'sns:Subscribe'))],
      `the policy of ${TOPIC}`,
    ],
    [
      'whose policy is for other alarms',
      [
        topic(),
        topicPolicy(
          allow(TOPIC, 'sns:Publish', {
            ArnLike: { 'aws:SourceArn': `arn:aws:cloudwatch:${ARN}:alarm:other` },
          }),
        ),
      ],
      `the policy of ${TOPIC}`,
    ],
    [
      'with a key half usable',
      [topic(KEY), key(allow('*', 'kms:Decrypt'))],
      `the policy of ${KEY}`,
    ],
  ])('%s is not', async (_what, resources, reason) => {
    expect(await tell(...resources)).toEqual({
      told: 0,
      refused: expect.stringContaining(reason),
    });
  });

  it('with the key of AWS cannot be told by CloudWatch', () => {
    expect(() => start(ALARM, topic('alias/aws/sns'))).toThrow(/alias\/aws\/sns, does not/);
  });
});

it('metrics come from the lines of functions; a line that CloudWatch would drop is kept with the reason', () => {
  const { cloudWatch, clock, logs } = start();
  const line = (text: string) => ({
    at: clock.now(),
    functionName: 'till',
    logGroupName: 'till',
    requestId: undefined,
    stream: 'stdout' as const,
    text,
  });
  const emf = (sold: unknown) =>
    JSON.stringify({
      _aws: {
        Timestamp: clock.now().getTime(),
        CloudWatchMetrics: [
          { Namespace: 'Shop', Dimensions: [['Cluster']], Metrics: [{ Name: 'Sold' }] },
        ],
      },
      Cluster: 'prod',
      Sold: sold,
    });
  for (const text of ['hello', emf(3), emf('three')]) logs.append(line(text));
  expect(cloudWatch.metrics.metrics()).toMatchObject([{ name: 'Sold' }]);
  expect(cloudWatch.rejectedLines).toMatchObject([{ reason: expect.stringContaining('Sold') }]);
});
