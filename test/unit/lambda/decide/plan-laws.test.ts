import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runPlan } from '../../../../lambda/act/run-plan.ts';
import type { ExistingItem, Plan } from '../../../../lambda/decide/plan.ts';
import { planRefresh } from '../../../../lambda/decide/plan-refresh.ts';
import { planSweep } from '../../../../lambda/decide/plan-sweep.ts';
import { secretKey } from '../../../../lambda/decide/requested-secrets.ts';
import {
  isAdoptable,
  ownershipOf,
  roleOfPodSecret,
} from '../../../../lambda/decide/secret-ownership.ts';
import type { ClusterView } from '../../../../lambda/observe/observe-cluster.ts';
import {
  aContext,
  aNamespace,
  anAwsIamRole,
  anOwner,
  aView,
  BASE_ROLE_ARN,
  iso,
  listing,
  minutes,
  NOW,
} from '../../../support/builders/builders.ts';
import { FakeCluster } from '../../../support/builders/fake-cluster.ts';

/** Few names, so that pods, Secrets and namespaces of a random cluster match. */
const namespace = fc.constantFrom('a', 'b', 'c');
const secretName = fc.constantFrom('aws-iam-x', 'aws-iam-y', 'aws-iam-Z', 'aws-iam-z', 'other');
const instant = fc.oneof(
  fc.integer({ min: -120, max: 90 }).map((offset) => iso(minutes(offset))),
  fc.constantFrom('9999-12-31T23:59:59Z', 'garbage', ''),
);

const pod = fc.record({
  namespace,
  name: fc.constantFrom('p', 'q'),
  uid: fc.constant('uid'),
  secretNames: fc.uniqueArray(
    secretName.filter((name) => name !== 'other'),
    { minLength: 1 },
  ),
});

const secret = fc.record({
  namespace,
  name: secretName,
  uid: fc.constantFrom('u1', 'u2'),
  resourceVersion: fc.constant('1'),
  labels: fc.constantFrom(
    { heritage: 'kube-aws-iam-controller' },
    { heritage: 'kube-aws-iam-controller', type: 'awsiamrole' },
  ),
  owners: fc.constantFrom([], [anOwner()]),
  annotations: fc.dictionary(
    fc.constantFrom(
      'kube-aws-iam/expires-at',
      'kube-aws-iam/unused-since',
      'kube-aws-iam/role-arn',
      'kube-aws-iam/awsiamrole-generation',
    ),
    instant,
  ),
});

const awsIamRole = fc
  .record({
    namespace,
    name: secretName,
    uid: fc.constantFrom('u1', 'some-owner'),
    generation: fc.constantFrom(1, 2),
    terminating: fc.boolean(),
    roleReference: fc.constantFrom('x', 'y', 'a b', 'arn:aws:iam::999999999999:role/x'),
  })
  .map(({ name, ...rest }) => anAwsIamRole(name, rest));

const view: fc.Arbitrary<ClusterView> = fc
  .record({
    pods: fc.array(pod, { maxLength: 6 }),
    secrets: fc.uniqueArray(secret, { maxLength: 12, selector: secretKey }),
    awsIamRoles: fc.uniqueArray(awsIamRole, { maxLength: 6, selector: secretKey }),
    incompletePods: fc.boolean(),
    incompleteSecrets: fc.boolean(),
  })
  .map(({ pods, secrets, awsIamRoles, incompletePods, incompleteSecrets }) => ({
    // `a` allows everything, `b` only x, `c` nothing.
    ...aView({
      awsIamRoles,
      namespaces: [
        aNamespace('a'),
        aNamespace('b', { 'iam.amazonaws.com/allowed-roles': '["x"]' }),
        aNamespace('c', {}),
      ],
    }),
    pods: listing(pods, incompletePods ? new Error('incomplete') : undefined),
    secrets: listing(secrets, incompleteSecrets ? new Error('incomplete') : undefined),
  }));

function allPlans(observed: ClusterView): readonly Plan[] {
  return [
    planRefresh(aContext(observed, NOW), observed),
    planSweep(aContext(observed, NOW), observed, false),
    planSweep(aContext(observed, NOW), observed, true),
  ];
}

