import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import {
  alarmsOf,
  metricsOfAlarm,
  type TemplateAlarm,
} from '../../support/deployment/graphed-metrics.ts';
import { KUBERNETES } from '../../support/deployment/kubernetes-settings.ts';
import { ENVIRONMENT_OF_STACK, templateOf } from '../../support/deployment/synthesize.ts';

const COMPOSITE = 'AWS::CloudWatch::CompositeAlarm';
const NAME = /^kube-aws-iam-production-(page|ticket)-([a-z-]+)$/;

/** The condition of an alarm, in one line. */
function conditionOf(alarm: TemplateAlarm): string {
  const { ComparisonOperator, Threshold, DatapointsToAlarm, EvaluationPeriods } = alarm;
  const metricStats = alarm.Metrics.flatMap(({ MetricStat }) => MetricStat ?? []);
  const plain = `${alarm.MetricName} ${alarm.Statistic ?? alarm.ExtendedStatistic}`;
  const what =
    alarm.Metrics.find(({ Expression }) => Expression !== undefined)?.Expression ??
    (metricStats[0] === undefined
      ? plain
      : `${metricStats[0].Metric.MetricName} ${metricStats[0].Stat}`);
  const periods = new Set([
    ...metricStats.map(({ Period }) => Period),
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

  it('have these conditions', () => {
    const conditions = Object.fromEntries(
      alarms.map((alarm) => [NAME.exec(alarm.AlarmName)?.slice(1).join(' '), conditionOf(alarm)]),
    );
    expect(conditions).toEqual({
      'page refresh-stopped': 'FILL(runs, 0) < 1, 300 s, 1 of 1, breaching',
      'page sweep-stopped': 'FILL(runs, 0) < 1, 1800 s, 1 of 1, breaching',
      'page runs-failing': 'Errors Sum >= 1, 60 s, 3 of 5, notBreaching',
      'ticket pods-unseen': 'WrongUnusedMarks Maximum >= 1, 1200 s, 1 of 1, ignore',
      'ticket budget-exceeded': 'NamespacesOverBudget Maximum >= 1, 600 s, 1 of 1, ignore',
      'page renewals-overdue': 'RenewalsOverdueForOperator Maximum >= 1, 60 s, 10 of 10, ignore',
      'page secrets-failing': 'SecretsFailedForOperator Maximum >= 1, 60 s, 10 of 10, ignore',
      'ticket roles-not-assumable': 'SecretsFailedForTenants Maximum >= 1, 300 s, 3 of 3, ignore',
      'ticket roles-refused': 'SecretsRefused Maximum >= 1, 300 s, 3 of 3, ignore',
      'ticket credentials-withheld': 'SecretsWithheld Maximum >= 1, 600 s, 1 of 1, ignore',
      'ticket secrets-deferred': 'SecretsDeferred Maximum >= 1, 300 s, 3 of 3, ignore',
      'ticket secrets-deleted': 'FILL(passes, 0) + FILL(events, 0) >= 1, 300 s, 1 of 6, ignore',
      'page sts-throttled': 'StsThrottled Sum >= 1, 60 s, 5 of 10, ignore',
      'page api-throttled': 'ApiThrottled Sum >= 1, 60 s, 5 of 10, ignore',
      'ticket events-failing': 'Errors Sum >= 1, 60 s, 3 of 5, notBreaching',
      'ticket events-dropped': 'AsyncEventsDropped Sum >= 1, 300 s, 2 of 3, notBreaching',
      'ticket events-undelivered': 'FailedInvocations Sum >= 1, 300 s, 2 of 3, notBreaching',
      'ticket forwarder-silent':
        'IF(unannounced >= 1 AND wanted == 0, 1, 0) >= 1, 900 s, 1 of 1, ignore',
      'ticket pod-to-secret-slow': 'PodToSecretLatency p99 > 2000, 300 s, 2 of 3, notBreaching',
    });
  });

  it('use metrics of the sweep function only with periods that contain sweep passes', () => {
    // A metric math expression has no result while one of its metrics has no recent value.
    const ofSweep = alarms.filter((alarm) =>
      metricsOfAlarm(alarm).some(({ dimensions }) => dimensions['service'] === 'sweep'),
    );
    expect(ofSweep.map(idOf)).toEqual([
      'sweep-stopped',
      'pods-unseen',
      'budget-exceeded',
      'credentials-withheld',
    ]);
  });

  it('include one composite alarm, on the alarms that mean that credentials in use will expire', () => {
    const [atRisk, ...more] = composites;
    expect(more).toEqual([]);
    expect(atRisk).toMatchObject({ AlarmName: 'kube-aws-iam-production-page-credentials-at-risk' });
    const rule = JSON.stringify(atRisk?.['AlarmRule']);
    const logicalIds = [...rule.matchAll(/"Fn::GetAtt":\["(\w+)","Arn"\]/g)].map(([, id]) => id);
    const resources = template.findResources('AWS::CloudWatch::Alarm');
    expect(logicalIds.map((id) => idOf(resources[id ?? '']?.['Properties']))).toEqual([
      'refresh-stopped',
      'runs-failing',
      'renewals-overdue',
    ]);
    expect(rule.match(/ OR /g)).toHaveLength(2);
  });

  it('notify the topic of ALARM and OK only', () => {
    const [topic] = Object.keys(template.findResources('AWS::SNS::Topic'));
    for (const alarm of all) {
      expect(alarm).toMatchObject({ AlarmActions: [{ Ref: topic }], OKActions: [{ Ref: topic }] });
      expect(alarm).not.toHaveProperty('InsufficientDataActions');
    }
  });

  it('are created after the schedules and deleted before them', () => {
    const schedules = Object.keys(template.findResources('AWS::Scheduler::Schedule'));
    const resources = { ...template.findResources('AWS::CloudWatch::Alarm') };
    for (const { DependsOn } of Object.values(resources)) {
      expect(DependsOn).toEqual(expect.arrayContaining(schedules));
    }
  });

  it.each(all.map((alarm) => [idOf(alarm), alarm.AlarmDescription]))(
    '%s describes the condition, the impact and the runbook section',
    (id, description) => {
      expect(description).toMatch(/^[A-Z].*\. Impact: [A-Z].*\. What to do: /);
      expect(description).toMatch(new RegExp(` What to do: docs/runbook\\.md#${id}$`));
      // The maximum of CloudWatch.
      expect(description.length).toBeLessThanOrEqual(1_024);
    },
  );

  it('are not too long with the longest runbook URL', () => {
    const runbookUrl = `https://${'w'.repeat(248)}`;
    for (const { AlarmDescription } of alarmsOf(templateOf({ runbookUrl }))) {
      expect(AlarmDescription.length).toBeLessThanOrEqual(1_024);
      expect(AlarmDescription).toContain(`${runbookUrl}#`);
    }
  });

  it.each(all.filter(({ AlarmName }) => AlarmName.includes('-ticket-roles-')))(
    '$AlarmName describes how to find namespace and role',
    ({ AlarmDescription }) => {
      expect(AlarmDescription).toMatch(/kube-aws-iam status; kubectl get events -A .*reason=/);
    },
  );

  it('quote the configured renewal time', () => {
    const description = (settings: object, id: string) =>
      alarmsOf(templateOf(settings)).find((alarm) => idOf(alarm) === id)?.AlarmDescription;
    expect(description({}, 'refresh-stopped')).toContain(
      '30 minutes after the last completed pass',
    );
    expect(description({}, 'renewals-overdue')).toContain('20 minutes after this alarm');
    expect(description({ refreshBeforeMinutes: 45 }, 'renewals-overdue')).toContain('35 minutes');
    const issuer = 'https://oidc.example.com/id/A1';
    const sessions = { source: 'oidc', hours: 12, issuer };
    expect(description({ sessions }, 'renewals-overdue')).toContain('350 minutes after this alarm');
    expect(description({ sessions }, 'refresh-stopped')).toContain(
      '360 minutes after the last completed pass, all within 12 hours',
    );
  });
});

describe('the alarms of a cluster with a long name', () => {
  it('have unique names with a hash of the cluster name', () => {
    const clusterName = 'a'.repeat(100);
    const names = alarmsOf(templateOf({ clusterName })).map(({ AlarmName }) => AlarmName);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^kube-aws-iam-a+-[0-9a-f]{8}-(page|ticket)-/);
  });
});

