import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { alarmsOf, metricsOfAlarm, type TemplateAlarm } from '../../support/graphed-metrics.ts';
import { ENVIRONMENT_OF_STACK, templateOf } from '../../support/synthesize.ts';

const COMPOSITE = 'AWS::CloudWatch::CompositeAlarm';
const NAME = /^kube-aws-iam-production-(page|ticket)-([a-z-]+)$/;

/** What makes an alarm begin, in one line. */
function conditionOf(alarm: TemplateAlarm): string {
  const { ComparisonOperator, Threshold, DatapointsToAlarm, EvaluationPeriods } = alarm;
  const reads = alarm.Metrics.flatMap(({ MetricStat }) => MetricStat ?? []);
  const plain = `${alarm.MetricName} ${alarm.Statistic ?? alarm.ExtendedStatistic}`;
  const what =
    alarm.Metrics.find(({ Expression }) => Expression !== undefined)?.Expression ??
    (reads[0] === undefined ? plain : `${reads[0].Metric.MetricName} ${reads[0].Stat}`);
  const periods = new Set([
    ...reads.map(({ Period }) => Period),
    ...(alarm.Period ? [alarm.Period] : []),
  ]);
  const sign = { LessThanThreshold: '<', GreaterThanThreshold: '>' }[ComparisonOperator] ?? '>=';
  return `${what} ${sign} ${Threshold}, ${[...periods].join()} s, ${DatapointsToAlarm} of ${EvaluationPeriods}, ${alarm.TreatMissingData}`;
}

const idOf = ({ AlarmName }: { readonly AlarmName: string }) => NAME.exec(AlarmName)?.[2];

describe('the alarms', () => {
  const template = templateOf(ENVIRONMENT_OF_STACK);
  const alarms = alarmsOf(template);
  const composites = Object.values(template.findResources(COMPOSITE)).map(
    ({ Properties }) => Properties,
  );
  const all = [...alarms, ...composites];

  it('begin at this', () => {
    const conditions = Object.fromEntries(
      alarms.map((alarm) => [NAME.exec(alarm.AlarmName)?.slice(1).join(' '), conditionOf(alarm)]),
    );
    expect(conditions).toEqual({
      'page refresh-stopped': 'FILL(runs, 0) < 1, 300 s, 1 of 1, breaching',
      'page sweep-stopped': 'FILL(runs, 0) < 1, 1800 s, 1 of 1, breaching',
      'page runs-failing': 'Errors Sum >= 1, 60 s, 3 of 5, notBreaching',
      'page removal-braked': 'RemovalBraked Maximum >= 1, 1200 s, 1 of 1, ignore',
      'page renewals-overdue': 'RenewalsOverdueForOperator Maximum >= 1, 60 s, 10 of 10, ignore',
      'page secrets-failing': 'SecretsFailedForOperator Maximum >= 1, 60 s, 10 of 10, ignore',
      'ticket roles-not-assumable': 'SecretsDenied Maximum >= 1, 300 s, 3 of 3, ignore',
      'ticket roles-refused': 'SecretsRefused Maximum >= 1, 300 s, 3 of 3, ignore',
      'page sts-throttled': 'StsThrottled Sum >= 1, 60 s, 5 of 10, ignore',
      'page api-throttled': 'ApiThrottled Sum >= 1, 60 s, 5 of 10, ignore',
      'page events-dropped': 'AsyncEventsDropped Sum >= 1, 300 s, 2 of 3, notBreaching',
      'page events-undelivered': 'FailedInvocations Sum >= 1, 300 s, 2 of 3, notBreaching',
      'ticket forwarder-silent':
        'IF(unannounced >= 1 AND wanted == 0, 1, 0) >= 1, 900 s, 1 of 1, ignore',
      'ticket pod-to-secret-slow': 'PodToSecretLatency p99 > 2000, 300 s, 2 of 3, notBreaching',
    });
  });

  it('look at nothing that the sweep alone sends, beside what has a period with sweeps in it', () => {
    // A metric math expression has no result while one of its metrics has no value in sight.
    const ofSweep = alarms.filter((alarm) =>
      metricsOfAlarm(alarm).some(({ dimensions }) => dimensions['service'] === 'sweep'),
    );
    expect(ofSweep.map(idOf)).toEqual(['sweep-stopped', 'removal-braked']);
  });

  it('have one on top, of those by which credentials in use end', () => {
    const [top, ...more] = composites;
    expect(more).toEqual([]);
    expect(top).toMatchObject({ AlarmName: 'kube-aws-iam-production-page-credentials-at-risk' });
    const rule = JSON.stringify(top?.['AlarmRule']);
    const logicalIds = [...rule.matchAll(/"Fn::GetAtt":\["(\w+)","Arn"\]/g)].map(([, id]) => id);
    const resources = template.findResources('AWS::CloudWatch::Alarm');
    expect(logicalIds.map((id) => idOf(resources[id ?? '']?.['Properties']))).toEqual([
      'refresh-stopped',
      'runs-failing',
      'renewals-overdue',
    ]);
    expect(rule.match(/ OR /g)).toHaveLength(2);
  });

  it('tell the topic when they begin and when they end, and of nothing else', () => {
    const [topic] = Object.keys(template.findResources('AWS::SNS::Topic'));
    for (const alarm of all) {
      expect(alarm).toMatchObject({ AlarmActions: [{ Ref: topic }], OKActions: [{ Ref: topic }] });
      expect(alarm).not.toHaveProperty('InsufficientDataActions');
    }
  });

  it('are made after what starts the runs, and removed before', () => {
    const schedules = Object.keys(template.findResources('AWS::Scheduler::Schedule'));
    const resources = { ...template.findResources('AWS::CloudWatch::Alarm') };
    for (const { DependsOn } of Object.values(resources)) {
      expect(DependsOn).toEqual(expect.arrayContaining(schedules));
    }
  });

  it.each(all.map((alarm) => [idOf(alarm), alarm.AlarmDescription]))(
    '%s says what is wrong, what happens, and where to read on',
    (id, description) => {
      expect(description).toMatch(/^[A-Z].*\. If nobody acts: [A-Z].*\. What to do: /);
      expect(description).toMatch(new RegExp(` What to do: docs/runbook\\.md#${id}$`));
      // The most that CloudWatch takes.
      expect(description.length).toBeLessThanOrEqual(1_024);
    },
  );

  it('fit with the longest address of a runbook', () => {
    const runbookUrl = `https://${'w'.repeat(248)}`;
    for (const { AlarmDescription } of alarmsOf(templateOf({ runbookUrl }))) {
      expect(AlarmDescription.length).toBeLessThanOrEqual(1_024);
      expect(AlarmDescription).toContain(`${runbookUrl}#`);
    }
  });

  it.each(all.filter(({ AlarmName }) => AlarmName.includes('-ticket-roles-')))(
    '$AlarmName says how to find namespace and role',
    ({ AlarmDescription }) => {
      expect(AlarmDescription).toMatch(/kube-aws-iam status; kubectl get events -A .*reason=/);
    },
  );

  it('say how much time is left, as configured', () => {
    const description = (settings: object, id: string) =>
      alarmsOf(templateOf(settings)).find((alarm) => idOf(alarm) === id)?.AlarmDescription;
    expect(description({}, 'refresh-stopped')).toContain('30 minutes after the last good run');
    expect(description({}, 'renewals-overdue')).toContain('20 minutes after this alarm');
    expect(description({ refreshBeforeMinutes: 45 }, 'renewals-overdue')).toContain('35 minutes');
  });
});

