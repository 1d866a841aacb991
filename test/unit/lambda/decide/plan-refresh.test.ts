import { describe, expect, it } from 'vitest';
import { planRefresh } from '../../../../lambda/decide/plan-refresh.ts';
import type { ClusterView } from '../../../../lambda/observe/observe-cluster.ts';
import {
  aContext,
  aNamespace,
  anOwner,
  aPod,
  aSecret,
  aView,
  iso,
  listing,
  minutes,
} from '../../../support/builders/builders.ts';

function plan(view: ClusterView) {
  return planRefresh(aContext(view), view);
}

/** The items as `action namespace/name`, and the reason if there is one. */
function actions(view: ClusterView): string[] {
  return plan(view).items.map(
    (item) =>
      `${item.action} ${item.namespace}/${item.name}${'reason' in item ? ` ${item.reason}` : ''}`,
  );
}

const REQUESTS_ORDERS = [aPod('web', ['aws-iam-orders'])];

describe('a requested Secret', () => {
  it('that does not exist is created, for the role in its name', () => {
    expect(plan(aView({ pods: REQUESTS_ORDERS })).items).toEqual([
      {
        action: 'create',
        namespace: 'shop',
        name: 'aws-iam-orders',
        role: 'orders',
        roleArn: 'arn:aws:iam::123456789012:role/orders',
        sessionSeconds: 3_600,
        pod: { namespace: 'shop', name: 'web', uid: 'uid-of-web' },
        grant: expect.stringContaining('*'),
      },
    ]);
  });

  it('that exists is kept', () => {
    expect(actions(aView({ pods: REQUESTS_ORDERS, secrets: [aSecret('aws-iam-orders')] }))).toEqual(
      ['keep shop/aws-iam-orders'],
    );
  });

  it.each([
    ['no annotation', undefined],
    ['the year 9999', '9999-12-31T23:59:59Z'],
    ['garbage', 'soon'],
    ['an empty text', ''],
    ['an invalid month', '2026-13-01T00:00:00Z'],
    ['later than any session', minutes(66)],
    ['in half an hour', minutes(30)],
    ['in the past', minutes(-5)],
  ])('whose expiry is %s is renewed', (_, expiresAt) => {
    const secret = aSecret('aws-iam-orders', {}, expiresAt ?? 'missing');
    const { 'kube-aws-iam/expires-at': __, ...annotations } = secret.annotations;
    const asRead = expiresAt === undefined ? { ...secret, annotations } : secret;
    expect(actions(aView({ pods: REQUESTS_ORDERS, secrets: [asRead] }))).toEqual([
      'renew shop/aws-iam-orders',
    ]);
  });

  it('loses its mark', () => {
    const secret = aSecret('aws-iam-orders', {
      annotations: { 'kube-aws-iam/unused-since': '2026-11-23T11:00:00Z' },
    });
    expect(actions(aView({ pods: REQUESTS_ORDERS, secrets: [secret] }))).toEqual([
      'unmark shop/aws-iam-orders',
    ]);
  });

  it.each([
    ['belongs to another object', { owners: [anOwner()] }, 'owned-by-another'],
    [
      'belonged to an AWSIAMRole',
      { labels: { heritage: 'kube-aws-iam-controller', type: 'awsiamrole' } },
      'awsiamrole-missing',
    ],
  ])('whose name is taken by one that %s is refused', (_, overrides, reason) => {
    const secret = aSecret('aws-iam-orders', overrides, minutes(-5));
    expect(actions(aView({ pods: REQUESTS_ORDERS, secrets: [secret] }))).toEqual([
      `refuse shop/aws-iam-orders ${reason}`,
    ]);
  });

  it('is left to the pod if it exists and has another heritage', () => {
    const secret = aSecret('aws-iam-orders', { labels: { heritage: 'helm' } }, minutes(-5));
    expect(actions(aView({ pods: REQUESTS_ORDERS, secrets: [secret] }))).toEqual([]);
  });

  it('is deferred if it may exist without the label', () => {
    const view = {
      ...aView({ pods: REQUESTS_ORDERS }),
      notLookedUp: new Set(['shop/aws-iam-orders']),
    };
    expect(actions(view)).toEqual(['defer shop/aws-iam-orders secrets-unknown']);
  });

  it('that its namespace does not allow is refused, without affecting others', () => {
    const view = aView({
      pods: [aPod('web', ['aws-iam-admin', 'aws-iam-orders'])],
      namespaces: [aNamespace('shop', { 'iam.amazonaws.com/allowed-roles': '["orders"]' })],
    });
    expect(actions(view)).toEqual([
      'refuse shop/aws-iam-admin namespace-does-not-allow',
      'create shop/aws-iam-orders',
    ]);
  });

  it('that is no longer allowed is refused, although its credentials are still valid', () => {
    const view = aView({
      pods: REQUESTS_ORDERS,
      secrets: [aSecret('aws-iam-orders')],
      namespaces: [aNamespace('shop', {})],
    });
    expect(actions(view)).toEqual(['refuse shop/aws-iam-orders namespace-not-annotated']);
  });

  it('is not created in a namespace that is being deleted, but renewed', () => {
    const view = aView({
      pods: [aPod('web', ['aws-iam-orders', 'aws-iam-billing'])],
      secrets: [aSecret('aws-iam-billing', {}, minutes(5))],
      namespaces: [{ ...aNamespace(), terminating: true }],
    });
    expect(actions(view)).toEqual([
      'renew shop/aws-iam-billing',
      'refuse shop/aws-iam-orders namespace-terminating',
    ]);
  });

  it('loses its mark first, even when it is refused or due', () => {
    const marked = { annotations: { 'kube-aws-iam/unused-since': '2026-11-23T11:00:00Z' } };
    const view = aView({
      pods: REQUESTS_ORDERS,
      secrets: [aSecret('aws-iam-orders', marked, minutes(5))],
      namespaces: [aNamespace('shop', {})],
    });
    expect(actions(view)).toEqual(['unmark shop/aws-iam-orders']);
  });

  it('is deferred when too many are missing in its namespace', () => {
    const pods = Array.from({ length: 600 }, (_, i) => aPod(`web-${i}`, [`aws-iam-r${i}`]));
    const planned = actions(aView({ pods: [...pods, aPod('web', ['aws-iam-r0'], 'bank')] }));
    expect(planned.filter((text) => text.startsWith('create'))).toHaveLength(500);
    expect(planned.filter((text) => text.endsWith('too-many-in-namespace'))).toHaveLength(100);
    expect(planned).toContain('defer bank/aws-iam-r0 namespace-unknown');
  });

  it('is deferred when its namespace was not observed', () => {
    const view = { ...aView({ pods: REQUESTS_ORDERS }), namespaces: listing([], new Error('500')) };
    expect(actions(view)).toEqual(['defer shop/aws-iam-orders namespace-unknown']);
  });

  it('is deferred when the list of Secrets is incomplete, because it may exist', () => {
    const view = { ...aView({ pods: REQUESTS_ORDERS }), secrets: listing([], new Error('500')) };
    expect(actions(view)).toEqual(['defer shop/aws-iam-orders secrets-unknown']);
    const elsewhere = { ...view.secrets, incompleteIn: new Set(['bank']) };
    expect(actions({ ...view, secrets: elsewhere })).toEqual(['create shop/aws-iam-orders']);
    const here = { ...view.secrets, incompleteIn: new Set(['bank', 'shop']) };
    expect(actions({ ...view, secrets: here })).toEqual([
      'defer shop/aws-iam-orders secrets-unknown',
    ]);
  });

  it('is created although the list of pods is incomplete', () => {
    const view = { ...aView({}), pods: listing(REQUESTS_ORDERS, new Error('500')) };
    expect(actions(view)).toEqual(['create shop/aws-iam-orders']);
  });
});