function expectManaged({
  action,
  role,
  secret: existing,
  awsIamRole: resource,
}: ExistingItem): void {
  expect(existing.labels).toMatchObject({ heritage: 'kube-aws-iam-controller' });
  if (resource === undefined) {
    if (ownershipOf(existing).kind === 'orphan')
      expect(['mark', 'unmark', 'remove', 'keep']).toContain(action);
    else expect(roleOfPodSecret(existing)).toBe(role);
    return;
  }
  if (!isAdoptable(existing)) expect(existing.owners.map(({ uid }) => uid)).toContain(resource.uid);
  expect(['keep', 'renew']).toContain(action);
}

describe('for any cluster', () => {
  it('each requested or managed Secret has exactly one item, except for an AWSIAMRole that does not get that of pods', () => {
    fc.assert(
      fc.property(view, (observed) => {
        for (const plan of allPlans(observed)) {
          const keys = plan.items
            .filter((item) => item.awsIamRole === undefined || !('reason' in item))
            .map(secretKey);
          expect(new Set(keys).size).toBe(keys.length);
          for (const existing of observed.secrets.items) {
            if (roleOfPodSecret(existing) !== undefined) {
              expect(keys).toContain(secretKey(existing));
            }
          }
        }
      }),
    );
  });

  it('only managed Secrets are written', () => {
    fc.assert(
      fc.property(view, (observed) => {
        const items = allPlans(observed).flatMap((plan) => plan.items);
        for (const item of items) if ('secret' in item) expectManaged(item);
      }),
    );
  });

  it('only roles that the namespace allows are used', () => {
    fc.assert(
      fc.property(view, (observed) => {
        for (const { items } of allPlans(observed)) {
          const issued = items.filter(({ action }) => action === 'create' || action === 'renew');
          for (const { namespace: where, role, roleArn } of issued) {
            expect(where === 'a' || (where === 'b' && role === 'x')).toBe(true);
            expect(roleArn).toBe(BASE_ROLE_ARN + role);
          }
        }
      }),
    );
  });

  it('no requested Secret is marked or removed, and none at all with an incomplete view', () => {
    fc.assert(
      fc.property(view, (observed) => {
        const requested = new Set(
          observed.pods.items.flatMap((p) => p.secretNames.map((name) => `${p.namespace}/${name}`)),
        );
        const isIncomplete =
          observed.pods.failure !== undefined || observed.secrets.failure !== undefined;
        for (const { items } of allPlans(observed)) {
          const unused = items.filter(({ action }) => action === 'mark' || action === 'remove');
          if (isIncomplete) expect(unused).toEqual([]);
          for (const item of unused) expect(requested.has(secretKey(item))).toBe(false);
        }
      }),
    );
  });

  it('a refresh marks and removes nothing', () => {
    fc.assert(
      fc.property(view, (observed) => {
        for (const { action } of planRefresh(aContext(observed, NOW), observed).items) {
          expect(['mark', 'remove']).not.toContain(action);
        }
      }),
    );
  });

  it.each(['refresh', 'sweep'] as const)(
    'a %s has nothing left to do after two passes',
    async (pass) => {
      await fc.assert(
        fc.asyncProperty(view, async (observed) => {
          const cluster = new FakeCluster();
          cluster.pods = [...observed.pods.items];
          for (const each of observed.secrets.items) cluster.put(each);
          const planNow = () => {
            const now = {
              pods: listing(cluster.pods),
              secrets: listing([...cluster.secrets.values()]),
              namespaces: observed.namespaces,
              awsIamRoles: observed.awsIamRoles,
            };
            const context = aContext(now, NOW);
            return pass === 'sweep' ? planSweep(context, now, true) : planRefresh(context, now);
          };
          // Twice: the first pass only removes the mark, the second one renews.
          for (let pass = 0; pass < 2; pass++) {
            await runPlan(cluster.deps(), planNow(), new AbortController().signal);
          }
          const remaining = planNow().items.filter(
            ({ action }) => !['keep', 'refuse', 'defer'].includes(action),
          );
          expect(remaining).toEqual([]);
        }),
      );
    },
  );
});
