import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clusterSlug,
  functionNameOf,
  refresherRoleName,
  stackNameOf,
} from '../../../infra/names.ts';

/** Names that EKS takes. */
const clusterName = fc.stringMatching(/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/);
const LONGEST_REGION = 'us-isof-south-1';

describe('names', () => {
  it.each([
    ['production', 'kube-aws-iam-eu-central-1-production'],
    ['Team_A', 'kube-aws-iam-eu-central-1-team_a'],
    ['c'.repeat(34), `kube-aws-iam-eu-central-1-${'c'.repeat(34)}`],
    ['c'.repeat(35), `kube-aws-iam-eu-central-1-${'c'.repeat(25)}-449976f9`],
  ])('call the role of %s %s', (name, role) => {
    expect(refresherRoleName('eu-central-1', name)).toBe(role);
  });

  it.each([
    ['production', 'KubeAwsIam-production'],
    ['a_b', 'KubeAwsIam-a-b-648fa9b3'],
    ['a-b', 'KubeAwsIam-a-b'],
  ])('call the stack of %s %s', (name, stack) => {
    expect(stackNameOf(name)).toBe(stack);
  });

  it('of resources are the same for clusters that differ in case only', () => {
    expect(clusterSlug('C'.repeat(35))).toBe(clusterSlug('c'.repeat(35)));
    fc.assert(
      fc.property(clusterName, (name) => {
        expect(clusterSlug(name.toUpperCase())).toBe(clusterSlug(name.toLowerCase()));
      }),
    );
  });

  it('are legal for every cluster in every region', () => {
    fc.assert(
      fc.property(clusterName, (name) => {
        expect(refresherRoleName(LONGEST_REGION, name)).toMatch(/^[\w+=,.@-]{1,64}$/);
        expect(functionNameOf(name, 'refresh')).toMatch(/^[a-zA-Z0-9-_]{1,64}$/);
        expect(stackNameOf(name)).toMatch(/^[A-Za-z][A-Za-z0-9-]{0,127}$/);
      }),
    );
  });

  it('are different for different clusters, case aside', () => {
    const pair = fc.tuple(clusterName, clusterName);
    fc.assert(
      fc.property(pair, ([a, b]) => {
        fc.pre(a.toLowerCase() !== b.toLowerCase());
        expect(clusterSlug(a)).not.toBe(clusterSlug(b));
        expect(stackNameOf(a)).not.toBe(stackNameOf(b));
      }),
    );
  });

  it('are different for long clusters with the same beginning', () => {
    const beginning = 'c'.repeat(60);
    const ending = fc.stringMatching(/^[a-z0-9-]{1,40}$/);
    fc.assert(
      fc.property(ending, ending, (a, b) => {
        fc.pre(a !== b);
        expect(clusterSlug(beginning + a)).not.toBe(clusterSlug(beginning + b));
      }),
    );
  });
});
