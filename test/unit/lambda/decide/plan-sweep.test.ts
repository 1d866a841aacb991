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

function unusedFor(count: number, name = 'aws-iam-orders') {
  return aSecret(name, { annotations: { 'kube-aws-iam/unused-since': iso(minutes(-count)) } });
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

  it('applies when an empty list of pods would mark every Secret', () => {
    const { items, brake } = plan(aView({ secrets: secrets(40, aSecret) }));
    expect(brake).toEqual({ toMark: 40, toRemove: 0, managed: 40 });
    expect(new Set(items.map(({ action }) => action))).toEqual(new Set(['keep']));
  });

  it('applies when more than half of the Secrets would be removed', () => {
    const view = aView({
      pods: [
        aPod(
          'web',
          secrets(19, aSecret).map(({ name }) => name),
        ),
      ],
      secrets: [
        ...secrets(19, aSecret),
        ...Array.from({ length: 20 }, (_, i) => unusedFor(60, `aws-iam-x${i}`)),
      ],
    });
    expect(plan(view).brake).toEqual({ toMark: 0, toRemove: 20, managed: 39 });
  });

  // managed, to mark, to remove -> whether it applies: more than ten, and more than half
  it.each([
    [10, 10, 0, false],
    [11, 11, 0, true],
    [22, 11, 0, false],
    [23, 12, 0, true],
    [21, 11, 0, true],
    [10, 0, 10, false],
    [11, 0, 11, true],
    [22, 0, 11, false],
    [21, 0, 11, true],
    [10, 5, 5, false],
    [11, 5, 6, true],
    [22, 6, 5, false],
    [21, 6, 5, true],
    [21, 5, 6, true],
  ])(
    'with %i managed, %i to mark and %i to remove applies: %s',
    (managed, toMark, toRemove, applies) => {
      const used = secrets(managed - toMark - toRemove, aSecret);
      const names = used.map(({ name }) => name);
      const view = aView({
        pods: names.length === 0 ? [] : [aPod('web', names)],
        secrets: [
          ...used,
          ...Array.from({ length: toMark }, (_, i) => aSecret(`aws-iam-m${i}`)),
          ...Array.from({ length: toRemove }, (_, i) => unusedFor(60, `aws-iam-x${i}`)),
        ],
      });
      const { items, brake } = plan(view);
      expect(brake).toEqual(applies ? { toMark, toRemove, managed } : undefined);
      const counts = ['mark', 'remove'].map(
        (action) => items.filter((item) => item.action === action).length,
      );
      expect(counts).toEqual(applies ? [0, 0] : [toMark, toRemove]);
    },
  );

  it('is overridden by a confirmation', () => {
    const view = aView({ secrets: secrets(40, aSecret) });
    expect(new Set(actions(view, true).map((text) => text.split(' ')[0]))).toEqual(
      new Set(['mark']),
    );
  });

  it('counts managed Secrets only', () => {
    const foreign = Array.from({ length: 100 }, (_, i) => aSecret(`helm-${i}`));
    expect(plan(aView({ secrets: [...secrets(11, aSecret), ...foreign] })).brake).toBeDefined();
  });

  it('does not affect requested Secrets', () => {
    const view = aView({
      pods: [aPod('web', ['aws-iam-new'])],
      secrets: secrets(40, (name) => aSecret(name, {}, minutes(5))),
    });
    expect(actions(view).filter((text) => !text.startsWith('keep'))).toEqual([
      'create aws-iam-new',
    ]);
  });
});
