import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { z } from 'zod';
import { INJECT_LABEL, INJECT_VALUE, ROLE_ANNOTATION } from '../../contract/injection.ts';
import { DEFAULT_REFRESH_BEFORE_SECONDS, REFRESH_BEFORE_RANGE } from '../../contract/limits.ts';
import { ALLOWED_ROLES_FORMATS, NAMESPACE_RESTRICTIONS } from '../../contract/namespace.ts';
import { SESSION_NAME_FORMS } from '../../contract/session-name.ts';
import { alarmMistakes } from './alarm-mistakes.ts';
import { ENVIRONMENT_LIMITS, rolesFitEnvironment } from './environment-limit.ts';
import { validateRolePattern } from './role-pattern.ts';
import { scopeMistakes } from './scope-mistakes.ts';
import { SETTING_DOCS } from './setting-docs.ts';

const MINUTE = 60;
const MINUTES = {
  min: REFRESH_BEFORE_RANGE.min / MINUTE,
  max: REFRESH_BEFORE_RANGE.max / MINUTE,
  default: DEFAULT_REFRESH_BEFORE_SECONDS / MINUTE,
};

/** What CloudWatch Logs takes as retention, in days. "For ever" is left out: these logs say who got which role when. */
const RETENTION_DAYS = Object.values(RetentionDays)
  .filter((days): days is RetentionDays => typeof days === 'number')
  .filter((days) => days !== RetentionDays.INFINITE);

const namespaceName = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
const id = (prefix: string) => z.string().regex(new RegExp(`^${prefix}-[0-9a-f]{8,17}$`));

