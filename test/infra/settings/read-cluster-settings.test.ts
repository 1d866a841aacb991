import { describe, expect, it } from 'vitest';
import { readClusterSettings, SettingsError } from '../../../infra/settings/read-cluster-settings.ts';

const CLUSTER = { clusterName: 'production', assumableRoles: ['app-*'] };

function mistakesIn(context: Readonly<Record<string, unknown>>): readonly string[] {
  try {
    readClusterSettings(context);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

describe('readClusterSettings', () => {
  it('fills in what is left out', () => {
    expect(readClusterSettings({ clusters: [CLUSTER] })).toEqual([
      {
        ...CLUSTER,
        namespaceRestrictions: 'required',
        allowedRolesFormat: 'glob',
        sessionName: 'namespace',
        sessionTags: false,
        refreshBeforeMinutes: 30,
        installChart: true,
        podInjection: false,
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
      assumableRoles: ['app-*', 'arn:aws-us-gov:iam::123456789012:role/pods/*'],
      baseRoleArn: 'arn:aws-us-gov:iam::123456789012:role/pods/',
      namespaceRestrictions: 'annotated',
      allowedRolesFormat: 'regexp',
      namespaces: ['team-a', 'team-b'],
      excludedNamespaces: ['team-c'],
      refreshBeforeMinutes: 20,
      sessionName: 'seed',
      sessionTags: true,
      externalId: 'a/b:c=d',
      assumeRole: 'arn:aws-us-gov:iam::123456789012:role/pods/all',
      vpc: {
        vpcId: 'vpc-0123456789abcdef0',
        availabilityZones: ['us-gov-west-1a'],
        subnetIds: ['subnet-0123456789abcdef0'],
        securityGroupIds: ['sg-01234567'],
      },
      installChart: false,
      podInjection: true,
      forwarderCredentials: {
        source: 'irsa',
        roleArn: 'arn:aws-us-gov:iam::123456789012:role/forwarder',
      },
      reservedConcurrency: { refresh: 5, sweep: 1 },
      logRetentionDays: 365,
      logLevel: 'DEBUG',
      alarmTopicArn: 'arn:aws-us-gov:sns:us-gov-west-1:123456789012:pager',
      runbookUrl: 'https://wiki.example.com/x?page=kube-aws-iam%20runbook',
    };
    expect(readClusterSettings({ clusters: [full] })).toEqual([full]);
    const { alarmTopicArn: _, ...own } = { ...full, alarmEmail: 'on-call+aws@example.com' };
    expect(readClusterSettings({ clusters: [own] })).toEqual([own]);
  });

  it('reads the list as the JSON text of -c', () => {
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
    ['reservedConcurrency', '{"refresh": 2}', { refresh: 2 }],
    ['logLevel', 'DEBUG', 'DEBUG'],
  ])('takes -c %s=%s for the cluster', (name, text, value) => {
    const entry = { ...CLUSTER, region: 'us-east-1' };
    expect(readClusterSettings({ clusters: [entry], [name]: text })[0]).toHaveProperty(name, value);
  });

  it('takes a setting of -c for every cluster', () => {
    const other = { ...CLUSTER, clusterName: 'staging', logRetentionDays: 7 };
    const configs = readClusterSettings({ clusters: [CLUSTER, other], logRetentionDays: 90 });
    expect(configs.map(({ logRetentionDays }) => logRetentionDays)).toEqual([90, 90]);
  });

  it("leaves CDK's own context alone", () => {
    const context = {
      '@aws-cdk/core:checkSecretUsage': true,
      'aws:cdk:enable-path-metadata': true,
      'cli-telemetry': false,
      'availability-zones:account=1:region=x': ['x'],
    };
    expect(mistakesIn({ clusters: [CLUSTER], ...context })).toEqual([]);
  });

  it.each([
    ['clusterName', 'a b', /it must be the name of an EKS cluster/],
    ['clusterName', undefined, /is missing; it must be the name of an EKS cluster/],
    ['clusterName', 'c'.repeat(101), /1 to 100 letters/],
    ['account', 123456789012, /is 123456789012; it must be an AWS account as a string of 12/],
    ['account', '1234', /12 digits/],
    ['region', 'Frankfurt', /an AWS region such as "eu-central-1"/],
    ['assumableRoles', undefined, /is missing; it must be a list of at least one role pattern/],
    ['assumableRoles', [], /is \[\]; it must be a list of at least one role pattern/],
    ['assumableRoles', 'app-*', /is "app-\*"; it must be a list/],
    ['assumableRoles', Array(60).fill('a'.repeat(40)), /too long.*4 KB/],
    ['baseRoleArn', 'arn:aws:iam::123456789012:role', /the ARN of a role up to its name/],
    ['baseRoleArn', 'arn:aws:iam::123456789012:role/pods', /role\/"/],
    ['namespaceRestrictions', 'none', /one of "required", "annotated", "off"/],
    ['allowedRolesFormat', 'regex', /one of "glob", "regexp"/],
    ['excludedNamespaces', ['Team'], /it must be a list of names of namespaces/],
    ['excludedNamespaces', Array(20).fill('n'.repeat(60)), /too long.*4 KB/],
    ['namespaces', [], /leave it out to look at all/],
    ['namespaces', Array(20).fill('n'.repeat(60)), /too long.*leave namespaces out/],
    ['refreshBeforeMinutes', 5, /is 5; it must be a whole number of minutes from 20 to 50/],
    ['refreshBeforeMinutes', 30.5, /whole number/],
    ['refreshBeforeMinutes', '30', /is "30"; it must be a whole number/],
    ['sessionName', 'kiam', /one of "namespace", "seed", "zalando"/],
    ['sessionTags', 'yes', /is "yes"; it must be true or false/],
    ['externalId', 'x', /is "x"; it must be a text of 2 to 1224 characters/],
    ['externalId', 'a b', /a letter, a digit or one of/],
    ['externalId', 'x'.repeat(1_225), /2 to 1224/],
    ['assumeRole', 'pod-roles', /it must be the ARN of a role, such as/],
    ['assumeRole', 'arn:aws:iam::123456789012:role/pod-*', /the ARN of a role/],
    ['assumeRole', 'arn:aws:iam::123456789012:role/cdk-x', /none of CDK's/],
    ['vpc', {}, /is missing; it must be an object with vpcId/],
    ['reservedConcurrency', { refresh: 0 }, /\.refresh is 0; it must be .* from 1 to 1000/],
    ['logRetentionDays', 31, /is 31; .*30, 60/],
    ['logRetentionDays', 9999, /CloudWatch/],
    ['logLevel', 'WARN', /one of "INFO", "DEBUG"; a higher one would drop the metrics/],
    ['alarmTopicArn', 'pager', /the ARN of a standard SNS topic/],
    ['alarmTopicArn', 'arn:aws:sns:us-east-1:123456789012:pager.fifo', /standard/],
    ['alarmEmail', 'on call', /an e-mail address/],
    ['runbookUrl', 'https://wiki.example.com/runbook#top', /without "#"/],
    ['runbookUrl', 'https://wiki.example.com/a](b)', /the address of the runbook/],
    ['runbookUrl', `https://${'w'.repeat(256)}`, /at most 256/],
  ])('says what is wrong with %s %j', (name, value, expected) => {
    const mistakes = mistakesIn({ clusters: [{ ...CLUSTER, [name]: value }] });
    expect(mistakes.length).toBeGreaterThan(0);
    for (const mistake of mistakes) expect(mistake).toMatch(`clusters[0].${name}`);
    expect(mistakes.join('\n')).toMatch(expected);
  });

  describe('the room for roles', () => {
    const baseRoleArn = `arn:aws:iam::123456789012:role/${'p'.repeat(400)}/`;
    const names = (count: number) => [...Array(count).keys()].map((i) => `app-${i}`);
    const tooLong =
      /assumableRoles is .*; it is too long: baseRoleArn, externalId, assumeRole .*4 KB.*shorter path/;

    it('counts the path of baseRoleArn with each name', () => {
      expect(mistakesIn({ clusters: [{ ...CLUSTER, assumableRoles: names(20) }] })).toEqual([]);
      expect(
        mistakesIn({ clusters: [{ ...CLUSTER, assumableRoles: names(20), baseRoleArn }] }),
      ).toEqual([expect.stringMatching(tooLong)]);
    });

    it('counts the external id, and assumeRole, which is denied to pods besides', () => {
      const crowded = { ...CLUSTER, assumableRoles: names(15) };
      const externalId = 'x'.repeat(1_100);
      const assumeRole = `${baseRoleArn}r`;
      for (const long of [{ externalId }, { assumeRole }]) {
        expect(mistakesIn({ clusters: [{ ...crowded, ...long }] })).toEqual([]);
      }
      expect(mistakesIn({ clusters: [{ ...crowded, externalId, assumeRole }] })).toEqual([
        expect.stringMatching(tooLong),
      ]);
    });

    it('counts baseRoleArn itself', () => {
      const arns = [...Array(4).keys()].map((i) => `${baseRoleArn}app-${i}`);
      expect(mistakesIn({ clusters: [{ ...CLUSTER, assumableRoles: arns }] })).toEqual([]);
      expect(mistakesIn({ clusters: [{ ...CLUSTER, assumableRoles: arns, baseRoleArn }] })).toEqual(
        [expect.stringMatching(tooLong)],
      );
    });

    it('is measured whatever else is wrong, but for the two settings themselves', () => {
      const crowded = { ...CLUSTER, assumableRoles: names(20), baseRoleArn };
      expect(mistakesIn({ clusters: [{ ...crowded, account: '1', vcp: {} }] })).toHaveLength(3);
      expect(mistakesIn({ clusters: [{ ...crowded, baseRoleArn: `${baseRoleArn}x` }] })).toEqual([
        expect.stringMatching(/baseRoleArn is .*; it must be the ARN of a role up to its name/),
      ]);
    });
  });

  describe('the namespaces that are excluded', () => {
    const forwarderCredentials = {
      source: 'podIdentity',
      roleArn: 'arn:aws:iam::123456789012:role/forwarder',
    };
    const mistakes = (settings: object) => mistakesIn({ clusters: [{ ...CLUSTER, ...settings }] });

    it('may stand beside those that are looked at', () => {
      const settings = { namespaces: ['a'], excludedNamespaces: ['b', 'kube-system'] };
      expect(mistakes(settings)).toEqual([]);
    });

    it('are none of those that are looked at', () => {
      const settings = { namespaces: ['a', 'b'], excludedNamespaces: ['c', 'b'] };
      expect(mistakes(settings)).toEqual([
        'clusters[0].excludedNamespaces[1] is "b"; it is one of namespaces as well; take it out of one of the two',
      ]);
    });

    it("are not the product's own while the forwarder has its credentials from the refresher", () => {
      const excludedNamespaces = ['kube-aws-iam'];
      expect(mistakes({ excludedNamespaces })).toEqual([
        expect.stringMatching(
          /^clusters\[0\]\.excludedNamespaces\[0\] is "kube-aws-iam"; it has to be looked at.*set forwarderCredentials/,
        ),
      ]);
      expect(mistakes({ excludedNamespaces, forwarderCredentials })).toEqual([]);
    });

    it('share the room with those that are looked at', () => {
      const names = (letter: string) => [...Array(8).keys()].map((i) => letter.repeat(50) + i);
      const [namespaces, excludedNamespaces] = [names('n'), names('x')];
      expect(mistakes({ namespaces })).toEqual([]);
      expect(mistakes({ excludedNamespaces })).toEqual([]);
      expect(mistakes({ namespaces, excludedNamespaces })).toEqual([
        expect.stringMatching(/^clusters\[0\]\.excludedNamespaces is .*; it is too long/),
      ]);
    });

    it('are looked into whatever else is wrong', () => {
      const settings = { account: '1', namespaces: ['a'], excludedNamespaces: ['a'] };
      expect(mistakes(settings)).toHaveLength(2);
    });
  });

  describe('whom alarms reach', () => {
    const alarmTopicArn = 'arn:aws:sns:us-east-1:123456789012:pager';
    const mistakes = (settings: object) => mistakesIn({ clusters: [{ ...CLUSTER, ...settings }] });

    it('is a topic of your own, or an address at the one that is made', () => {
      expect(mistakes({ alarmTopicArn, alarmEmail: 'on-call@example.com' })).toEqual([
        'clusters[0].alarmEmail is "on-call@example.com"; it is subscribed to the topic that the stack makes, and alarmTopicArn names another one; subscribe it there yourself, and take one of the two out',
      ]);
    });

    it('is a topic of the same region', () => {
      expect(mistakes({ alarmTopicArn, region: 'us-east-1' })).toEqual([]);
      expect(mistakes({ alarmTopicArn })).toEqual([]);
      expect(mistakes({ alarmTopicArn, region: 'eu-west-1' })).toEqual([
        expect.stringMatching(
          /^clusters\[0\]\.alarmTopicArn is .*; CloudWatch .* region is eu-west-1/,
        ),
      ]);
    });

    it('is looked into whatever else is wrong', () => {
      const settings = { alarmTopicArn, alarmEmail: 'on-call@example.com', region: 'eu-west-1' };
      expect(mistakes({ ...settings, account: '1' })).toHaveLength(3);
    });
  });

  it('points at the place in a list', () => {
    const entry = { ...CLUSTER, assumableRoles: ['app-*', '*'], namespaces: ['a', 'B'] };
    expect(mistakesIn({ clusters: [CLUSTER, { ...entry, clusterName: 'two' }] })).toEqual([
      expect.stringMatching(/^clusters\[1\]\.assumableRoles\[1\] is "\*"; it means every role/),
      expect.stringMatching(/^clusters\[1\]\.namespaces\[1\] is "B"; it must be/),
    ]);
  });

  it('says that a subnet has no zone', () => {
    const vpc = {
      vpcId: 'vpc-01234567',
      availabilityZones: ['a'],
      subnetIds: ['subnet-01234567', 'subnet-89abcdef'],
      securityGroupIds: ['sg-01234567'],
    };
    expect(mistakesIn({ clusters: [{ ...CLUSTER, vpc }] })).toEqual([
      expect.stringMatching(/^clusters\[0\]\.vpc is .* must name the zone of each of subnetIds/),
    ]);
  });

  it.each([
    [
      { clusters: [{ ...CLUSTER, assumableRole: [] }] },
      'clusters[0].assumableRole is []; there is no setting "assumableRole"; did you mean "assumableRoles"?',
    ],
    [
      { clusters: [CLUSTER], logRetentionDay: 90 },
      'logRetentionDay is 90; there is no setting "logRetentionDay"; did you mean "logRetentionDays"?',
    ],
    [
      { clusters: [CLUSTER], cluster: 'x' },
      'cluster is "x"; there is no setting "cluster"; did you mean "clusters"?',
    ],
  ])('suggests the setting that was meant: %j', (context, mistake) => {
    expect(mistakesIn(context)).toEqual([mistake]);
  });

  it('names all settings where none is near', () => {
    expect(mistakesIn({ clusters: [{ ...CLUSTER, timeout: 5 }] })).toEqual([
      expect.stringMatching(/no setting "timeout"; the settings are clusterName, account/),
    ]);
  });

  it('says which keys an inner object has', () => {
    const reservedConcurrency = { refersh: 5 };
    expect(mistakesIn({ clusters: [{ ...CLUSTER, reservedConcurrency }] })).toEqual([
      expect.stringMatching(
        /reservedConcurrency\.refersh is 5; .* has no "refersh": it must be .*refresh, sweep/,
      ),
    ]);
  });

  it.each([[undefined], [[]], ['production'], [{}]])('wants clusters, not %j', (clusters) => {
    expect(mistakesIn({ clusters })).toEqual([
      expect.stringMatching(/^clusters is .*; it must be a list of at least one cluster/),
    ]);
  });

  it('names a mistake of -c once, and not as one of the list', () => {
    const clusters = [CLUSTER, { ...CLUSTER, clusterName: 'staging' }];
    expect(mistakesIn({ clusters, refreshBeforeMinutes: '5' })).toEqual([
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
  ])('refuses two clusters that may be one: %j and %j', (a, b) => {
    expect(
      mistakesIn({
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
  ])('takes two clusters that are not one: %j and %j', (a, b) => {
    expect(
      mistakesIn({
        clusters: [
          { ...CLUSTER, ...a },
          { ...CLUSTER, ...b },
        ],
      }),
    ).toEqual([]);
  });

  it('reports every mistake at once', () => {
    const context = {
      clusters: [{ clusterName: '', regoin: 'x' }, 'production', { ...CLUSTER, account: '1' }],
      namespaceRestrictions: 'none',
    };
    expect(mistakesIn(context)).toHaveLength(6);
    expect(() => readClusterSettings(context)).toThrow(/^6 mistake\(s\) in the settings/);
  });
});
