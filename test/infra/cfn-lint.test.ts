import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { SETTING_NAMES } from '../../infra/settings/describe-issue.ts';
import { appOf, CLUSTER, ENVIRONMENT_OF_STACK } from '../support/deployment/synthesize.ts';
import { CFN_LINT, requires } from '../support/requirements.ts';

const run = promisify(execFile);
const ROLE = 'arn:aws:iam::123456789012:role/';

/** Each setting with a value other than its default. */
const SETTINGS: Readonly<Record<string, object>> = {
  clusterName: { clusterName: `Long_${'x'.repeat(90)}` },
  account: { account: '210987654321' },
  region: { region: 'us-west-2' },
  assumableRoles: { assumableRoles: ['app-*', 'arn:aws:iam::999999999999:role/shared-?'] },
  baseRoleArn: { baseRoleArn: `${ROLE}pods/` },
  namespaceRestrictions: { namespaceRestrictions: 'annotated' },
  allowedRolesFormat: { allowedRolesFormat: 'regexp' },
  namespaces: { namespaces: ['team-a', 'team-b'] },
  excludedNamespaces: { excludedNamespaces: ['kube-system'] },
  refreshBeforeMinutes: { refreshBeforeMinutes: 20 },
  sessionName: { sessionName: 'zalando' },
  sessionTags: { sessionTags: true },
  externalId: { externalId: 'handshake' },
  assumeRole: { assumeRole: `${ROLE}pod-roles` },
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
  reservedConcurrency: { reservedConcurrency: { refresh: 10, sweep: 2 } },
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
 * The combinations that are linted; each setting is in one at least. Settings that only change values of the same resources
 * share the second one.
 */
const COMBINATIONS: readonly (readonly string[])[] = [
  [],
  [
    ...['clusterName', 'account', 'region', 'assumableRoles', 'baseRoleArn'],
    ...['namespaceRestrictions', 'allowedRolesFormat', 'namespaces', 'excludedNamespaces'],
    ...['refreshBeforeMinutes', 'sessionName', 'sessionTags', 'externalId'],
    ...['reservedConcurrency', 'tracing', 'logRetentionDays', 'logLevel'],
    ...['alarmEmail', 'runbookUrl'],
  ],
  ['alarmTopicArn', 'logKmsKeyArn'],
  ['vpc'],
  ['assumeRole', 'sessionTags', 'externalId'],
  ['forwarderCredentials'],
  ['installChart'],
  ['installChart', 'vpc'],
  ['installChart', 'namespaces', 'excludedNamespaces', 'podInjection', 'podInjectionRegion'],
  ['installChart', 'forwarderCredentials', 'assumeRole'],
];

/** One cluster for each combination. */
function clusters(): readonly object[] {
  return COMBINATIONS.map((names, i) => ({
    ...CLUSTER,
    ...ENVIRONMENT_OF_STACK,
    clusterName: `cluster-${i}`,
    ...Object.assign({}, ...names.map((name) => SETTINGS[name])),
  }));
}

const Findings = z.array(
  z.object({
    Level: z.string(),
    Message: z.string(),
    Filename: z.string(),
    Rule: z.object({ Id: z.string() }),
  }),
);

/** Redundant DependsOn: CDK adds them to references. */
const RULES_VIOLATED_BY_CDK = ['W3005'];

describe('the linted settings', () => {
  it('include all settings', () => {
    expect(Object.keys(SETTINGS).sort()).toEqual([...SETTING_NAMES].sort());
    expect([...new Set(COMBINATIONS.flat())].sort()).toEqual([...SETTING_NAMES].sort());
  });
});

describe('cfn-lint', requires(CFN_LINT), () => {
  // A minute of CPU time on a slow machine.
  it('has no findings in the templates of all combinations', { timeout: 300_000 }, async () => {
    const app = appOf(...clusters());
    const { directory } = app.synth();
    const templates = readdirSync(directory).filter((file) => file.endsWith('.template.json'));
    expect(templates).toHaveLength(clusters().length);
    const files = templates.map((file) => join(directory, file));
    const parameters = ['--format', 'json', '--non-zero-exit-code', 'none', ...files];
    const { stdout } = await run(CFN_LINT.command, parameters, { maxBuffer: 64 * 1_048_576 });
    const found = Findings.parse(JSON.parse(stdout))
      .filter(({ Rule }) => !RULES_VIOLATED_BY_CDK.includes(Rule.Id))
      .map(({ Level, Rule, Message, Filename }) => `${Level} ${Rule.Id} ${Filename}: ${Message}`);
    expect(found).toEqual([]);
  });
});
