import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  AmbiguousClusterError,
  readAllClusters,
  readCdkJson,
} from '../../../../bin/cluster/cdk-json.ts';
import type { ClusterOptions } from '../../../../bin/options/cluster-options.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const here = process.cwd();
beforeEach(() => process.chdir(temporaryFolder()));
afterEach(() => process.chdir(here));

describe('the settings in cdk.json', () => {
  it.each([
    ['{"context": null}', /clusters is .*must be a list/],
    ['{}', /clusters is .*must be a list/],
    ['null', /^cdk\.json must be a JSON object, and so must its "context"$/],
    ['{"context": []}', /^cdk\.json must be a JSON object, and so must its "context"$/],
    ['{', /^cdk\.json is not valid JSON: /],
  ])('cannot be read from %s', (text, message) => {
    writeFileSync('cdk.json', text);
    expect(() => readCdkJson({})).toThrow(message);
  });
});

describe('all clusters of cdk.json', () => {
  const clusters = [
    { clusterName: 'a', region: 'eu-central-1' },
    { clusterName: 'b', region: 'us-east-1' },
    { clusterName: 'c', region: 'us-east-1', account: '222222222222' },
  ];
  const write = (defaults: object) =>
    writeFileSync(
      'cdk.json',
      JSON.stringify({
        context: { defaults: { account: '111111111111', ...defaults }, clusters },
      }),
    );

  it.each<[ClusterOptions, readonly string[]]>([
    [{}, ['a', 'b', 'c']],
    [{ region: 'us-east-1' }, ['b', 'c']],
    [{ account: '111111111111' }, ['a', 'b']],
    [{ account: '111111111111', region: 'us-east-1' }, ['b']],
  ])('are limited by %j, with the defaults applied', (options, names) => {
    write({ assumableRoles: ['app-*'] });
    const selected = readAllClusters(options);
    expect(selected.map(({ clusterName }) => clusterName)).toEqual(names);
    for (const { assumableRoles } of selected) expect(assumableRoles).toEqual(['app-*']);
  });

  it('are an error if there is none', () => {
    write({ assumableRoles: ['app-*'] });
    expect(() => readAllClusters({ region: 'eu-west-1' })).toThrow(
      'cdk.json has no cluster with --region eu-west-1',
    );
  });

  it('are read again when the file has changed', () => {
    write({ assumableRoles: ['app-*'] });
    expect(readAllClusters({})[0]?.assumableRoles).toEqual(['app-*']);
    write({ assumableRoles: ['batch-*'] });
    expect(readAllClusters({})[0]?.assumableRoles).toEqual(['batch-*']);
    write({});
    expect(() => readAllClusters({})).toThrow(/assumableRoles of "a" is missing/);
  });
});

describe('the cluster in cdk.json', () => {
  const EU = { clusterName: 'prod', region: 'eu-central-1', account: '111111111111' };
  const US = { clusterName: 'prod', region: 'us-east-1', account: '111111111111' };
  const OTHER = { clusterName: 'prod', region: 'us-east-1', account: '222222222222' };
  const STAGE = { clusterName: 'stage' };
  const write = (...clusters: readonly object[]) =>
    writeFileSync(
      'cdk.json',
      JSON.stringify({
        context: { clusters: clusters.map((one) => ({ ...one, assumableRoles: ['app-*'] })) },
      }),
    );
  const ALL = [
    '"--cluster prod --region eu-central-1"',
    '"--cluster prod --region us-east-1 --account 111111111111"',
    '"--cluster prod --account 222222222222"',
    '"--cluster stage"',
  ].join(', ');

  it.each<[ClusterOptions, object]>([
    [{ cluster: 'stage' }, STAGE],
    [{ cluster: 'stage', region: 'ap-south-1', account: '333333333333' }, STAGE],
    [{ cluster: 'prod', region: 'eu-central-1' }, EU],
    [{ cluster: 'prod', account: '222222222222' }, OTHER],
    [{ cluster: 'prod', region: 'us-east-1', account: '111111111111' }, US],
  ])('is selected by %j', (options, expected) => {
    write(EU, US, OTHER, STAGE);
    expect(readCdkJson(options)).toMatchObject(expected);
  });

  it.each<ClusterOptions>([
    {},
    { region: 'eu-central-1' },
    { account: '222222222222' },
    { cluster: 'prod' },
    { cluster: 'prod', region: 'us-east-1' },
    { cluster: 'prod', account: '111111111111' },
  ])('is ambiguous with %j; the error lists the options that select each', (options) => {
    write(EU, US, OTHER, STAGE);
    expect(() => readCdkJson(options)).toThrow(AmbiguousClusterError);
    expect(() => readCdkJson(options)).toThrow(
      `cdk.json has several clusters: choose one with ${ALL}`,
    );
  });

  it('can be selected with each of the listed options', () => {
    const clusters = [EU, US, OTHER, STAGE];
    write(...clusters);
    const selected = ALL.split(', ').map((line) =>
      readCdkJson(
        Object.fromEntries(
          [...line.matchAll(/--(\w+) ([\w-]+)/g)].map(([, name, value]) => [name, value]),
        ),
      ),
    );
    expect(selected).toMatchObject(clusters);
  });

  it.each<[ClusterOptions, string]>([
    [{ cluster: 'dev' }, `cdk.json has no cluster "dev"; it has ${ALL}`],
    [
      { cluster: 'prod', region: 'us-west-2' },
      `cdk.json has no cluster with --cluster prod --region us-west-2; it has ${ALL}`,
    ],
    [
      { cluster: 'prod', region: 'eu-central-1', account: '222222222222' },
      'cdk.json has no cluster with --cluster prod --region eu-central-1 --account 222222222222; it has',
    ],
  ])('does not exist with %j', (options, message) => {
    write(EU, US, OTHER, STAGE);
    expect(() => readCdkJson(options)).toThrow(message);
    expect(() => readCdkJson(options)).not.toThrow(AmbiguousClusterError);
  });

  it('with a setting that others leave out', () => {
    write({ clusterName: 'prod', account: '111111111111' }, OTHER);
    expect(() => readCdkJson({ cluster: 'prod', region: 'us-east-1' })).toThrow(
      '"--cluster prod --account 111111111111", "--cluster prod --account 222222222222"',
    );
    expect(readCdkJson({ region: 'eu-west-1' })).toMatchObject({ account: '111111111111' });
  });

  it('is the only one, whatever its region is', () => {
    write(EU);
    expect(readCdkJson({})).toMatchObject(EU);
    // resolveRegion reports the contradiction.
    expect(readCdkJson({ region: 'us-east-1' })).toMatchObject(EU);
  });

  it('has the ID of its stack in the CDK CLI', () => {
    write(EU, US, OTHER, STAGE);
    expect(readCdkJson({ cluster: 'stage' }).stackId).toBe('KubeAwsIam-stage');
    expect(readCdkJson({ cluster: 'prod', region: 'eu-central-1' }).stackId).toBe(
      'KubeAwsIam-prod-111111111111-eu-central-1',
    );
  });
});
