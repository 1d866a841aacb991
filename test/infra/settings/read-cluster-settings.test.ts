import { describe, expect, it } from 'vitest';
import {
  readClusterSettings,
  SettingsError,
} from '../../../infra/settings/read-cluster-settings.ts';
import { sessionTimes } from '../../../infra/settings/schema/sessions.ts';

const CLUSTER = { clusterName: 'production', assumableRoles: ['app-*'] };

const VPC = {
  vpcId: 'vpc-0123456789abcdef0',
  availabilityZones: ['eu-central-1a'],
  subnetIds: ['subnet-0123456789abcdef0'],
  securityGroupIds: ['sg-01234567'],
};

function problemsIn(context: Readonly<Record<string, unknown>>): readonly string[] {
  try {
    readClusterSettings(context);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

const OIDC = { source: 'oidc', hours: 12, issuer: 'https://oidc.example.com/id/A1' };

describe('readClusterSettings', () => {
  it('applies defaults to omitted settings', () => {
    expect(readClusterSettings({ clusters: [CLUSTER] })).toEqual([
      {
        ...CLUSTER,
        kind: 'eks',
        namespaceRestrictions: 'required',
        allowedRolesFormat: 'glob',
        sessionName: 'namespace',
        sessionTags: false,
        sessions: { source: 'role', hours: 1 },
        secretMetadata: {
          labels: { 'velero.io/exclude-from-backup': 'true' },
          annotations: { 'reloader.stakater.com/ignore': 'true' },
        },
        runsIn: 'lambda',
        podInjection: false,
        podInjectionRegion: false,
        reservedConcurrency: { events: 5 },
        tracing: false,
        logRetentionDays: 30,
        logLevel: 'INFO',
        runbookUrl: 'docs/runbook.md',
      },
    ]);
  });

  it('reads every setting', () => {
    const full = {
      clusterName: 'Production_1',
      account: '123456789012',
      region: 'us-gov-west-1',
      kind: 'eks',
      assumableRoles: ['app-*', 'arn:aws-us-gov:iam::123456789012:role/pods/*'],
      baseRoleArn: 'arn:aws-us-gov:iam::123456789012:role/pods/',
      namespaceRestrictions: 'annotated',
      allowedRolesFormat: 'regexp',
      namespaces: ['team-a', 'team-b'],
      excludedNamespaces: ['team-c'],
      sessions: { source: 'role', hours: 1 },
      refreshBeforeMinutes: 20,
      sessionName: 'seed',
      sessionTags: true,
      externalId: 'a/b:c=d',
      assumeRole: 'arn:aws-us-gov:iam::123456789012:role/pods/all',
      secretMetadata: {
        labels: { 'example.com/team': 'platform', stage: '' },
        annotations: { 'example.com/note': 'any text: "ü"' },
      },
      runsIn: 'lambda',
      vpc: {
        vpcId: 'vpc-0123456789abcdef0',
        availabilityZones: ['us-gov-west-1a'],
        subnetIds: ['subnet-0123456789abcdef0'],
        securityGroupIds: ['sg-01234567'],
      },
      installChart: false,
      podInjection: true,
      podInjectionRegion: true,
      forwarderCredentials: {
        source: 'irsa',
        roleArn: 'arn:aws-us-gov:iam::123456789012:role/forwarder',
      },
      reservedConcurrency: { refresh: 5, sweep: 1, events: 'none' },
      tracing: true,
      logRetentionDays: 365,
      logKmsKeyArn:
        'arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab',
      logLevel: 'DEBUG',
      alarmTopicArn: 'arn:aws-us-gov:sns:us-gov-west-1:123456789012:pager',
      runbookUrl: 'https://wiki.example.com/x?page=kube-aws-iam%20runbook',
    };
    expect(readClusterSettings({ clusters: [full] })).toEqual([full]);
    const { alarmTopicArn: _, ...own } = { ...full, alarmEmail: 'on-call+aws@example.com' };
    expect(readClusterSettings({ clusters: [own] })).toEqual([own]);
  });

  it('reads the list as JSON from -c', () => {
    expect(readClusterSettings({ clusters: JSON.stringify([CLUSTER]) })).toMatchObject([CLUSTER]);
  });

  it.each([
    ['region', 'eu-central-1', 'eu-central-1'],
    ['account', '123456789012', '123456789012'],
    ['clusterName', '007', '007'],
    ['refreshBeforeMinutes', '25', 25],
    ['namespaces', '["team-a"]', ['team-a']],
    ['sessionTags', 'true', true],
    ['externalId', '123456', '123456'],
    ['installChart', 'false', false],
    ['podInjection', 'true', true],
    ['podInjectionRegion', 'false', false],
    ['reservedConcurrency', '{"refresh": 2}', { refresh: 2, events: 5 }],
    ['logLevel', 'DEBUG', 'DEBUG'],
  ])('applies -c %s=%s to the cluster', (name, text, value) => {
    const entry = { ...CLUSTER, region: 'us-east-1' };
    expect(readClusterSettings({ clusters: [entry], [name]: text })[0]).toHaveProperty(name, value);
  });

  it('applies a setting from -c to every cluster', () => {
    const other = { ...CLUSTER, clusterName: 'staging', logRetentionDays: 7 };
    const configs = readClusterSettings({ clusters: [CLUSTER, other], logRetentionDays: 90 });
    expect(configs.map(({ logRetentionDays }) => logRetentionDays)).toEqual([90, 90]);
  });

  it.each([
    [{}, { sessionHours: 1, refreshBeforeMinutes: 30 }],
    [{ refreshBeforeMinutes: 50 }, { sessionHours: 1, refreshBeforeMinutes: 50 }],
    [{ sessions: OIDC }, { sessionHours: 12, refreshBeforeMinutes: 360 }],
    [{ sessions: { ...OIDC, hours: 1 } }, { sessionHours: 1, refreshBeforeMinutes: 30 }],
    [
      { sessions: OIDC, refreshBeforeMinutes: 680 },
      { sessionHours: 12, refreshBeforeMinutes: 680 },
    ],
    [
      { sessions: { ...OIDC, hours: 2 }, refreshBeforeMinutes: 80 },
      { sessionHours: 2, refreshBeforeMinutes: 80 },
    ],
  ])('renews sessions of %j at half of their life by default', (settings, times) => {
    const [cluster] = readClusterSettings({ clusters: [{ ...CLUSTER, ...settings }] });
    expect(cluster && sessionTimes(cluster)).toEqual(times);
  });

  it('reports everything that an OIDC identity excludes at once', () => {
    const settings = {
      sessions: { ...OIDC, hours: 2 },
      sessionTags: true,
      externalId: 'x1',
      assumeRole: 'arn:aws:iam::123456789012:role/pods',
      refreshBeforeMinutes: 81,
    };
    const excluded = /AssumeRoleWithWebIdentity has no such parameter; remove it, or set sessions/;
    expect(problemsIn({ clusters: [{ ...CLUSTER, ...settings }] })).toEqual([
      expect.stringMatching(/^clusters\[0\]\.sessionTags is true/),
      expect.stringMatching(excluded),
      expect.stringMatching(excluded),
      expect.stringMatching(/refreshBeforeMinutes is 81; sessions last 120 minutes .* 80 at most/),
    ]);
  });

  it("ignores CDK's own context keys", () => {
    const context = {
      '@aws-cdk/core:checkSecretUsage': true,
      'aws:cdk:enable-path-metadata': true,
      'cli-telemetry': false,
      'availability-zones:account=1:region=x': ['x'],
    };
    expect(problemsIn({ clusters: [CLUSTER], ...context })).toEqual([]);
  });

  it.each([
    ['clusterName', 'a b', /it must be the name of the cluster/],
    ['clusterName', undefined, /is missing; it must be the name of the cluster/],
    ['clusterName', 'c'.repeat(101), /1 to 100 letters/],
    ['account', 123456789012, /is 123456789012; it must be an AWS account ID as a string of 12/],
    ['account', '1234', /12 digits/],
    ['region', 'Frankfurt', /an AWS Region such as "eu-central-1"/],
    ['assumableRoles', undefined, /is missing; it must be a list of at least one role pattern/],
    ['assumableRoles', [], /is \[\]; it must be a list of at least one role pattern/],
    ['assumableRoles', 'app-*', /is "app-\*"; it must be a list/],
    ['assumableRoles', Array(60).fill('a'.repeat(40)), /too long.*4 KB/],
    ['baseRoleArn', 'arn:aws:iam::123456789012:role', /the ARN of a role up to its name/],
    ['baseRoleArn', 'arn:aws:iam::123456789012:role/pods', /role\/"/],
    ['namespaceRestrictions', 'none', /one of "required", "annotated", "off"/],
    ['allowedRolesFormat', 'regex', /one of "glob", "regexp"/],
    ['excludedNamespaces', ['Team'], /it must be a list of namespace names/],
    ['excludedNamespaces', Array(20).fill('n'.repeat(60)), /too long.*4 KB/],
    ['namespaces', [], /omit it to manage all namespaces/],
    ['namespaces', Array(20).fill('n'.repeat(60)), /too long.*omit namespaces/],
    ['refreshBeforeMinutes', 5, /is 5; it must be a whole number of minutes from 20 to 50/],
    ['refreshBeforeMinutes', 30.5, /whole number/],
    ['refreshBeforeMinutes', '30', /is "30"; it must be a whole number/],
    ['sessions', 'oidc', /is "oidc"; it must be an object with source \("role", "oidc"\), hours/],
    ['sessions', { source: 'irsa' }, /\.source is "irsa"; it must be an object with source/],
    ['sessions', { hours: 2 }, /\.hours is 2; .*role chaining.*set source to "oidc" and issuer/],
    ['sessions', { ...OIDC, hours: 13 }, /\.hours is 13; it must be .* 1 to 12/],
    ['sessions', { ...OIDC, hours: 0 }, /\.hours is 0; it must be/],
    ['sessions', { ...OIDC, hours: 1.5 }, /\.hours is 1.5; it must be/],
    ['sessions', { ...OIDC, hours: '12' }, /\.hours is "12"; it must be/],
    ['sessions', { ...OIDC, sub: 'x' }, /\.sub is not a setting; .*source .*hours .*issuer/],
    ['sessions', { source: 'oidc' }, /\.issuer is missing; .*openid-configuration/],
    ['sessions', { issuer: OIDC.issuer }, /\.issuer is "https.*no effect with source "role"/],
    ['sessions', { ...OIDC, issuer: 'http://a.example.com' }, /\.issuer is .*the OIDC issuer/],
    ['sessions', { ...OIDC, issuer: 'https://a.example.com:8443' }, /without a port/],
    ['sessions', { ...OIDC, issuer: 'https://a.example.com/x?y=z' }, /\.issuer is/],
    ['sessions', { ...OIDC, issuer: 'https://u:p@a.example.com' }, /\.issuer is/],
    ['sessions', { ...OIDC, issuer: 'https://10.0.0.1' }, /\.issuer is/],
    ['sessions', { ...OIDC, issuer: 'https://kubernetes.default.svc.cluster.local' }, /STS/],
    ['refreshBeforeMinutes', 51, /is 51; sessions last 60 minutes .*so it can be 50 at most/],
    ['refreshBeforeMinutes', 681, /is 681; it must be a whole number of minutes from 20 to 50/],
    ['sessionName', 'kiam', /one of "namespace", "seed", "zalando"/],
    ['podInjectionRegion', 'eu-central-1', /is "eu-central-1"; it must be true or false/],
    ['podInjectionRegion', true, /no effect without podInjection; set podInjection to true/],
    ['sessionTags', 'yes', /is "yes"; it must be true or false/],
    ['externalId', 'x', /is "x"; it must be a string of 2 to 1224 letters/],
    ['externalId', 'a b', /letters, digits and characters of _/],
    ['externalId', 'x'.repeat(1_225), /2 to 1224/],
    ['assumeRole', 'pod-roles', /it must be the ARN of a role, such as/],
    ['assumeRole', 'arn:aws:iam::123456789012:role/pod-*', /the ARN of a role/],
    ['assumeRole', 'arn:aws:iam::123456789012:role/cdk-x', /not a role of CDK/],
    ['secretMetadata', 'team=a', /it must be an object with labels, annotations or both/],
    ['secretMetadata', { label: {} }, /\.label is not a setting; .*labels, annotations or both/],
    ['secretMetadata', { labels: { heritage: 'x' } }, /without the keys heritage, type and/],
    ['secretMetadata', { labels: { type: 'x' } }, /without the keys heritage, type and/],
    ['secretMetadata', { annotations: { 'kube-aws-iam/role-arn': 'x' } }, /kube-aws-iam\/\*/],
    ['secretMetadata', { labels: { 'a b': 'x' } }, /keys and values that Kubernetes accepts/],
    ['secretMetadata', { labels: { 'Example.com/a': 'x' } }, /that Kubernetes accepts/],
    ['secretMetadata', { labels: { 'a/b/c': 'x' } }, /that Kubernetes accepts/],
    ['secretMetadata', { labels: { [`${'d.'.repeat(127)}d/a`]: 'x' } }, /Kubernetes accepts/],
    ['secretMetadata', { labels: { ['k'.repeat(64)]: 'x' } }, /that Kubernetes accepts/],
    ['secretMetadata', { labels: { a: 'v'.repeat(64) } }, /that Kubernetes accepts/],
    ['secretMetadata', { labels: { a: '-x' } }, /that Kubernetes accepts/],
    ['secretMetadata', { labels: { a: true } }, /is true; it must be .*object of strings/],
    ['secretMetadata', { annotations: { a: 1 } }, /is 1; it must be .*object of strings/],
    ['runsIn', 'pod', /is "pod"; it must be one of "lambda", "cluster"/],
    ['vpc', {}, /is missing; it must be an object with vpcId/],
    ['reservedConcurrency', { refresh: 0 }, /\.refresh is 0; it must be .* from 1 to 1000/],
    ['reservedConcurrency', { refresh: 'none' }, /\.refresh is "none"; it must be .* events can/],
    ['reservedConcurrency', { events: 0 }, /\.events is 0; it must be .* from 1 to 1000/],
    ['reservedConcurrency', { events: '5' }, /\.events is "5"; it must be .* from 1 to 1000/],
    ['reservedConcurrency', { events: null }, /\.events is null; it must be .* "none"/],
    ['reservedConcurrency', 'none', /is "none"; it must be an object with refresh/],
    ['logRetentionDays', 31, /is 31; .*30, 60/],
    ['logRetentionDays', 9999, /a retention period of CloudWatch Logs/],
    ['logKmsKeyArn', 'alias/logs', /the ARN of a KMS key, not of an alias/],
    ['logKmsKeyArn', 'arn:aws:kms:us-east-1:123456789012:alias/logs', /not of an alias/],
    ['logKmsKeyArn', 'arn:aws:kms:us-east-1:123456789012:key/logs', /the ARN of a KMS key/],
    ['logKmsKeyArn', 'arn:aws:kms:us-east-1:123456789012:key/*', /the ARN of a KMS key/],
    ['tracing', 'Active', /is "Active"; it must be true or false/],
    ['logLevel', 'WARN', /one of "INFO", "DEBUG"; a higher level would drop the metrics/],
    ['alarmTopicArn', 'pager', /the ARN of a standard SNS topic/],
    ['alarmTopicArn', 'arn:aws:sns:us-east-1:123456789012:pager.fifo', /standard/],
    ['alarmEmail', 'on call', /an e-mail address/],
    ['runbookUrl', 'https://wiki.example.com/runbook#top', /without "#"/],
    ['runbookUrl', 'https://wiki.example.com/a](b)', /the URL of the runbook/],
    ['runbookUrl', `https://${'w'.repeat(256)}`, /at most 256/],
  ])('describes the problem with %s %j', (name, value, expected) => {
    const problems = problemsIn({ clusters: [{ ...CLUSTER, [name]: value }] });
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) expect(problem).toMatch(`clusters[0].${name}`);
    expect(problems.join('\n')).toMatch(expected);
  });

  it.each([
    ['vpc', VPC, /concerns the Lambda functions/],
    ['reservedConcurrency', { refresh: 2 }, /concerns the Lambda functions/],
    ['reservedConcurrency', { events: 'none' }, /concerns the Lambda functions/],
    ['tracing', true, /concerns the Lambda functions/],
    [
      'forwarderCredentials',
      { source: 'irsa', roleArn: 'arn:aws:iam::123456789012:role/forwarder' },
      /concerns the forwarder.*the refresher watches pods itself/,
    ],
  ])('rejects %s %j if the refresher runs in the cluster', (name, value, expected) => {
    const cluster = { ...CLUSTER, [name]: value };
    expect(problemsIn({ clusters: [cluster] })).toEqual([]);
    expect(problemsIn({ clusters: [{ ...cluster, runsIn: 'cluster' }] })).toEqual([
      expect.stringMatching(expected),
    ]);
    expect(problemsIn({ clusters: [{ ...cluster, runsIn: 'cluster' }] })).toEqual([
      expect.stringMatching(`clusters\\[0\\]\\.${name} .*remove it, or set runsIn to "lambda"`),
    ]);
  });

  it('accepts the settings of functions with their defaults if the refresher runs in the cluster', () => {
    const defaults = { tracing: false, reservedConcurrency: {} };
    const cluster = { ...CLUSTER, ...defaults, runsIn: 'cluster' };
    expect(problemsIn({ clusters: [cluster] })).toEqual([]);
  });

  describe('the length limit for roles', () => {
    const baseRoleArn = `arn:aws:iam::123456789012:role/${'p'.repeat(400)}/`;
    const names = (count: number) => [...Array(count).keys()].map((i) => `app-${i}`);
    const tooLong =
      /assumableRoles is .*; it is too long: baseRoleArn, externalId, assumeRole .*4 KB.*shorter path/;

    it('counts the path of baseRoleArn for each role name', () => {
      expect(problemsIn({ clusters: [{ ...CLUSTER, assumableRoles: names(20) }] })).toEqual([]);
      expect(
        problemsIn({ clusters: [{ ...CLUSTER, assumableRoles: names(20), baseRoleArn }] }),
      ).toEqual([expect.stringMatching(tooLong)]);
    });

    it('counts the external ID, and assumeRole twice', () => {
      const crowded = { ...CLUSTER, assumableRoles: names(15) };
      const externalId = 'x'.repeat(1_100);
      const assumeRole = `${baseRoleArn}r`;
      for (const long of [{ externalId }, { assumeRole }]) {
        expect(problemsIn({ clusters: [{ ...crowded, ...long }] })).toEqual([]);
      }
      expect(problemsIn({ clusters: [{ ...crowded, externalId, assumeRole }] })).toEqual([
        expect.stringMatching(tooLong),
      ]);
    });

    it('counts the metadata of Secrets', () => {
      const secretMetadata = { annotations: { note: 'x'.repeat(2_300) } };
      expect(problemsIn({ clusters: [{ ...CLUSTER, secretMetadata }] })).toEqual([
        expect.stringMatching(tooLong),
      ]);
    });

    it('counts baseRoleArn itself', () => {
      const arns = [...Array(4).keys()].map((i) => `${baseRoleArn}app-${i}`);
      expect(problemsIn({ clusters: [{ ...CLUSTER, assumableRoles: arns }] })).toEqual([]);
      expect(problemsIn({ clusters: [{ ...CLUSTER, assumableRoles: arns, baseRoleArn }] })).toEqual(
        [expect.stringMatching(tooLong)],
      );
    });

    it('is checked even if other settings are invalid, unless those it depends on are', () => {
      const crowded = { ...CLUSTER, assumableRoles: names(20), baseRoleArn };
      expect(problemsIn({ clusters: [{ ...crowded, account: '1', vcp: {} }] })).toHaveLength(3);
      expect(problemsIn({ clusters: [{ ...crowded, baseRoleArn: `${baseRoleArn}x` }] })).toEqual([
        expect.stringMatching(/baseRoleArn is .*; it must be the ARN of a role up to its name/),
      ]);
    });
  });

  describe('excludedNamespaces', () => {
    const forwarderCredentials = {
      source: 'podIdentity',
      roleArn: 'arn:aws:iam::123456789012:role/forwarder',
    };
    const problems = (settings: object) => problemsIn({ clusters: [{ ...CLUSTER, ...settings }] });

    it('can be combined with namespaces', () => {
      const settings = { namespaces: ['a'], excludedNamespaces: ['b', 'kube-system'] };
      expect(problems(settings)).toEqual([]);
    });

    it('cannot contain a managed namespace', () => {
      const settings = { namespaces: ['a', 'b'], excludedNamespaces: ['c', 'b'] };
      expect(problems(settings)).toEqual([
        'clusters[0].excludedNamespaces[1] is "b"; namespaces contains it as well; remove it from one of the two',
      ]);
    });

    it("cannot contain the product's namespace while the forwarder gets its credentials from the refresher", () => {
      const excludedNamespaces = ['kube-aws-iam'];
      expect(problems({ excludedNamespaces })).toEqual([
        expect.stringMatching(
          /^clusters\[0\]\.excludedNamespaces\[0\] is "kube-aws-iam"; it cannot be excluded.*set forwarderCredentials/,
        ),
      ]);
      expect(problems({ excludedNamespaces, forwarderCredentials })).toEqual([]);
    });

    it('share the length limit with namespaces', () => {
      const names = (letter: string) => [...Array(8).keys()].map((i) => letter.repeat(50) + i);
      const [namespaces, excludedNamespaces] = [names('n'), names('x')];
      expect(problems({ namespaces })).toEqual([]);
      expect(problems({ excludedNamespaces })).toEqual([]);
      expect(problems({ namespaces, excludedNamespaces })).toEqual([
        expect.stringMatching(/^clusters\[0\]\.excludedNamespaces is .*; it is too long/),
      ]);
    });

    it('are checked even if other settings are invalid', () => {
      const settings = { account: '1', namespaces: ['a'], excludedNamespaces: ['a'] };
      expect(problems(settings)).toHaveLength(2);
    });
  });

  it('rejects a key for the logs in another Region, even if other settings are invalid', () => {
    const logKmsKeyArn =
      'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
    const problems = (settings: object) => problemsIn({ clusters: [{ ...CLUSTER, ...settings }] });
    expect(problems({ logKmsKeyArn })).toEqual([]);
    expect(problems({ logKmsKeyArn, region: 'us-east-1' })).toEqual([]);
    expect(problems({ logKmsKeyArn, region: 'eu-west-1', account: '1' })).toEqual([
      expect.stringContaining('clusters[0].account'),
      `clusters[0].logKmsKeyArn is "${logKmsKeyArn}"; CloudWatch Logs uses only keys in its own Region, and region is eu-west-1; use a key in eu-west-1`,
    ]);
  });

  describe('recipients of alarms', () => {
    const alarmTopicArn = 'arn:aws:sns:us-east-1:123456789012:pager';
    const problems = (settings: object) => problemsIn({ clusters: [{ ...CLUSTER, ...settings }] });

    it('are either your own topic or an address that is subscribed to the topic of the stack', () => {
      expect(problems({ alarmTopicArn, alarmEmail: 'on-call@example.com' })).toEqual([
        'clusters[0].alarmEmail is "on-call@example.com"; it would be subscribed to the stack\'s topic, but alarmTopicArn replaces that topic; subscribe the address to your topic yourself and remove alarmEmail, or remove alarmTopicArn',
      ]);
    });

    it('include no topic of another Region', () => {
      expect(problems({ alarmTopicArn, region: 'us-east-1' })).toEqual([]);
      expect(problems({ alarmTopicArn })).toEqual([]);
      expect(problems({ alarmTopicArn, region: 'eu-west-1' })).toEqual([
        expect.stringMatching(
          /^clusters\[0\]\.alarmTopicArn is .*; CloudWatch .* region is eu-west-1/,
        ),
      ]);
    });

    it('are checked even if other settings are invalid', () => {
      const settings = { alarmTopicArn, alarmEmail: 'on-call@example.com', region: 'eu-west-1' };
      expect(problems({ ...settings, account: '1' })).toHaveLength(3);
    });
  });

  it('reports the index in a list', () => {
    const entry = { ...CLUSTER, assumableRoles: ['app-*', '*'], namespaces: ['a', 'B'] };
    expect(problemsIn({ clusters: [CLUSTER, { ...entry, clusterName: 'two' }] })).toEqual([
      expect.stringMatching(
        /^clusters\[1\]\.assumableRoles\[1\] of "two" is "\*"; it matches every role/,
      ),
      expect.stringMatching(/^clusters\[1\]\.namespaces\[1\] of "two" is "B"; it must be/),
    ]);
  });

  it('reports a subnet without an Availability Zone', () => {
    const vpc = {
      vpcId: 'vpc-01234567',
      availabilityZones: ['a'],
      subnetIds: ['subnet-01234567', 'subnet-89abcdef'],
      securityGroupIds: ['sg-01234567'],
    };
    expect(problemsIn({ clusters: [{ ...CLUSTER, vpc }] })).toEqual([
      expect.stringMatching(
        /^clusters\[0\]\.vpc is .* must contain the Availability Zone of each of subnetIds/,
      ),
    ]);
  });

  it.each([
    [
      { clusters: [{ ...CLUSTER, assumableRole: [] }] },
      'clusters[0].assumableRole is not a setting; did you mean "assumableRoles"?',
    ],
    [
      { clusters: [CLUSTER], logRetentionDay: 90 },
      'logRetentionDay is not a setting; did you mean "logRetentionDays"?',
    ],
    [{ clusters: [CLUSTER], cluster: 'x' }, 'cluster is not a setting; did you mean "clusters"?'],
  ])('suggests a setting with a similar name: %j', (context, problem) => {
    expect(problemsIn(context)).toEqual([problem]);
  });

  it('lists all settings if none has a similar name', () => {
    expect(problemsIn({ clusters: [{ ...CLUSTER, timeout: 5 }] })).toEqual([
      expect.stringMatching(
        /^clusters\[0\]\.timeout is not a setting; the settings are clusterName, account/,
      ),
    ]);
  });

  it('lists the keys of a nested object', () => {
    const reservedConcurrency = { refersh: 5 };
    expect(problemsIn({ clusters: [{ ...CLUSTER, reservedConcurrency }] })).toEqual([
      expect.stringMatching(
        /reservedConcurrency\.refersh is not a setting; .*reservedConcurrency must be .*refresh, sweep/,
      ),
    ]);
  });

  it.each([[undefined], [[]], ['production'], [{}]])(
    'requires a list of clusters, not %j',
    (clusters) => {
      expect(problemsIn({ clusters })).toEqual([
        expect.stringMatching(/^clusters is .*; it must be a list of at least one cluster/),
      ]);
    },
  );

  it('reports an invalid value of -c once, not for each cluster', () => {
    const clusters = [CLUSTER, { ...CLUSTER, clusterName: 'staging' }];
    expect(problemsIn({ clusters, refreshBeforeMinutes: '5' })).toEqual([
      expect.stringMatching(/^refreshBeforeMinutes is 5;/),
    ]);
  });

  it.each([
    [{}, {}],
    [{ region: 'eu-west-1' }, {}],
    [{ region: 'eu-west-1' }, { region: 'eu-west-1' }],
    [{ account: '111111111111' }, { region: 'eu-west-1' }],
    [{}, { clusterName: 'PRODUCTION' }],
    [{ clusterName: 'c'.repeat(40) }, { clusterName: 'C'.repeat(40) }],
  ])('rejects clusters that may be the same: %j and %j', (a, b) => {
    expect(
      problemsIn({
        clusters: [
          { ...CLUSTER, ...a },
          { ...CLUSTER, ...b },
        ],
      }),
    ).toEqual([
      expect.stringMatching(/^clusters\[1\]\.clusterName is .*; clusters\[0\] has the same name/),
    ]);
  });

  it.each([
    [{ region: 'eu-west-1' }, { region: 'us-east-1' }],
    [{ account: '111111111111' }, { account: '222222222222' }],
    [{}, { clusterName: 'staging' }],
  ])('accepts clusters that differ: %j and %j', (a, b) => {
    expect(
      problemsIn({
        clusters: [
          { ...CLUSTER, ...a },
          { ...CLUSTER, ...b },
        ],
      }),
    ).toEqual([]);
  });

  it('reports all problems at once', () => {
    const context = {
      clusters: [{ clusterName: '', regoin: 'x' }, 'production', { ...CLUSTER, account: '1' }],
      namespaceRestrictions: 'none',
    };
    expect(problemsIn(context)).toHaveLength(6);
    expect(() => readClusterSettings(context)).toThrow(
      /^Invalid settings in the CDK context .*, 6 problem\(s\):/,
    );
  });
});
