import { describe, expect, it } from 'vitest';
import { planSweep } from '../../../../lambda/decide/plan-sweep.ts';
import type { ClusterView } from '../../../../lambda/observe/observe-cluster.ts';
import {
  aContext,
  anOwner,
  aPod,
  aSecret,
  aView,
  iso,
  listing,
  minutes,
} from '../../../support/builders/builders.ts';

function plan(view: ClusterView, isConfirmed = false) {
  return planSweep(aContext(view), view, isConfirmed);
}

function actions(view: ClusterView, isConfirmed = false): string[] {
  return plan(view, isConfirmed).items.map((item) => `${item.action} ${item.name}`);
}

function unusedFor(count: number, name = 'aws-iam-orders', sightings?: number | string) {
  const annotations = {
    'kube-aws-iam/unused-since': iso(minutes(-count)),
    ...(sightings === undefined ? {} : { 'kube-aws-iam/unused-sightings': `${sightings}` }),
  };
  return aSecret(name, { annotations });
}

describe('an unused Secret', () => {
  it('is marked first', () => {
    expect(actions(aView({ secrets: [aSecret('aws-iam-orders')] }))).toEqual([
      'mark aws-iam-orders',
    ]);
  });

  it('is marked although its expiry is malformed', () => {
    expect(actions(aView({ secrets: [aSecret('aws-iam-orders', {}, 'garbage')] }))).toEqual([
      'mark aws-iam-orders',
    ]);
  });

  it.each([
    [0, 'keep'],
    [29.9, 'keep'],
    [30, 'remove'],
    [600, 'remove'],
  ])('marked %d minutes ago: %s', (ago, action) => {
    expect(actions(aView({ secrets: [unusedFor(ago)] }))).toEqual([`${action} aws-iam-orders`]);
  });

  it.each(['2026-11-24T12:00:00Z', 'long ago', ''])(
    'is marked again when its mark is %j, which is not credible',
    (mark) => {
      const secret = aSecret('aws-iam-orders', {
        annotations: { 'kube-aws-iam/unused-since': mark },
      });
      expect(actions(aView({ secrets: [secret] }))).toEqual(['mark aws-iam-orders']);
    },
  );

  it.each([
    ['pods', { pods: listing([], new Error('page 7 of 12')) }],
    ['Secrets', { secrets: listing([unusedFor(600)], new Error('page 2 of 3')) }],
  ])('is kept when the list of %s is incomplete', (_, broken) => {
    expect(actions({ ...aView({ secrets: [unusedFor(600)] }), ...broken })).toEqual([
      'keep aws-iam-orders',
    ]);
  });
});

it('keeps, renews, creates and unmarks what running pods request', () => {
  const view = aView({
    pods: [aPod('web', ['aws-iam-a', 'aws-iam-b', 'aws-iam-c', 'aws-iam-d'])],
    secrets: [
      aSecret('aws-iam-a'),
      aSecret('aws-iam-b', {}, minutes(3)),
      unusedFor(600, 'aws-iam-c'),
    ],
  });
  expect(actions(view)).toEqual([
    'keep aws-iam-a',
    'renew aws-iam-b',
    'unmark aws-iam-c',
    'create aws-iam-d',
  ]);
});

it('keeps Secrets beyond the limit of a pod, but does not create them', () => {
  const names = Array.from({ length: 30 }, (_, i) => `aws-iam-r${i}`);
  const view = aView({
    pods: [aPod('greedy', names)],
    secrets: [unusedFor(600, 'aws-iam-r25'), aSecret('aws-iam-r26', {}, minutes(5))],
  });
  const plan = actions(view);
  expect(plan.filter((text) => text.startsWith('create'))).toHaveLength(20);
  expect(plan.slice(0, 2)).toEqual(['unmark aws-iam-r25', 'renew aws-iam-r26']);
});

it('ignores a Secret that has the label but is not managed', () => {
  const view = aView({
    secrets: [aSecret('orders'), aSecret('aws-iam-x', { owners: [anOwner()] })],
  });
  expect(actions(view)).toEqual([]);
});

