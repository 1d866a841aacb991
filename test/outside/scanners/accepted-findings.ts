import type { ScannerName } from './finding.ts';

/** A kind of finding that is accepted, and a row in docs/security.md. */
export interface AcceptedFindings {
  readonly title: string;
  /** Why, or the setting or chart value that changes it; Markdown. */
  readonly reason: string;
  /** Each rule that reports it, with the resources: names, or a prefix and `*`. Each must be found in one template at least. */
  readonly rules: Readonly<Partial<Record<ScannerName, Readonly<Record<string, Resources>>>>>;
}

type Resources = readonly string[];

const FUNCTIONS: Resources = ['RefreshFunction', 'SweepFunction', 'EventsFunction'];
/** CDK's functions that install the chart. */
const INSTALLER: Resources = [
  'ClusterKubectlProviderHandler',
  'ClusterKubectlProviderframeworkonEvent',
];
const ALL_FUNCTIONS = [...FUNCTIONS, ...INSTALLER];
const NOT_RESERVED = ALL_FUNCTIONS.filter((name) => name !== 'EventsFunction');
/** Of the functions, and of a refresher in the cluster. */
const OWN_LOG_GROUPS: Resources = ['RefreshLogs', 'SweepLogs', 'EventsLogs', 'Logs'];
const LOG_GROUPS: Resources = [
  ...OWN_LOG_GROUPS,
  'ClusterKubectlProviderHandlerLogGroup',
  'ClusterKubectlProviderframeworkonEventLogGroup',
];
const ROLES: Resources = ['RefresherRole', 'ForwarderRole', 'SchedulesRole'];
const FORWARDER: Resources = ['Deployment/kube-aws-iam-forwarder'];

