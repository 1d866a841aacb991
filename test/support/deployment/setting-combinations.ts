import { KUBERNETES } from './kubernetes-settings.ts';
import { CLUSTER, ENVIRONMENT_OF_STACK } from './synthesize.ts';

const ROLE = 'arn:aws:iam::123456789012:role/';

/** Each setting with a value other than its default. */
export const SETTING_EXAMPLES: Readonly<Record<string, object>> = {
  clusterName: { clusterName: `Long_${'x'.repeat(90)}` },
  account: { account: '210987654321' },
  region: { region: 'us-west-2' },
  kind: KUBERNETES,
  kubernetes: { kind: 'kubernetes', kubernetes: { login: 'kubeconfig' } },
  assumableRoles: { assumableRoles: ['app-*', 'arn:aws:iam::999999999999:role/shared-?'] },
  baseRoleArn: { baseRoleArn: `${ROLE}pods/` },
  namespaceRestrictions: { namespaceRestrictions: 'annotated' },
  allowedRolesFormat: { allowedRolesFormat: 'regexp' },
  namespaces: { namespaces: ['team-a', 'team-b'] },
  excludedNamespaces: { excludedNamespaces: ['kube-system'] },
  sessions: { sessions: { source: 'oidc', hours: 12, issuer: 'https://oidc.example.com/id/A1' } },
  refreshBeforeMinutes: { refreshBeforeMinutes: 20 },
  sessionName: { sessionName: 'zalando' },
  sessionTags: { sessionTags: true },
  externalId: { externalId: 'handshake' },
  assumeRole: { assumeRole: `${ROLE}pod-roles` },
  secretMetadata: { secretMetadata: { labels: { team: 'iam' } } },
  runsIn: { runsIn: 'cluster' },
  vpc: {
    vpc: {
      vpcId: 'vpc-0123456789abcdef0',
      subnetIds: ['subnet-0123456789abcdef0'],
      availabilityZones: ['eu-central-1a'],
      securityGroupIds: ['sg-0123456789abcdef0'],
    },
  },
  installChart: { installChart: true },
  podInjection: { podInjection: true },
  podInjectionRegion: { podInjection: true, podInjectionRegion: true },
  forwarderCredentials: { forwarderCredentials: { source: 'irsa', roleArn: `${ROLE}forwarder` } },
  reservedConcurrency: { reservedConcurrency: { refresh: 10, sweep: 2, events: 20 } },
  tracing: { tracing: true },
  logRetentionDays: { logRetentionDays: 90 },
  logKmsKeyArn: {
    logKmsKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  },
  logLevel: { logLevel: 'DEBUG' },
  alarmTopicArn: { alarmTopicArn: 'arn:aws:sns:eu-central-1:123456789012:alarms' },
  alarmEmail: { alarmEmail: 'ops@example.com' },
  runbookUrl: { runbookUrl: 'https://example.com/runbook' },
};

/**
 * Combinations of settings; each setting is in one at least. Settings that only change values of the same resources share the
 * second one.
 */
export const COMBINATIONS: readonly (readonly string[])[] = [
  [],
  [
    ...['clusterName', 'account', 'region', 'assumableRoles', 'baseRoleArn'],
    ...['namespaceRestrictions', 'allowedRolesFormat', 'namespaces', 'excludedNamespaces'],
    ...['refreshBeforeMinutes', 'sessionName', 'sessionTags', 'externalId'],
    ...['secretMetadata'],
    ...['reservedConcurrency', 'tracing', 'logRetentionDays', 'logLevel'],
    ...['alarmEmail', 'runbookUrl'],
  ],
  ['alarmTopicArn', 'logKmsKeyArn'],
  ['vpc'],
  ['assumeRole', 'sessionTags', 'externalId'],
  ['forwarderCredentials'],
  ['installChart'],
  ['installChart', 'vpc'],
  ['runsIn'],
  ['runsIn', 'installChart', 'namespaces', 'assumeRole'],
  ['installChart', 'namespaces', 'excludedNamespaces', 'podInjection', 'podInjectionRegion'],
  ['installChart', 'forwarderCredentials', 'assumeRole'],
  ['kind', 'vpc'],
  ['kubernetes'],
  ['sessions'],
];

/** The settings of one cluster for each combination. */
export function combinedClusters(): readonly object[] {
  return COMBINATIONS.map((names, i) => ({
    ...CLUSTER,
    ...ENVIRONMENT_OF_STACK,
    clusterName: `cluster-${i}`,
    ...Object.assign({}, ...names.map((name) => SETTING_EXAMPLES[name])),
  }));
}