const eachSetting = z.strictObject({
  clusterName: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/)
    .register(SETTING_DOCS, {
      right:
        'the name of an EKS cluster: 1 to 100 letters, digits, "-" or "_", the first a letter or digit',
      meaning: 'Name of the EKS cluster.',
      whenAbsent: 'required',
    }),
  account: z
    .string()
    .regex(/^\d{12}$/)
    .optional()
    .register(SETTING_DOCS, {
      right: 'an AWS account as a string of 12 digits, such as "123456789012"',
      meaning: 'Account of the cluster; the stack is deployed there.',
      whenAbsent: "that of the CLI's credentials",
    }),
  region: z
    .string()
    .regex(/^[a-z]{2,4}(-[a-z]+)+-\d$/)
    .optional()
    .register(SETTING_DOCS, {
      right: 'an AWS region such as "eu-central-1"',
      meaning: 'Region of the cluster; the stack is deployed there.',
      whenAbsent: "that of the CLI's profile",
    }),
  assumableRoles: z
    .array(
      z.string().superRefine((pattern, context) => {
        const message = validateRolePattern(pattern);
        if (message !== undefined) context.addIssue({ code: 'custom', message });
      }),
    )
    .min(1)
    .register(SETTING_DOCS, {
      right: 'a list of at least one role pattern, such as ["app-*"]',
      meaning:
        'The roles that pods may have, as patterns with `*` and `?`: names such as `app-*`, which are appended to `baseRoleArn`, or ARNs. The IAM policy of the functions allows these and no others. A pattern that means every role is refused.',
      whenAbsent: 'required',
    }),
  baseRoleArn: z
    .string()
    .regex(/^arn:aws(-[a-z]+)*:iam::\d{12}:role\/([\w+=,.@-]+\/)*$/)
    .optional()
    .register(SETTING_DOCS, {
      right: 'the ARN of a role up to its name, such as "arn:aws:iam::123456789012:role/"',
      meaning:
        'What the role in the name of a Secret is appended to: account and path of the roles; ends in `/`.',
      whenAbsent: "`arn:<partition>:iam::<the stack's account>:role/`",
    }),
  namespaceRestrictions: z
    .enum(NAMESPACE_RESTRICTIONS)
    .default('required')
    .register(SETTING_DOCS, {
      right: `one of ${quoted(NAMESPACE_RESTRICTIONS)}`,
      meaning:
        'Whether a namespace must say which roles it allows. `required`: without an annotation it gets none. `annotated`: enforced where there is an annotation. `off`: not enforced.',
      whenAbsent: '`required`',
    }),
  allowedRolesFormat: z
    .enum(ALLOWED_ROLES_FORMATS)
    .default('glob')
    .register(SETTING_DOCS, {
      right: `one of ${quoted(ALLOWED_ROLES_FORMATS)}`,
      meaning:
        "How namespaces write `iam.amazonaws.com/allowed-roles`. `glob`: `*` stands for anything. `regexp`: regular expressions that may end before the name does, so `orders` allows `orders-admin` too and `orders$` does not; kube2iam's `--namespace-restriction-format=regexp`.",
      whenAbsent: '`glob`',
    }),
  namespaces: z.array(namespaceName).min(1).optional().register(SETTING_DOCS, {
    right:
      'a list of at least one name of a namespace (no patterns), such as ["team-a"]; leave it out to look at all',
    meaning:
      'The namespaces to look at; what is elsewhere is left alone. They have to exist when the chart is installed: the refresher then has rights in these only.',
    whenAbsent: 'all',
  }),
  excludedNamespaces: z.array(namespaceName).optional().register(SETTING_DOCS, {
    right: 'a list of names of namespaces (no patterns), such as ["kube-system"]',
    meaning:
      'The namespaces never to look at. Secrets in a namespace that is excluded later are left alone: they end within the hour and stay.',
    whenAbsent: 'none',
  }),
  refreshBeforeMinutes: z
    .int()
    .min(MINUTES.min)
    .max(MINUTES.max)
    .default(MINUTES.default)
    .register(SETTING_DOCS, {
      right: `a whole number of minutes from ${MINUTES.min} to ${MINUTES.max}`,
      meaning: `How long before their end credentials are renewed, in minutes (${MINUTES.min} to ${MINUTES.max}); a session lasts 60.`,
      whenAbsent: `${MINUTES.default}`,
    }),
  sessionName: z
    .enum(SESSION_NAME_FORMS)
    .default('namespace')
    .register(SETTING_DOCS, {
      right: `one of ${quoted(SESSION_NAME_FORMS)}`,
      meaning:
        "How sessions are named, which CloudTrail shows and trust policies can insist on. `namespace`: `<namespace>@<cluster>`. `seed`: `<role>-session`. `zalando`: account, path and name of the role. The forwarder's is always of the form `namespace`.",
      whenAbsent: '`namespace`',
    }),
  sessionTags: z.boolean().default(false).register(SETTING_DOCS, {
    right: 'true or false',
    meaning:
      "Whether sessions of pods' roles carry the tags `eks-cluster-arn`, `eks-cluster-name` and `kubernetes-namespace` of EKS Pod Identity. The trust policy of each role then has to allow `sts:TagSession`.",
    whenAbsent: '`false`',
  }),
  externalId: z
    .string()
    .regex(/^[\w+=,.@:/-]{2,1224}$/)
    .optional()
    .register(SETTING_DOCS, {
      right: 'a text of 2 to 1224 characters, each a letter, a digit or one of _+=,.@:/-',
      meaning: "The external id that goes with each AssumeRole of a pod's role.",
      whenAbsent: 'none',
    }),
  assumeRole: z
    .string()
    .regex(/^arn:aws(-[a-z]+)*:iam::\d{12}:role\/(?!cdk-)[\w+=,.@/-]+$/)
    .optional()
    .register(SETTING_DOCS, {
      right:
        'the ARN of a role, such as "arn:aws:iam::123456789012:role/pod-roles", and none of CDK\'s (cdk-*), which are never assumed',
      meaning:
        "The ARN of an intermediate role: the refresher assumes it, and the roles of pods with its session. [It needs a policy](#sessions); that of the functions then allows this role and the forwarder's only.",
      whenAbsent: "the refresher's role assumes the roles of pods itself",
    }),
  vpc: z
    .strictObject({
      vpcId: id('vpc'),
      availabilityZones: z.array(z.string().regex(/^[a-z0-9-]+$/)).min(1),
      subnetIds: z.array(id('subnet')).min(1),
      securityGroupIds: z.array(id('sg')).min(1).max(5),
    })
    .refine((vpc) => vpc.subnetIds.length === vpc.availabilityZones.length, {
      error: 'availabilityZones must name the zone of each of subnetIds, in the same order',
    })
    .optional()
    .register(SETTING_DOCS, {
      right:
        'an object with vpcId ("vpc-…"), availabilityZones, subnetIds ("subnet-…") and securityGroupIds ("sg-…", at most 5)',
      meaning:
        'Where the functions run, for a cluster whose API endpoint is private: `vpcId`, `subnetIds`, their `availabilityZones` in the same order, `securityGroupIds`. The subnets need a way to STS and EKS (NAT or interface endpoints).',
      whenAbsent: 'outside of any VPC',
    }),
  installChart: z.boolean().default(true).register(SETTING_DOCS, {
    right: 'true or false',
    meaning:
      'Whether the stack installs the Helm chart in the cluster. `false`: somebody else applies it, with what `npx kube-aws-iam manifests` prints.',
    whenAbsent: '`true`',
  }),
  podInjection: z
    .boolean()
    .default(false)
    .register(SETTING_DOCS, {
      right: 'true or false',
      meaning: `Whether the chart gives pods with the annotation \`${ROLE_ANNOTATION}\` their volume, mounts and environment, in namespaces with the label \`${INJECT_LABEL}=${INJECT_VALUE}\`. Needs Kubernetes 1.36: before, installing the chart fails with \`no matches for kind "MutatingAdmissionPolicy"\`..`,
      whenAbsent: '`false`',
    }),
  forwarderCredentials: z
    .strictObject({
      source: z.enum(['irsa', 'podIdentity']),
      roleArn: z.string().regex(/^arn:aws(-[a-z]+)*:iam::\d{12}:role\/[\w+=,.@/-]+$/),
    })
    .optional()
    .register(SETTING_DOCS, {
      right:
        'an object with source ("irsa" or "podIdentity") and roleArn, the role that the forwarder has by it',
      meaning:
        'Gives the forwarder a role of your own: `source` (`irsa`, `podIdentity`) and `roleArn`. Its policy has to allow `events:PutEvents` on the bus.',
      whenAbsent: 'a role of the stack, by a Secret that the refresher makes',
    }),
  reservedConcurrency: z
    .strictObject({
      refresh: z.int().min(1).max(1_000).optional(),
      sweep: z.int().min(1).max(1_000).optional(),
    })
    .optional()
    .register(SETTING_DOCS, {
      right: 'an object with refresh, sweep or both, each a whole number from 1 to 1000',
      meaning:
        "Reserved concurrency of `refresh` and `sweep`: keeps the account's other functions from starving them. A new account has a concurrency of 10 and cannot reserve any.",
      whenAbsent: 'none is reserved',
    }),
  logRetentionDays: z
    .literal(RETENTION_DAYS)
    .default(RetentionDays.ONE_MONTH)
    .register(SETTING_DOCS, {
      right: `one of CloudWatch's numbers of days: ${RETENTION_DAYS.join(', ')}`,
      meaning: "How long the functions' logs are kept, in days.",
      whenAbsent: `${RetentionDays.ONE_MONTH}`,
    }),
  logLevel: z.enum(['INFO', 'DEBUG']).default('INFO').register(SETTING_DOCS, {
    right:
      'one of "INFO", "DEBUG"; a higher one would drop the metrics, which are lines of the log',
    meaning:
      'How much the functions log. `DEBUG` adds a line in each run for each Secret that is as it was, given or not.',
    whenAbsent: '`INFO`',
  }),
  alarmTopicArn: z
    .string()
    .regex(/^arn:aws(-[a-z]+)*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/)
    .optional()
    .register(SETTING_DOCS, {
      right:
        'the ARN of a standard SNS topic, such as "arn:aws:sns:eu-central-1:123456789012:pager"',
      meaning:
        "The SNS topic that alarms are sent to, of the stack's region. Its policy, and that of its key, have to let CloudWatch publish; the key cannot be AWS's own `alias/aws/sns`.",
      whenAbsent: 'one is made, encrypted',
    }),
  alarmEmail: z.email().max(254).optional().register(SETTING_DOCS, {
    right: 'an e-mail address, such as "on-call@example.com"',
    meaning:
      'An address that is subscribed to the topic that is made. It gets nothing before somebody follows the link in the first mail.',
    whenAbsent: 'nobody is subscribed',
  }),
  runbookUrl: z
    .string()
    .max(256)
    .regex(/^[\w:/?&=%.~+@-]+$/)
    .default('docs/runbook.md')
    .register(SETTING_DOCS, {
      right:
        'the address of the runbook, at most 256 characters and without "#", such as "https://wiki.example.com/kube-aws-iam-runbook"',
      meaning:
        'Where people on call read [docs/runbook.md](docs/runbook.md). Alarms and dashboard link to it, with `#` and the id of the alarm.',
      whenAbsent: '`docs/runbook.md`',
    }),
});

