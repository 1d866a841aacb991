import { describe, expect, it } from 'vitest';
import { resourcePolicies } from '../../../../../local/assembly/resource-policies.ts';
import type { MetricAlarm } from '../../../../../local/assembly/resources/metric-alarm.ts';
import type { CloudResource } from '../../../../../local/assembly/supported-types.ts';
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
  description: 'Fix it.',
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
  const advance = (minutes: number) => timeline.advance(minutes * 60, async () => {});
  return { cloudWatch, clock, logs, metrics, advance };
}

describe('an alarm', () => {
  it('is evaluated each minute and publishes each change to its topic', async () => {
    const { cloudWatch, metrics, advance } = start(ALARM, topic());
    expect(cloudWatch.stateOf('broken')).toBe('INSUFFICIENT_DATA');
    await advance(1);
    expect(cloudWatch.stateOf('broken')).toBe('OK');
    metrics.put(METRIC, [1]);
    await advance(1);
    expect(cloudWatch.stateOf('broken')).toBe('ALARM');
    await advance(3);
    expect(cloudWatch.stateOf('broken')).toBe('OK');
    expect(cloudWatch.stateChanges.map(({ state }) => state)).toEqual(['OK', 'ALARM', 'OK']);
    expect(cloudWatch.notifications).toHaveLength(3);
    const [, notification] = cloudWatch.notifications;
    expect(notification?.topicArn).toBe(TOPIC);
    expect(JSON.parse(notification?.message ?? '')).toMatchObject({
      AlarmName: 'broken',
      AlarmDescription: 'Fix it.',
      OldStateValue: 'OK',
      NewStateValue: 'ALARM',
      NewStateReason: '1 of 1 datapoints [1] were greater than or equal to the threshold (1)',
    });
  });

  it('with a period of five minutes covers the last five minutes each minute', async () => {
    const { cloudWatch, metrics, advance } = start({ ...ALARM, periodSeconds: 300, threshold: 2 });
    metrics.put(METRIC, [1]);
    await advance(2);
    metrics.put(METRIC, [1]);
    await advance(1);
    expect(cloudWatch.stateOf('broken')).toBe('ALARM');
  });

  it('that is composite depends on other alarms, including composite ones', async () => {
    const { cloudWatch, metrics, advance } = start(
      composite('outer', 'ALARM("inner")'),
      composite('inner', `ALARM("${ALARM.arn}")`),
      ALARM,
    );
    metrics.put(METRIC, [1]);
    await advance(1);
    expect(cloudWatch.stateOf('outer')).toBe('ALARM');
    await advance(3);
    expect(cloudWatch.stateOf('outer')).toBe('OK');
  });

  it('that is composite cannot refer to an alarm that does not exist', () => {
    expect(() => start(composite('outer', 'ALARM("gone")'))).toThrow('alarm gone does not exist');
  });
});

describe('a topic', () => {
  async function publish(...resources: readonly CloudResource[]) {
    const { cloudWatch, advance } = start(ALARM, ...resources);
    await advance(1);
    const { notifications, failedNotifications } = cloudWatch;
    return {
      published: notifications.length,
      denied: failedNotifications.map(({ reason }) => reason).join(),
    };
  }
  const arnLike = { ArnLike: { 'aws:SourceArn': `arn:aws:cloudwatch:${ARN}:alarm:bro*` } };
  const allowPublish = topicPolicy(allow(TOPIC, 'sns:Publish', arnLike));

  it.each([
    ['outside the assembly', []],
    ['without a policy', [topic()]],
    ['whose policy allows CloudWatch to publish for the alarm', [topic(), allowPublish]],
    [
      'with a key that CloudWatch can use',
      [topic(KEY), allowPublish, key(allow('*', ['kms:Decrypt', 'kms:GenerateDataKey*']))],
    ],
    [
      'with a key identified by its alias',
      [
        topic('alias/alarms'),
        { kind: 'kms-alias', name: 'alias/alarms', keyId: KEY } as const,
        key(allow('*', 'kms:*')),
      ],
    ],
  ])('%s receives notifications', async (_title, resources) => {
    expect(await publish(...resources)).toEqual({ published: 1, denied: '' });
  });

  it.each([
    [
      'whose policy does not allow publishing',
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
      'with a key that CloudWatch cannot encrypt with',
      [topic(KEY), key(allow('*', 'kms:Decrypt'))],
      `the policy of ${KEY}`,
    ],
  ])('%s does not receive notifications', async (_title, resources, reason) => {
    expect(await publish(...resources)).toEqual({
      published: 0,
      denied: expect.stringContaining(reason),
    });
  });

  it('cannot be encrypted with the AWS managed key', () => {
    expect(() => start(ALARM, topic('alias/aws/sns'))).toThrow(
      /the policy of alias\/aws\/sns does not/,
    );
  });
});

it('extracts metrics from logs and records why a line is rejected', () => {
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