describe('the alarms of a long name', () => {
  it('are told apart, and from those of other clusters', () => {
    const clusterName = 'a'.repeat(100);
    const names = alarmsOf(templateOf({ clusterName })).map(({ AlarmName }) => AlarmName);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^kube-aws-iam-a+-[0-9a-f]{8}-(page|ticket)-/);
  });
});

describe('a topic of your own', () => {
  const alarmTopicArn = 'arn:aws:sns:eu-central-1:999999999999:pager';
  const template = templateOf({ ...ENVIRONMENT_OF_STACK, alarmTopicArn });

  it('is told of all alarms', () => {
    template.allResourcesProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: [alarmTopicArn],
      OKActions: [alarmTopicArn],
    });
    template.hasResourceProperties(COMPOSITE, { AlarmActions: [alarmTopicArn] });
    template.hasOutput('AlarmTopicArn', { Value: alarmTopicArn });
  });

  it('is left as it is', () => {
    for (const type of ['AWS::SNS::Topic', 'AWS::SNS::TopicPolicy', 'AWS::KMS::Key']) {
      template.resourceCountIs(type, 0);
    }
  });
});

describe('the topic that is made', () => {
  const template = templateOf({ ...ENVIRONMENT_OF_STACK, alarmEmail: 'on-call@example.com' });
  const alarmArn = (severity: string) =>
    `arn:aws:cloudwatch:eu-central-1:123456789012:alarm:kube-aws-iam-production-${severity}-*`;

  it('is encrypted with a key of its own that rotates and goes with the stack', () => {
    const [key] = Object.keys(template.findResources('AWS::KMS::Key'));
    template.hasResourceProperties('AWS::SNS::Topic', {
      KmsMasterKeyId: { 'Fn::GetAtt': [key, 'Arn'] },
    });
    template.hasResource('AWS::KMS::Key', {
      Properties: { EnableKeyRotation: true },
      DeletionPolicy: 'Delete',
    });
  });

  it("lets CloudWatch of this account use the key, and the account's policies", () => {
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: [
          {
            Effect: 'Allow',
            Action: 'kms:*',
            Principal: { AWS: 'arn:aws:iam::123456789012:root' },
            Resource: '*',
          },
          {
            Effect: 'Allow',
            Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Resource: '*',
            Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } },
          },
        ],
      },
    });
  });

  it('takes alarms of this cluster, and nothing without TLS', () => {
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Deny',
            Principal: '*',
            Action: 'sns:Publish',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
          {
            Effect: 'Allow',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Action: 'sns:Publish',
            Resource: { Ref: Match.stringLikeRegexp('^MonitoringAlarmTopic') },
            Condition: {
              StringEquals: { 'aws:SourceAccount': '123456789012' },
              ArnLike: { 'aws:SourceArn': [alarmArn('page'), alarmArn('ticket')] },
            },
          },
        ],
      },
    });
  });

  it('is subscribed to by the address, or by nobody', () => {
    template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'on-call@example.com',
    });
    templateOf().resourceCountIs('AWS::SNS::Subscription', 0);
  });
});
