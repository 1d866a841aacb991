import { beforeEach, describe, expect, it } from 'vitest';
import { type LookUpSecret, lookUpUnmanaged } from '../../../lambda/look-up-secrets.ts';
import type { ManagedSecret } from '../../../lambda/observe/managed-secrets.ts';
import type { ClusterView } from '../../../lambda/observe/observe-cluster.ts';
import {
  anAwsIamRole,
  aPod,
  aSecret,
  aView,
  listing,
  minutes,
  NOW,
} from '../../support/builders/builders.ts';

const FOREVER = new AbortController().signal;

/** The Secrets that exist, by `<namespace>/<name>`. */
let existing: Map<string, ManagedSecret>;
/** What was looked up. */
let lookups: string[];
let now: Date;

beforeEach(() => {
  existing = new Map();
  lookups = [];
  now = NOW;
});

const lookUpSecret: LookUpSecret = async ({ namespace, name }) => {
  lookups.push(`${namespace}/${name}`);
  const found = existing.get(`${namespace}/${name}`);
  return listing(found === undefined ? [] : [found]);
};

const lookUp = (
  view: ClusterView,
  overrides: Partial<Parameters<typeof lookUpUnmanaged>[0]> = {},
) => lookUpUnmanaged({ lookUpSecret, now: () => now, ...overrides }, view, FOREVER);

describe('lookUpUnmanaged', () => {
  it('looks up requested Secrets that are not managed, for pods and AWSIAMRoles', async () => {
    const foreign = aSecret('aws-iam-own', { labels: {} });
    existing.set('shop/aws-iam-own', foreign);
    const view = aView({
      pods: [aPod('web', ['aws-iam-own', 'aws-iam-new', 'aws-iam-managed'])],
      secrets: [aSecret('aws-iam-managed')],
      awsIamRoles: [anAwsIamRole('billing')],
    });
    const { secrets, notLookedUp } = await lookUp(view);
    expect(lookups).toEqual(['shop/aws-iam-own', 'shop/aws-iam-new', 'shop/billing']);
    expect(secrets.items.map(({ name }) => name)).toEqual(['aws-iam-managed', 'aws-iam-own']);
    expect([...(notLookedUp ?? [])]).toEqual([]);
  });

  it.each<[string, ClusterView, readonly string[]]>([
    [
      'that a gated pod requests',
      aView({ pods: [{ ...aPod('web', ['aws-iam-a']), isGated: true }] }),
      [],
    ],
    [
      'that a pending pod uses as environment variables',
      aView({ pods: [{ ...aPod('web', []), environmentNames: ['aws-iam-a'] }] }),
      ['shop/aws-iam-a'],
    ],
    [
      'that a running pod uses as environment variables',
      aView({
        pods: [{ ...aPod('web', []), environmentNames: ['aws-iam-a'], provenNames: ['aws-iam-a'] }],
      }),
      [],
    ],
    [
      'of an AWSIAMRole that is being deleted',
      aView({
        awsIamRoles: [anAwsIamRole('billing', { deletion: { since: NOW, finalizers: [] } })],
      }),
      [],
    ],
    [
      'of a namespace whose list is incomplete',
      {
        ...aView({ pods: [aPod('web', ['aws-iam-a']), aPod('web', ['aws-iam-b'], 'bank')] }),
        secrets: { ...listing([], new Error('403')), incompleteIn: new Set(['shop']) },
      },
      ['bank/aws-iam-b'],
    ],
  ])('of a Secret %s', async (_, view, expected) => {
    await lookUp(view);
    expect(lookups).toEqual(expected);
  });

  it('looks up 500 Secrets of a namespace at most, and names the others', async () => {
    const names = Array.from({ length: 600 }, (_, i) => `aws-iam-r${i}`);
    const pods = names.map((name, i) => aPod(`web-${i}`, [name]));
    const view = aView({ pods: [...pods, aPod('web', ['aws-iam-a'], 'bank')] });
    const { notLookedUp } = await lookUp(view);
    expect(lookups).toHaveLength(501);
    // Namespaces take turns.
    expect(lookups.indexOf('bank/aws-iam-a')).toBe(1);
    expect(notLookedUp?.size).toBe(100);
    expect(notLookedUp?.has('shop/aws-iam-r599')).toBe(true);
  });

  it('stops after ten seconds, so that renewals do not wait', async () => {
    const pods = Array.from({ length: 300 }, (_, i) => aPod(`web-${i}`, [`aws-iam-r${i}`]));
    const slow: LookUpSecret = async (secret, signal) => {
      now = minutes(0.1 / 60, now);
      return lookUpSecret(secret, signal);
    };
    const { notLookedUp } = await lookUp(aView({ pods }), { lookUpSecret: slow });
    expect(lookups.length).toBeLessThan(130);
    expect(lookups.length + (notLookedUp?.size ?? 0)).toBe(300);
  });

  it('names a Secret whose lookup failed', async () => {
    const failing: LookUpSecret = async () => listing([], new Error('500'));
    const { notLookedUp } = await lookUp(aView({ pods: [aPod('web', ['aws-iam-a'])] }), {
      lookUpSecret: failing,
    });
    expect([...(notLookedUp ?? [])]).toEqual(['shop/aws-iam-a']);
  });
});