describe('the brake', () => {
  const secrets = (count: number, make: (name: string) => ReturnType<typeof aSecret>) =>
    Array.from({ length: count }, (_, i) => make(`aws-iam-r${i}`));
  const counts = (view: ClusterView, isConfirmed = false) => {
    const count = (action: string) =>
      plan(view, isConfirmed).items.filter((item) => item.action === action).length;
    return [count('mark'), count('remove'), count('keep')];
  };

  it('does not keep an empty list of pods from marking every Secret', () => {
    const view = aView({ secrets: secrets(40, aSecret) });
    expect(counts(view)).toEqual([40, 0, 0]);
    expect(plan(view).brake).toBeUndefined();
  });

  it('holds back the removal of more than half of the Secrets of a namespace', () => {
    const view = aView({
      pods: [
        aPod(
          'web',
          secrets(19, aSecret).map(({ name }) => name),
        ),
      ],
      secrets: [
        ...secrets(19, aSecret),
        ...Array.from({ length: 20 }, (_, i) => unusedFor(40, `aws-iam-x${i}`, 1)),
      ],
    });
    expect(plan(view).brake).toEqual({
      heldBack: 20,
      managed: 39,
      until: minutes(200).toISOString(),
    });
    expect(counts(view)).toEqual([0, 0, 39]);
  });

  /** A cluster with some Secrets of each namespace, of which some are to be removed. */
  const cluster = (namespaces: readonly (readonly [managed: number, toRemove: number])[]) => {
    const inNamespaces = namespaces.map(([managed, toRemove], i) => {
      const namespace = `ns-${i}`;
      const used = secrets(managed - toRemove, aSecret);
      const unused = Array.from({ length: toRemove }, (_, n) => unusedFor(60, `aws-iam-x${n}`));
      const names = used.map(({ name }) => name);
      return {
        pods: names.length === 0 ? [] : [aPod('web', names, namespace)],
        secrets: [...used, ...unused].map((secret) => ({ ...secret, namespace })),
      };
    });
    return aView({
      pods: inNamespaces.flatMap(({ pods }) => pods),
      secrets: inNamespaces.flatMap((one) => one.secrets),
    });
  };

  // [managed, to remove] of each namespace -> how many it holds back
  it.each<[readonly (readonly [number, number])[], number]>([
    // More than half of a namespace, and more than three.
    [[[3, 3]], 0],
    [[[4, 4]], 4],
    [[[8, 4]], 0],
    [[[7, 4]], 4],
    [[[1_000, 500]], 0],
    [[[1_000, 501]], 501],
    // Of one namespace only.
    [
      [
        [4, 4],
        [40, 5],
        [9, 1],
      ],
      4,
    ],
    // Most Secrets of more than half of the namespaces, and more than ten: three of three, in four namespaces.
    [Array.from({ length: 3 }, () => [3, 3] as const), 0],
    [Array.from({ length: 4 }, () => [3, 3] as const), 12],
    [[...Array.from({ length: 4 }, () => [3, 3] as const), [12, 0]], 12],
    [Array.from({ length: 8 }, (_, i) => [3, i < 4 ? 3 : 0] as const), 0],
    [Array.from({ length: 7 }, (_, i) => [3, i < 4 ? 3 : 0] as const), 12],
    [Array.from({ length: 10 }, () => [1, 1] as const), 0],
    [Array.from({ length: 11 }, () => [1, 1] as const), 11],
    [Array.from({ length: 11 }, () => [2, 1] as const), 0],
    // A namespace with most Secrets of the cluster removes all of them: others are not held back.
    [
      [
        [200, 200],
        [1, 1],
      ],
      200,
    ],
    [
      [
        [200, 200],
        [3, 3],
        [3, 3],
        [30, 2],
      ],
      200,
    ],
    [[[1_000, 1_000], ...Array.from({ length: 20 }, () => [2, 1] as const)], 1_000],
    // Nor does it release those of others by Secrets that it keeps.
    [[[1_000, 0], ...Array.from({ length: 11 }, () => [1, 1] as const)], 11],
  ])('of %j holds back %i', (namespaces, heldBack) => {
    const view = cluster(namespaces);
    const toRemove = namespaces.reduce((sum, [, count]) => sum + count, 0);
    expect(plan(view).brake?.heldBack ?? 0).toBe(heldBack);
    expect(counts(view)[1]).toBe(toRemove - heldBack);
  });

  it('holds back only the removals of one namespace, if they are many in no other', () => {
    const inShop = Array.from({ length: 11 }, (_, i) => unusedFor(60, `aws-iam-x${i}`, 1));
    const inBank = secrets(40, aSecret).map((secret) => ({ ...secret, namespace: 'bank' }));
    const names = inBank.map(({ name }) => name);
    const unusedInBank = { ...unusedFor(60, 'aws-iam-old'), namespace: 'bank' };
    const view = aView({
      pods: [aPod('web', names, 'bank')],
      secrets: [...inShop, ...inBank, unusedInBank],
    });
    const removed = plan(view).items.filter(({ action }) => action === 'remove');
    expect(removed).toMatchObject([{ namespace: 'bank', name: 'aws-iam-old' }]);
    expect(plan(view).brake).toMatchObject({ heldBack: 11, managed: 52 });
  });

  // minutes since the mark, sightings since then -> what the sweep does with each Secret
  it.each([
    [29, 0, 'keep', undefined],
    [30, 0, 'mark', 1],
    [30, 1, 'keep', undefined],
    [89, 1, 'keep', undefined],
    [90, 1, 'mark', 2],
    [150, 2, 'mark', 3],
    [150, 3, 'keep', undefined],
    [239, 3, 'keep', undefined],
    [240, 3, 'remove', undefined],
    // Sweeps that failed in between saw nothing: the next ones have to.
    [600, 0, 'mark', 1],
    [600, 2, 'mark', 3],
    [600, 3, 'remove', undefined],
    // A sighting that nobody writes does not count.
    [600, '-1', 'mark', 1],
    [600, '1e3', 'mark', 1],
    [600, '99', 'mark', 1],
  ])('%i minutes after the mark and with %s sightings: %s', (ago, seen, action, sightings) => {
    const view = aView({
      secrets: Array.from({ length: 12 }, (_, i) => unusedFor(ago, `aws-iam-x${i}`, seen)),
    });
    const items = plan(view).items.map((item) =>
      'sightings' in item ? [item.action, item.sightings] : [item.action, undefined],
    );
    expect(items).toEqual(Array.from({ length: 12 }, () => [action, sightings]));
  });

  it('is overridden by a confirmation', () => {
    const view = aView({
      secrets: Array.from({ length: 40 }, (_, i) => unusedFor(31, `aws-iam-x${i}`)),
    });
    expect(counts(view, true)).toEqual([0, 40, 0]);
    expect(plan(view, true).brake).toBeUndefined();
  });

  it('counts managed Secrets only', () => {
    const foreign = Array.from({ length: 100 }, (_, i) => aSecret(`helm-${i}`));
    const unused = Array.from({ length: 11 }, (_, i) => unusedFor(60, `aws-iam-x${i}`));
    expect(plan(aView({ secrets: [...unused, ...foreign] })).brake).toMatchObject({ managed: 11 });
  });

  it('does not affect requested Secrets', () => {
    const view = aView({
      pods: [aPod('web', ['aws-iam-new', 'aws-iam-x0'])],
      secrets: Array.from({ length: 40 }, (_, i) => unusedFor(60, `aws-iam-x${i}`, 1)),
    });
    expect(actions(view).filter((text) => !text.startsWith('keep'))).toEqual([
      'unmark aws-iam-x0',
      'create aws-iam-new',
    ]);
  });
});

describe('wrong marks', () => {
  // pods -> age of the pods and of the marks, in minutes
  it.each([
    [11, 60, 20, 11],
    [11, 31, 20, 11],
    // A pod that was created while the sweep ran, or by a clock that is ahead.
    [11, 29, 20, 0],
    // Pods that came back in the morning.
    [11, 5, 600, 0],
    [4, 60, 20, 4],
    [3, 60, 20, 0],
  ])('%i pods of %i minutes with marks of %i minutes: %i', (count, podAge, markAge, wrong) => {
    const names = Array.from({ length: count }, (_, i) => `aws-iam-x${i}`);
    const view = aView({
      pods: [{ ...aPod('web', names), createdAt: minutes(-podAge) }],
      secrets: names.map((name) => unusedFor(markAge, name)),
    });
    expect(plan(view).wrongMarks).toBe(wrong);
  });
});