describe('alarmTopicArn', () => {
  const alarmTopicArn = 'arn:aws:sns:eu-central-1:999999999999:pager';
  const template = templateOf({ ...ENVIRONMENT_OF_STACK, alarmTopicArn });

  it('receives all alarms', () => {
    template.allResourcesProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: [alarmTopicArn],
      OKActions: [alarmTopicArn],
    });
    template.hasResourceProperties(COMPOSITE, { AlarmActions: [alarmTopicArn] });
    template.hasOutput('AlarmTopicArn', { Value: alarmTopicArn });
  });

  it('is not modified', () => {
    for (const type of ['AWS::SNS::Topic', 'AWS::SNS::TopicPolicy', 'AWS::KMS::Key']) {
      template.resourceCountIs(type, 0);
    }
  });
});

describe('the topic of the stack', () => {
  const template = templateOf({ ...ENVIRONMENT_OF_STACK, alarmEmail: 'on-call@example.com' });
  const alarmArn = (severity: string) =>
    `arn:aws:cloudwatch:eu-central-1:123456789012:alarm:kube-aws-iam-production-${severity}-*`;

  it('is encrypted with its own key, which rotates and is deleted with the stack', () => {
    const [key] = Object.keys(template.findResources('AWS::KMS::Key'));
    template.hasResourceProperties('AWS::SNS::Topic', {
      KmsMasterKeyId: { 'Fn::GetAtt': [key, 'Arn'] },
    });
    template.hasResource('AWS::KMS::Key', {
      Properties: { EnableKeyRotation: true },
      DeletionPolicy: 'Delete',
    });
  });

  it("allows CloudWatch in this account to use the key, and delegates to the account's policies", () => {
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

  it('accepts alarms of this cluster only, and only over TLS', () => {
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

  it('has a subscription only if alarmEmail is set', () => {
    template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'on-call@example.com',
    });
    templateOf().resourceCountIs('AWS::SNS::Subscription', 0);
  });
});

describe('the alarms of a cluster outside EKS', () => {
  const alarmsWith = (login: string) => {
    const kubernetes = { ...KUBERNETES.kubernetes, login };
    const settings = { ...KUBERNETES, kubernetes, installChart: undefined };
    return alarmsOf(templateOf({ ...settings, ...ENVIRONMENT_OF_STACK }));
  };
  const onEks = alarmsOf(templateOf(ENVIRONMENT_OF_STACK)).map(({ AlarmName }) => AlarmName);

  it.each(['serviceAccount', 'clientCertificate'])(
    'are those of EKS and one on the login, for login %s',
    (login) => {
      const more = alarmsWith(login).filter(({ AlarmName }) => !onEks.includes(AlarmName));
      expect(
        more.map((alarm) => [NAME.exec(alarm.AlarmName)?.slice(1), conditionOf(alarm)]),
      ).toEqual([
        [
          ['ticket', 'cluster-login-expires'],
          'LoginExpiresSoon Maximum >= 1, 300 s, 1 of 1, ignore',
        ],
      ]);
      expect(more[0]?.AlarmDescription).toMatch(
        / Impact: [A-Z].*kube-aws-iam connect.* What to do: docs\/runbook\.md#cluster-login-expires$/,
      );
      expect(more[0]?.AlarmDescription.length).toBeLessThanOrEqual(800);
    },
  );

  it('are those of EKS for aws-iam-authenticator', () => {
    const names = alarmsWith('awsIamAuthenticator').map(({ AlarmName }) => AlarmName);
    expect(names).toEqual(onEks);
  });
});