const { assumableRoles, baseRoleArn, externalId, assumeRole, forwarderCredentials } =
  eachSetting.shape;
const { namespaces, excludedNamespaces } = eachSetting.shape;
const longSettings = z.object({
  assumableRoles,
  baseRoleArn,
  externalId,
  assumeRole,
  forwarderCredentials,
});
const scopeSettings = z.object({ namespaces, excludedNamespaces });
const { region, alarmTopicArn, alarmEmail } = eachSetting.shape;
const alarmSettings = z.object({ region, alarmTopicArn, alarmEmail });

/** The settings of one cluster. Unknown ones are mistakes. Their order is that of the table in the README. */
export const clusterSettings = eachSetting
  .refine((settings) => rolesFitEnvironment(settings), {
    path: ['assumableRoles'],
    error: `it is too long: baseRoleArn, externalId, assumeRole (twice), forwarderCredentials.roleArn and the patterns written as ARNs may have ${ENVIRONMENT_LIMITS.roles} characters together, as they go into a Lambda function's environment of 4 KB; join some patterns by wildcards, or give baseRoleArn a shorter path`,
    // As all mistakes are reported at once, those of other settings do not keep this one back.
    when: ({ value }) => longSettings.safeParse(value).success,
  })
  .superRefine(
    (settings, context) => {
      for (const { path, message } of scopeMistakes(settings)) {
        context.addIssue({ code: 'custom', path: [...path], message });
      }
    },
    { when: ({ value }) => scopeSettings.safeParse(value).success },
  )
  .superRefine(
    (settings, context) => {
      for (const { path, message } of alarmMistakes(settings)) {
        context.addIssue({ code: 'custom', path: [...path], message });
      }
    },
    { when: ({ value }) => alarmSettings.safeParse(value).success },
  );

/** The validated settings of one cluster, defaults filled in. */
export type ClusterSettings = z.output<typeof clusterSettings>;

function quoted(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(', ');
}