describe('a managed Secret that no pending pod requests', () => {
  it.each([
    [59, 'keep'],
    [36, 'keep'],
    [30, 'renew'],
    [1, 'renew'],
    [-60, 'renew'],
  ])('with %i minutes left: %s', (left, action) => {
    expect(actions(aView({ secrets: [aSecret('aws-iam-orders', {}, minutes(left))] }))).toEqual([
      `${action} shop/aws-iam-orders`,
    ]);
  });

  it.each([undefined, '9999-12-31T23:59:59Z', 'garbage'])(
    'with the expiry %s, as older controllers left it, is taken over at once, unless a sweep has found it unused',
    (expiresAt) => {
      const secret = aSecret('aws-iam-orders', {}, expiresAt);
      const unused = { 'kube-aws-iam/unused-since': iso(minutes(-5)) };
      const marked = aSecret('aws-iam-orders', { annotations: unused }, expiresAt);
      if (expiresAt === undefined) {
        for (const { annotations } of [secret, marked]) {
          delete (annotations as Record<string, string>)['kube-aws-iam/expires-at'];
        }
      }
      expect(actions(aView({ secrets: [secret] }))).toEqual(['renew shop/aws-iam-orders']);
      expect(actions(aView({ secrets: [marked] }))).toEqual(['keep shop/aws-iam-orders']);
      const refused = { namespaces: [aNamespace('shop', {})] };
      expect(actions(aView({ secrets: [secret], ...refused }))).toEqual([
        'refuse shop/aws-iam-orders namespace-not-annotated',
      ]);
      expect(actions(aView({ secrets: [marked], ...refused }))).toEqual([
        'keep shop/aws-iam-orders',
      ]);
    },
  );

  it('is not renewed when its namespace no longer allows the role', () => {
    const view = aView({
      secrets: [aSecret('aws-iam-orders', {}, minutes(10))],
      namespaces: [aNamespace('shop', {})],
    });
    expect(actions(view)).toEqual(['refuse shop/aws-iam-orders namespace-not-annotated']);
  });

  it('is renewed while it is marked, because the mark may be wrong', () => {
    const secret = aSecret(
      'aws-iam-orders',
      { annotations: { 'kube-aws-iam/unused-since': '2026-11-23T11:00:00Z' } },
      minutes(10),
    );
    expect(actions(aView({ secrets: [secret] }))).toEqual(['renew shop/aws-iam-orders']);
  });
});

it.each([
  ['no prefix', aSecret('orders', {}, minutes(-5))],
  ['an owner', aSecret('aws-iam-orders', { owners: [anOwner()] }, minutes(-5))],
  ['an invalid role name', aSecret(`aws-iam-${'r'.repeat(65)}`, {}, minutes(-5))],
])('a Secret with the label and %s has no item: it is not managed', (_, secret) => {
  expect(actions(aView({ secrets: [secret] }))).toEqual([]);
});

it('spreads the renewals of Secrets that were created together over five minutes', () => {
  const secrets = Array.from({ length: 400 }, (_, i) =>
    aSecret(`aws-iam-r${i}`, {}, minutes(32.5)),
  );
  const due = actions(aView({ secrets })).filter((text) => text.startsWith('renew')).length;
  expect(due).toBeGreaterThan(120);
  expect(due).toBeLessThan(280);
});
