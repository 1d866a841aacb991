import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clusterSlug,
  functionNameOf,
  refresherRoleName,
  stackIdOf,
  stackNameOf,
} from '../../../infra/names.ts';

/** Valid names of EKS clusters. */
const clusterName = fc.stringMatching(/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/);
const LONGEST_REGION = 'us-isof-south-1';

describe('resource names', () => {
  it.each([
    ['production', 'kube-aws-iam-eu-central-1-production'],
    ['Team_A', 'kube-aws-iam-eu-central-1-team_a'],
    ['c'.repeat(34), `kube-aws-iam-eu-central-1-${'c'.repeat(34)}`],
    ['c'.repeat(35), `kube-aws-iam-eu-central-1-${'c'.repeat(25)}-449976f9`],
  ])('of cluster %s include the role %s', (name, role) => {
    expect(refresherRoleName('eu-central-1', name)).toBe(role);
  });

  it.each([
    ['production', 'KubeAwsIam-production'],
    ['a_b', 'KubeAwsIam-a-b-648fa9b3'],
    ['a-b', 'KubeAwsIam-a-b'],
  ])('of cluster %s include the stack %s', (name, stack) => {
    expect(stackNameOf(name)).toBe(stack);
  });

  it.each([
    [[{ region: 'eu-central-1' }, { clusterName: 'stage' }], 'KubeAwsIam-prod'],
    [[{ region: 'eu-central-1' }, { region: 'us-east-1' }], 'KubeAwsIam-prod-eu-central-1'],
    [[{ account: '1' }, { account: '2' }], 'KubeAwsIam-prod-1'],
    [
      [
        { account: '1', region: 'eu-central-1' },
        { account: '1', region: 'us-east-1' },
      ],
      'KubeAwsIam-prod-1-eu-central-1',
    ],
  ])('among clusters %j include the ID %s of a stack', (settings, id) => {
    const clusters = settings.map((one) => ({ clusterName: 'prod', ...one }));
    const ids = clusters.map((one) => stackIdOf(one, clusters));
    expect(ids[0]).toBe(id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('of stacks in the README are those of its example', () => {
    const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
    const [, example = ''] = /^ +(\{ "clusterName": .*\})$/m.exec(readme) ?? [];
    const cluster = JSON.parse(example);
    const elsewhere = { ...cluster, region: 'us-east-1' };
    expect(readme).toContain(`npx cdk destroy ${stackIdOf(cluster, [cluster])}\`.`);
    expect(readme).toContain(`such as \`${stackIdOf(cluster, [cluster, elsewhere])}\`.`);
  });

  it('are the same for clusters that differ only in case', () => {
    expect(clusterSlug('C'.repeat(35))).toBe(clusterSlug('c'.repeat(35)));
    fc.assert(
      fc.property(clusterName, (name) => {
        expect(clusterSlug(name.toUpperCase())).toBe(clusterSlug(name.toLowerCase()));
      }),
    );
  });

  it('are valid for every cluster in every region', () => {
    fc.assert(
      fc.property(clusterName, (name) => {
        expect(refresherRoleName(LONGEST_REGION, name)).toMatch(/^[\w+=,.@-]{1,64}$/);
        expect(functionNameOf(name, 'refresh')).toMatch(/^[a-zA-Z0-9-_]{1,64}$/);
        expect(stackNameOf(name)).toMatch(/^[A-Za-z][A-Za-z0-9-]{0,127}$/);
      }),
    );
  });

  it('are different for clusters that differ not only in case', () => {
    const pair = fc.tuple(clusterName, clusterName);
    fc.assert(
      fc.property(pair, ([a, b]) => {
        fc.pre(a.toLowerCase() !== b.toLowerCase());
        expect(clusterSlug(a)).not.toBe(clusterSlug(b));
        expect(stackNameOf(a)).not.toBe(stackNameOf(b));
      }),
    );
  });

  it('are different for long cluster names with the same prefix', () => {
    const prefix = 'c'.repeat(60);
    const suffix = fc.stringMatching(/^[a-z0-9-]{1,40}$/);
    fc.assert(
      fc.property(suffix, suffix, (a, b) => {
        fc.pre(a !== b);
        expect(clusterSlug(prefix + a)).not.toBe(clusterSlug(prefix + b));
      }),
    );
  });
});