/** Everything that the scanners find in the templates and the chart. */
export const ACCEPTED_FINDINGS: readonly AcceptedFindings[] = [
  {
    title: 'no dead-letter queues or failure destinations',
    reason:
      'Nothing is lost: the next schedule, after a minute or ten, does the work of a failed invocation and of a lost pod event, and a queue would only collect outdated ones. Alarms report failed invocations and undelivered events',
    rules: {
      checkov: { CKV_AWS_116: ALL_FUNCTIONS },
      'cfn-guard, rules registry': { LAMBDA_DLQ_CHECK: ALL_FUNCTIONS },
      'cdk-nag, other packs': {
        LambdaDLQ: ALL_FUNCTIONS,
        LambdaAsyncFailureDestination: [
          'RefreshFunctionEventInvokeConfig',
          'SweepFunctionEventInvokeConfig',
          'EventsFunctionEventInvokeConfig',
        ],
        EventBusDLQ: ['PodEventsRule'],
        SNSRedrivePolicy: ['MonitoringAlarmTopic*'],
      },
    },
  },
  {
    title: 'inline policies',
    reason:
      'Each policy belongs to one role: it exists before the role is used, is deleted with it, and cannot be attached to another',
    rules: {
      'cfn-guard, rules registry': { IAM_NO_INLINE_POLICY_CHECK: ROLES },
      'cdk-nag, other packs': {
        IAMNoInlinePolicy: [
          ...ROLES,
          ...INSTALLER.map((name) => `${name}ServiceRoleDefaultPolicy`),
        ],
      },
    },
  },
  {
    title: 'explicit names',
    reason:
      "Trust policies of your roles name the refresher's role, the forwarder's Secret is named after its role, and subscriptions select alarms by name. Names contain Region and cluster",
    rules: {
      'cfn-guard, rules registry': {
        CFN_NO_EXPLICIT_RESOURCE_NAMES: ['RefresherRole', 'ForwarderRole', 'MonitoringAlarms*'],
      },
    },
  },
  {
    title: 'wildcards as resource',
    reason:
      "Only with `vpc` and `tracing`: EC2's permissions for network interfaces, which are denied to the code of the functions, and X-Ray's have no resources",
    rules: {
      checkov: { CKV_AWS_111: ['RefresherRole'] },
      'cfn-guard, rules registry': { IAM_POLICYDOCUMENT_NO_WILDCARD_RESOURCE: ['RefresherRole'] },
      'cdk-nag, other packs': { LambdaStarPermissions: ['RefresherRole'] },
    },
  },
  {
    title: 'functions outside a VPC',
    reason: 'Setting `vpc`',
    rules: {
      checkov: { CKV_AWS_117: ALL_FUNCTIONS },
      'cfn-guard, Control Tower': { lambda_inside_vpc_check: ALL_FUNCTIONS },
      'cfn-guard, rules registry': { LAMBDA_INSIDE_VPC: ALL_FUNCTIONS },
      'cdk-nag, other packs': { LambdaInsideVPC: ALL_FUNCTIONS },
    },
  },
  {
    title: 'no reserved concurrency',
    reason:
      'Setting `reservedConcurrency`; a new account cannot reserve any. CDK defines the functions of its installer',
    rules: {
      checkov: { CKV_AWS_115: NOT_RESERVED },
      'cfn-guard, rules registry': { LAMBDA_CONCURRENCY_CHECK: NOT_RESERVED },
      'cdk-nag, other packs': { LambdaConcurrency: NOT_RESERVED },
    },
  },
  {
    title: 'no KMS key for logs',
    reason:
      "Setting `logKmsKeyArn`. CDK defines the log groups of its installer; they contain Helm's output, without credentials",
    rules: {
      checkov: { CKV_AWS_158: LOG_GROUPS },
      'cfn-guard, Control Tower': { cloudwatch_log_group_encrypted_check: LOG_GROUPS },
      'cfn-guard, rules registry': { CLOUDWATCH_LOG_GROUP_ENCRYPTED: LOG_GROUPS },
      'cdk-nag, other packs': { CloudWatchLogGroupEncrypted: LOG_GROUPS },
    },
  },
  {
    title: 'logs kept for less than a year',
    reason: 'Setting `logRetentionDays`',
    rules: {
      'cfn-guard, Control Tower': {
        cloudwatch_log_group_retention_period_check: OWN_LOG_GROUPS,
      },
    },
  },
  {
    title: 'no KMS key for environment variables',
    reason:
      'They contain settings and no secrets. Lambda encrypts them with its own key; another one would be a way to stop all renewals',
    rules: { checkov: { CKV_AWS_173: ALL_FUNCTIONS } },
  },
  {
    title: 'no automatic rotation of the login',
    reason:
      'Only outside EKS. The refresher replaces a token of its ServiceAccount at half of its life; an alarm reports any other login before it expires',
    rules: { 'cdk-nag, other packs': { SecretsManagerRotationEnabled: ['Login'] } },
  },
  {
    title: 'no KMS key for the login',
    reason:
      'Only outside EKS. Secrets Manager encrypts it with its own key; another one would be a way to stop all renewals',
    rules: {
      checkov: { CKV_AWS_149: ['Login'] },
      'cdk-nag, other packs': { SecretsManagerUsingKMSKey: ['Login'] },
    },
  },
  {
    title: 'no tracing',
    reason: 'Setting `tracing`. CDK defines the functions of its installer',
    rules: { 'cdk-nag, other packs': { LambdaTracing: ALL_FUNCTIONS } },
  },
  {
    title: "the account's administrators may create grants on the alarm topic's key",
    reason:
      "CDK's default key policy: without it, IAM policies could not give anyone access to the key. With `alarmTopicArn`, there is no such key",
    rules: {
      'cfn-guard, Control Tower': {
        kms_create_grant_aws_service_check: ['MonitoringAlarmTopicKey'],
      },
    },
  },
  {
    title: "runtime and memory of CDK's installer",
    reason: 'CDK defines its functions. With `installChart: false`, there are none',
    rules: {
      'cdk-nag, other packs': {
        LambdaLatestVersion: ['ClusterKubectlProviderHandler'],
        LambdaDefaultMemorySize: ['ClusterKubectlProviderframeworkonEvent'],
      },
    },
  },
  {
    title: 'no CPU limit of the forwarder',
    reason:
      'It would throttle the forwarder when many pods start, which is when they wait for it. Chart value `forwarder.resources`',
    rules: {
      checkov: { CKV_K8S_11: FORWARDER },
      'kube-score': { 'container-resources': FORWARDER },
    },
  },
  {
    title: "the forwarder's image is not pulled if it is present",
    reason:
      'It has a digest, so a node cannot have another image of that name. Chart value `forwarder.imagePullPolicy`, for an image with a tag only',
    rules: {
      'kube-score': { 'container-image-pull-policy': FORWARDER },
    },
  },
  {
    title: 'two replicas of the forwarder without PodDisruptionBudget and anti-affinity',
    reason:
      'Without any forwarder, pods wait for the next schedule, at most a minute, so it must not hold up the drain of a node. Chart values `forwarder.affinity` and `forwarder.topologySpreadConstraints`',
    rules: {
      'kube-score': {
        'deployment-has-poddisruptionbudget': FORWARDER,
        'deployment-has-host-podantiaffinity': FORWARDER,
      },
    },
  },
];
