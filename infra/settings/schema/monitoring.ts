import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { z } from 'zod';
import { type CombinationProblem, SETTING_DOCS } from '../setting-docs.ts';

/** Retention periods of CloudWatch Logs, in days, without "never expire": the logs record who received which role. */
const RETENTION_DAYS = Object.values(RetentionDays)
  .filter((days): days is RetentionDays => typeof days === 'number')
  .filter((days) => days !== RetentionDays.INFINITE);

/** Settings of logs and alarms. */
export const monitoringShape = {
  logRetentionDays: z
    .literal(RETENTION_DAYS)
    .default(RetentionDays.ONE_MONTH)
    .register(SETTING_DOCS, {
      expected: `a retention period of CloudWatch Logs, in days: one of ${RETENTION_DAYS.join(', ')}`,
      description: "Retention of the functions' logs, in days.",
      whenOmitted: `${RetentionDays.ONE_MONTH}`,
    }),
  logKmsKeyArn: z
    .string()
    .regex(
      /^arn:aws(-[a-z]+)*:kms:[a-z0-9-]+:\d{12}:key\/(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/,
    )
    .optional()
    .register(SETTING_DOCS, {
      expected:
        'the ARN of a KMS key, not of an alias, such as "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"',
      description:
        "KMS key that encrypts the functions' logs, in the stack's Region. Its policy must allow `logs.<region>.amazonaws.com` to use it, otherwise the deployment fails.",
      whenOmitted: 'CloudWatch Logs encrypts them with its own key',
    }),
  logLevel: z.enum(['INFO', 'DEBUG']).default('INFO').register(SETTING_DOCS, {
    expected:
      'one of "INFO", "DEBUG"; a higher level would drop the metrics, which are written to the log',
    description:
      'Log level of the functions. `DEBUG` adds a line in each pass for each Secret whose state has not changed.',
    whenOmitted: '`INFO`',
  }),
  alarmTopicArn: z
    .string()
    .regex(/^arn:aws(-[a-z]+)*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/)
    .optional()
    .register(SETTING_DOCS, {
      expected:
        'the ARN of a standard SNS topic, such as "arn:aws:sns:eu-central-1:123456789012:pager"',
      description:
        "SNS topic that receives the alarms, in the stack's Region. Its policy and that of its KMS key must allow CloudWatch to publish; the AWS managed key `alias/aws/sns` does not.",
      whenOmitted: 'the stack creates an encrypted topic',
    }),
  alarmEmail: z.email().max(254).optional().register(SETTING_DOCS, {
    expected: 'an e-mail address, such as "on-call@example.com"',
    description:
      "E-mail address that is subscribed to the stack's topic. It receives nothing until the link in the first e-mail is opened.",
    whenOmitted: 'no subscription',
  }),
  runbookUrl: z
    .string()
    .max(256)
    .regex(/^[\w:/?&=%.~+@-]+$/)
    .default('docs/runbook.md')
    .register(SETTING_DOCS, {
      expected:
        'the URL of the runbook, at most 256 characters and without "#", such as "https://wiki.example.com/kube-aws-iam-runbook"',
      description:
        'URL at which people on call read [docs/runbook.md](docs/runbook.md). Alarms and the dashboard link to it, with `#` and the ID of the alarm.',
      whenOmitted: '`docs/runbook.md`',
    }),
};

interface LogSettings {
  readonly region?: string | undefined;
  readonly logKmsKeyArn?: string | undefined;
}

/** Returns the problem with a key of another Region, which CloudWatch Logs cannot use. */
export function validateLogKey({
  region,
  logKmsKeyArn,
}: LogSettings): readonly CombinationProblem[] {
  if (region === undefined || logKmsKeyArn === undefined) return [];
  if (logKmsKeyArn.split(':')[3] === region) return [];
  const message = `CloudWatch Logs uses only keys in its own Region, and region is ${region}; use a key in ${region}`;
  return [{ path: ['logKmsKeyArn'], message }];
}

interface AlarmSettings {
  readonly region?: string | undefined;
  readonly alarmTopicArn?: string | undefined;
  readonly alarmEmail?: string | undefined;
}

/** Returns all problems with the combination of settings that select the recipients of alarms. */
export function validateAlarmRecipients({
  region,
  alarmTopicArn,
  alarmEmail,
}: AlarmSettings): readonly CombinationProblem[] {
  if (alarmTopicArn === undefined) return [];
  const problems: CombinationProblem[] = [];
  if (alarmEmail !== undefined) {
    problems.push({
      path: ['alarmEmail'],
      message:
        "it would be subscribed to the stack's topic, but alarmTopicArn replaces that topic; subscribe the address to your topic yourself and remove alarmEmail, or remove alarmTopicArn",
    });
  }
  if (region !== undefined && alarmTopicArn.split(':')[3] !== region) {
    problems.push({
      path: ['alarmTopicArn'],
      message: `CloudWatch sends alarms only to topics in its own Region, and region is ${region}; use a topic in ${region}`,
    });
  }
  return problems;
}
