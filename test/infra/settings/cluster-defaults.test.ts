import { describe, expect, it } from 'vitest';
import {
  readClusterSettings,
  SettingsError,
} from '../../../infra/settings/read-cluster-settings.ts';

const CLUSTER = { clusterName: 'one', assumableRoles: ['app-*'] };
const NAMES = ['one', 'two', 'three'];
const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:pager';

function errorOf(context: Readonly<Record<string, unknown>>): SettingsError | undefined {
  try {
    readClusterSettings(context);
    return undefined;
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
}

const problemsIn = (context: Readonly<Record<string, unknown>>) => errorOf(context)?.problems ?? [];

describe('defaults', () => {
  it.each([
    ['the product', {}, {}, {}, 30],
    ['defaults', { logRetentionDays: 90 }, {}, {}, 90],
    ['the entry', { logRetentionDays: 90 }, { logRetentionDays: 14 }, {}, 14],
    [
      'a setting next to clusters',
      { logRetentionDays: 90 },
      { logRetentionDays: 14 },
      { logRetentionDays: '7' },
      7,
    ],
    ['a setting next to clusters', { logRetentionDays: 90 }, {}, { logRetentionDays: 7 }, 7],
    ['the product', { logRetentionDays: 90 }, { logRetentionDays: null }, {}, 30],
  ])(
    'come after the entry: the value of %s applies to %j, %j, %j',
    (_, defaults, entry, next, days) => {
      const [settings] = readClusterSettings({
        defaults,
        clusters: [{ ...CLUSTER, ...entry }],
        ...next,
      });
      expect(settings?.logRetentionDays).toBe(days);
    },
  );

  it('can be text, as -c passes them', () => {
    const defaults = JSON.stringify({ assumableRoles: ['app-*'], account: '123456789012' });
    expect(readClusterSettings({ defaults, clusters: [{ clusterName: 'one' }] })).toEqual([
      expect.objectContaining({ assumableRoles: ['app-*'], account: '123456789012' }),
    ]);
  });

  it('are replaced setting by setting, not merged into a setting', () => {
    const defaults = { reservedConcurrency: { refresh: 3, sweep: 2 } };
    const [settings] = readClusterSettings({
      defaults,
      clusters: [{ ...CLUSTER, reservedConcurrency: { refresh: 4 } }],
    });
    expect(settings?.reservedConcurrency).toEqual({ refresh: 4, events: 5 });
  });

  it.each([
    [{ logRetentionDays: 4 }, /^defaults\.logRetentionDays is 4; it must be a retention period/],
    [{ logLevel: null }, /^defaults\.logLevel is null; it must be one of "INFO"/],
    [
      { assumableRoles: ['app-*', '*'] },
      /^defaults\.assumableRoles\[1\] is "\*"; it matches every/,
    ],
    [{ assumableRoles: [] }, /^defaults\.assumableRoles is \[\]; it must be a list/],
    [
      { reservedConcurrency: { refersh: 5 } },
      /^defaults\.reservedConcurrency\.refersh is not a setting; defaults\.reservedConcurrency must be/,
    ],
    [
      { logRetentionDay: 90 },
      /^defaults\.logRetentionDay is not a setting; did you mean "logRetentionDays"\?$/,
    ],
    [{ clusterName: 'x' }, /^defaults\.clusterName names one cluster; move it to an entry/],
    [{ clustername: 'x' }, /^defaults\.clustername is not a setting; the settings are account, /],
    [{ nagPacks: [] }, /^defaults\.nagPacks applies to all clusters; move it next to clusters$/],
    [{ clusters: [] }, /^defaults\.clusters is not a setting/],
    [
      { namespaces: ['a'], excludedNamespaces: ['a'] },
      /^defaults\.excludedNamespaces\[0\] is "a"; namespaces contains it/,
    ],
    [['logLevel'], /^defaults is \["logLevel"\]; it must be an object with settings of clusters/],
    ['{"logLevel"', /^defaults is "\{\\"logLevel\\""; it must be an object/],
    [null, /^defaults is null; it must be an object/],
  ])('report %j once, whatever the number of clusters', (defaults, problem) => {
    const entries = NAMES.map((clusterName) => ({ ...CLUSTER, clusterName }));
    const clusters = Object.hasOwn(Object(defaults), 'assumableRoles')
      ? NAMES.map((clusterName) => ({ clusterName }))
      : entries;
    expect(problemsIn({ defaults, clusters })).toEqual([expect.stringMatching(problem)]);
  });

  it('report an invalid value that no cluster uses', () => {
    const clusters = [{ ...CLUSTER, logRetentionDays: 30 }];
    expect(problemsIn({ defaults: { logRetentionDays: 4 }, clusters })).toEqual([
      expect.stringMatching(/^defaults\.logRetentionDays is 4;/),
    ]);
  });

  it('report a combination with an entry once for each different cause', () => {
    const regions = ['eu-central-1', 'eu-west-1', 'eu-west-1', 'us-east-1'];
    const clusters = regions.map((region, i) => ({ ...CLUSTER, clusterName: `c${i}`, region }));
    expect(problemsIn({ defaults: { alarmTopicArn: TOPIC }, clusters })).toEqual([
      expect.stringMatching(/^defaults\.alarmTopicArn is .* region is eu-west-1; use a topic/),
      expect.stringMatching(/^defaults\.alarmTopicArn is .* region is us-east-1; use a topic/),
    ]);
  });

  it('can be left out by an entry that contradicts them', () => {
    const defaults = { alarmEmail: 'on-call@example.com' };
    const entry = { ...CLUSTER, alarmTopicArn: TOPIC };
    expect(problemsIn({ defaults, clusters: [entry] })).toHaveLength(1);
    expect(problemsIn({ defaults, clusters: [{ ...entry, alarmEmail: null }] })).toEqual([]);
    expect(problemsIn({ clusters: [{ ...entry, alarmEmail: null }] })).toEqual([
      expect.stringMatching(/^clusters\[0\]\.alarmEmail is null;/),
    ]);
  });

  it('suggest defaults for a similar key', () => {
    expect(problemsIn({ default: {}, clusters: [CLUSTER] })).toEqual([
      'default is not a setting; did you mean "defaults"?',
    ]);
  });

  it('can set account and Region, which decide whether clusters are the same', () => {
    const defaults = { account: '123456789012', region: 'eu-central-1' };
    const twice = [CLUSTER, CLUSTER];
    expect(problemsIn({ defaults, clusters: twice })).toHaveLength(1);
    const other = { ...CLUSTER, region: 'eu-west-1' };
    expect(problemsIn({ defaults, clusters: [CLUSTER, other] })).toEqual([]);
  });
});

describe('problems of many clusters', () => {
  const clusters = Array.from({ length: 200 }, (_, i) => ({
    ...CLUSTER,
    clusterName: `prod-eu-${i}`,
    ...(i >= 17 ? { logRetentionDays: 4, vpc: { vpcid: 'x' } } : {}),
  }));

  it('name the cluster', () => {
    const [days, ...others] = problemsIn({ clusters });
    expect(days).toMatch(/^clusters\[17\]\.vpc.* of "prod-eu-17" is /);
    expect(others).toContainEqual(
      expect.stringMatching(/^clusters\[199\]\.logRetentionDays of "prod-eu-199" is 4; it must be/),
    );
  });

  it('are listed up to the twentieth, with the number of all', () => {
    const error = errorOf({ clusters });
    const count = error?.problems.length ?? 0;
    expect(count).toBeGreaterThan(300);
    const lines = error?.message.split('\n') ?? [];
    expect(lines[0]).toMatch(new RegExp(`, ${count} problem\\(s\\):$`));
    expect(lines).toHaveLength(22);
    expect(lines.at(-1)).toBe(`  and ${count - 20} more; fix these first`);
  });

  it('that are twenty are all listed', () => {
    const invalid = clusters.slice(0, 20).map((one) => ({ ...one, logRetentionDays: 4 }));
    const lines = errorOf({ clusters: invalid.map(({ vpc, ...one }) => one) })?.message.split('\n');
    expect(lines).toHaveLength(21);
  });
});
