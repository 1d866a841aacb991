import { describe, expect, it } from 'vitest';
import { sessionSecondsOf } from '../../../../lambda/decide/plan-awsiamrole.ts';
import { planRefresh, planRequest } from '../../../../lambda/decide/plan-refresh.ts';
import { planSweep } from '../../../../lambda/decide/plan-sweep.ts';
import { renewalDueAt } from '../../../../lambda/decide/secret-state.ts';
import type { ClusterView } from '../../../../lambda/observe/observe-cluster.ts';
import {
  aContext,
  aNamespace,
  anAwsIamRole,
  anOwner,
  aPod,
  aSecret,
  aView,
  iso,
  listing,
  minutes,
  ofAwsIamRole,
  ofConfiguredSession,
} from '../../../support/builders/builders.ts';

const ORDERS = anAwsIamRole('orders');
const FRESH = minutes(59);
const GENERATION = 'AWSIAMRole generation';

/** The items of both passes, which plan AWSIAMRoles in the same way. */
function actions(view: ClusterView): readonly string[] {
  const [refresh, sweep] = [
    planRefresh(aContext(view), view),
    planSweep(aContext(view), view, false),
  ].map(({ items }) =>
    items.map((item) =>
      [
        item.action,
        `${item.namespace}/${item.name}`,
        ...('reason' in item ? [item.reason] : []),
      ].join(' '),
    ),
  );
  expect(sweep).toEqual(refresh);
  return refresh ?? [];
}

const withSecret = (
  resource: ReturnType<typeof anAwsIamRole>,
  expiresAt: Date | string | undefined = FRESH,
  overrides: Parameters<typeof aSecret>[1] = {},
) =>
  aView({
    awsIamRoles: [resource],
    secrets: [aSecret(resource.name, { ...ofAwsIamRole(resource), ...overrides }, expiresAt)],
  });

describe('an AWSIAMRole without a Secret', () => {
  it('receives one of its name, for the role that it references, without any pod', () => {
    const view = aView({
      awsIamRoles: [anAwsIamRole('billing', { roleReference: 'team/Billing' })],
    });
    expect(planRefresh(aContext(view), view).items).toMatchObject([
      {
        action: 'create',
        name: 'billing',
        role: 'team/Billing',
        roleArn: 'arn:aws:iam::123456789012:role/team/Billing',
        sessionSeconds: 3_600,
      },
    ]);
  });

  it.each([
    ['references no role', { roleReference: undefined }, 'role-reference-malformed'],
    ['has a malformed reference', { roleReference: 'a b' }, 'role-reference-malformed'],
    [
      'references a role that the stack may not assume',
      { roleReference: 'arn:aws:iam::999999999999:role/x' },
      'role-not-assumable',
    ],
  ])('that %s is refused', (_, overrides, reason) => {
    const view = aView({ awsIamRoles: [{ ...ORDERS, ...overrides } as typeof ORDERS] });
    expect(actions(view)).toEqual([`refuse shop/orders ${reason}`]);
  });

  it('with a malformed reference has no role', () => {
    const view = aView({ awsIamRoles: [{ ...ORDERS, roleReference: 'a b' }] });
    expect(planRefresh(aContext(view), view).items).toMatchObject([{ role: '', roleArn: '' }]);
  });

  it('is refused a role that its namespace does not allow', () => {
    const view = aView({
      awsIamRoles: [ORDERS],
      namespaces: [aNamespace('shop', { 'iam.amazonaws.com/allowed-roles': '["billing"]' })],
    });
    expect(actions(view)).toEqual(['refuse shop/orders namespace-does-not-allow']);
  });

  it('is deferred while the list of Secrets is incomplete', () => {
    const view = {
      ...aView({ awsIamRoles: [ORDERS] }),
      secrets: listing([], new Error('incomplete')),
    };
    expect(actions(view)).toEqual(['defer shop/orders secrets-unknown']);
  });

  it.each([
    [1, 'defer'],
    [3, 'refuse'],
  ])('that has been deleted for %d minutes receives none: %s', (ago, action) => {
    const deletion = { since: minutes(-ago), finalizers: ['example.com/hold'] };
    expect(actions(aView({ awsIamRoles: [{ ...ORDERS, deletion }] }))).toEqual([
      `${action} shop/orders awsiamrole-terminating`,
    ]);
  });

  it('is deferred beyond 500 of its namespace, without affecting pods', () => {
    const many = Array.from({ length: 501 }, (_, i) =>
      anAwsIamRole(`r${i}`, i % 2 === 0 ? {} : { roleReference: 'not a role' }),
    );
    const view = aView({ awsIamRoles: many, pods: [aPod('web', ['aws-iam-orders'])] });
    const planned = actions(view);
    expect(planned.filter((text) => text.startsWith('defer'))).toEqual([
      'defer shop/r500 too-many-in-namespace',
    ]);
    expect(planned).toContain('create shop/aws-iam-orders');
  });
});

describe('the Secret of an AWSIAMRole', () => {
  it('is kept while it is fresh and of the current generation', () => {
    expect(actions(withSecret(ORDERS))).toEqual(['keep shop/orders']);
  });

  it.each([
    ['expires soon', minutes(29)],
    ['has expired', minutes(-5)],
    ['has no expiry', ''],
    ['has an expiry beyond any session', '9999-12-31T23:59:59Z'],
  ])('is renewed when it %s, although no pod mounts it', (_, expiresAt) => {
    expect(actions(withSecret(ORDERS, expiresAt))).toEqual(['renew shop/orders']);
  });

  it.each(['1', '', 'x', '-2', '2.0', '9'.repeat(40)])(
    'is renewed when its generation is %j instead of 2',
    (generation) => {
      const resource = { ...ORDERS, generation: 2 };
      const { annotations } = ofAwsIamRole(resource, generation);
      const expiry = { 'kube-aws-iam/expires-at': iso(FRESH) };
      const overrides = { annotations: { ...annotations, ...expiry } };
      expect(actions(withSecret(resource, undefined, overrides))).toEqual(['renew shop/orders']);
    },
  );

  it.each([
    ['role-reference-malformed', { roleReference: 'a b' }],
    ['role-reference-malformed', { roleReference: '' }],
    ['role-not-assumable', { roleReference: 'arn:aws:iam::999999999999:role/x' }],
    ['namespace-does-not-allow', {}],
    ['namespace-not-annotated', {}],
    ['namespace-annotation-malformed', {}],
  ])(
    'is reported as valid until it expires when its resource is refused: %s',
    (reason, changes) => {
      const allowed: Record<string, Record<string, string>> = {
        'namespace-does-not-allow': { 'iam.amazonaws.com/allowed-roles': '["other"]' },
        'namespace-not-annotated': {},
        'namespace-annotation-malformed': { 'iam.amazonaws.com/allowed-roles': 'orders' },
      };
      const view = {
        ...withSecret({ ...ORDERS, ...changes }),
        namespaces: listing([
          aNamespace('shop', allowed[reason] ?? { 'iam.amazonaws.com/allowed-roles': '["*"]' }),
        ]),
      };
      expect(planRefresh(aContext(view), view).items).toMatchObject([
        { action: 'refuse', reason, expiresAt: FRESH },
      ]);
    },
  );

  it('is taken over from the replaced controller, which writes no annotations', () => {
    const view = withSecret(ORDERS, undefined, { annotations: {} });
    expect(actions(view)).toEqual(['renew shop/orders']);
  });

  it('is renewed from the due time on, and not before', () => {
    const due = renewalDueAt({ ...ORDERS, sessionSeconds: 3_600 }, FRESH, 1_800);
    const view = withSecret(ORDERS);
    const at = (now: Date) => planRefresh(aContext(view, now), view).items[0]?.action;
    expect(at(new Date(due.getTime() - 1))).toBe('keep');
    expect(at(due)).toBe('renew');
  });

  const expiry = (text: string) => ({ 'kube-aws-iam/expires-at': text });
  const generation = (text: string) => ({ 'kube-aws-iam/awsiamrole-generation': text });

  it.each<[string, Record<string, string>, string | undefined]>([
    ['all are valid', { ...expiry(iso(FRESH)), ...generation('1') }, undefined],
    ['there are none, as from the replaced controller', {}, undefined],
    ['only the expiry is missing', generation('1'), undefined],
    ['only the generation is missing', expiry(iso(FRESH)), undefined],
    ['the generation is an earlier one', { ...expiry(iso(FRESH)), ...generation('7') }, undefined],
    ['the expiry is malformed', { ...expiry('soon'), ...generation('1') }, 'expiry time'],
    ['the expiry is not credible', expiry('9999-12-31T23:59:59Z'), 'expiry time'],
    ['the generation is malformed', { ...expiry(iso(FRESH)), ...generation('x') }, GENERATION],
    ['the generation is malformed, and the expiry missing', generation('x'), GENERATION],
    ['both are malformed', { ...expiry('soon'), ...generation('x') }, 'expiry time'],
  ])('reports the unreadable annotation when %s', (_, annotations, unreadable) => {
    const overrides = { ...ofAwsIamRole(ORDERS), annotations };
    // Without the default expiry.
    const secrets = [{ ...aSecret('orders', overrides), annotations }];
    const view = aView({ awsIamRoles: [ORDERS], secrets });
    const { items } = planRefresh(aContext(view), view);
    expect(items.map((item) => item.unreadable)).toEqual([unreadable]);
  });

  it('is refused with its expiry when the role is no longer allowed', () => {
    const view = {
      ...withSecret(ORDERS),
      namespaces: listing([aNamespace('shop', {})]),
    };
    expect(planRefresh(aContext(view), view).items).toMatchObject([
      { action: 'refuse', reason: 'namespace-not-annotated', expiresAt: FRESH },
    ]);
  });

  it.each([
    ['has another owner', { owners: [anOwner()] }, 'refuse shop/orders owned-by-another'],
    [
      'has another heritage',
      { labels: { heritage: 'helm', type: 'awsiamrole' } },
      'refuse shop/orders name-taken',
    ],
  ])('is not changed when it %s', (_, overrides, planned) => {
    expect(actions(withSecret(ORDERS, minutes(-5), overrides))).toEqual([planned]);
  });

  it.each([
    ['has lost its owner', { owners: [] }],
    ['has lost the label type', { labels: { heritage: 'kube-aws-iam-controller' } }],
  ])('is adopted and renewed at once when it %s', (_, overrides) => {
    expect(actions(withSecret(ORDERS, FRESH, overrides))).toEqual(['renew shop/orders']);
  });

  it('is never marked or removed: Kubernetes removes it with its owner', () => {
    const orphan = aSecret('orders', ofAwsIamRole({ uid: 'deleted' }), minutes(-90));
    const used = { annotations: { 'kube-aws-iam/unused-since': '2026-11-23T10:00:00Z' } };
    const marked = aSecret('aws-iam-orders', { ...ofAwsIamRole({ uid: 'deleted' }), ...used });
    expect(actions(aView({ secrets: [orphan, marked] }))).toEqual([]);
  });
});

/** AWSIAMRoles whose Secret is missing, not due, or due for different reasons. */
const OF_EACH_STATE = aView({
  awsIamRoles: ['missing', 'fresh', 'expiring', 'expired', 'outdated'].map((name) =>
    anAwsIamRole(name, name === 'outdated' ? { generation: 2 } : {}),
  ),
  secrets: [
    aSecret('fresh', ofAwsIamRole({ uid: 'uid-of-fresh' }), FRESH),
    aSecret('expiring', ofAwsIamRole({ uid: 'uid-of-expiring' }), minutes(29)),
    aSecret('expired', ofAwsIamRole({ uid: 'uid-of-expired' }), minutes(-5)),
    aSecret('outdated', ofAwsIamRole({ uid: 'uid-of-outdated' }), FRESH),
  ],
});

describe('an AWSIAMRole of a namespace that was not observed', () => {
  const unlisted = listing<ReturnType<typeof aNamespace>>([], new Error('page 1 of 1'));

  it('keeps a Secret that is not due, and receives nothing new', () => {
    expect(actions({ ...OF_EACH_STATE, namespaces: unlisted }).toSorted()).toEqual([
      'defer shop/expired namespace-unknown',
      'defer shop/expiring namespace-unknown',
      'defer shop/missing namespace-unknown',
      'defer shop/outdated namespace-unknown',
      'keep shop/fresh',
    ]);
  });

  it('is refused a role that the stack may not assume', () => {
    const elsewhere = { ...ORDERS, roleReference: 'arn:aws:iam::999999999999:role/x' };
    const view = { ...withSecret(elsewhere), namespaces: unlisted };
    expect(actions(view)).toEqual(['refuse shop/orders role-not-assumable']);
  });
});

describe('an AWSIAMRole of a namespace with a malformed annotation', () => {
  it.each([
    { 'iam.amazonaws.com/allowed-roles': '["*"' },
    { 'iam.amazonaws.com/permitted': '(' },
    // One malformed annotation invalidates the other.
    { 'iam.amazonaws.com/allowed-roles': '["*"]', 'iam.amazonaws.com/permitted': '(' },
  ])('is refused whatever the state of its Secret, with the expiry: %o', (annotations) => {
    const view = { ...OF_EACH_STATE, namespaces: listing([aNamespace('shop', annotations)]) };
    expect(actions(view).toSorted()).toEqual(
      ['expired', 'expiring', 'fresh', 'missing', 'outdated'].map(
        (name) => `refuse shop/${name} namespace-annotation-malformed`,
      ),
    );
    const expiries = planRefresh(aContext(view), view).items.map(({ name, expiresAt }) => [
      name,
      expiresAt,
    ]);
    expect(Object.fromEntries(expiries)).toEqual({
      ...{ missing: undefined, fresh: FRESH, outdated: FRESH },
      ...{ expiring: minutes(29), expired: minutes(-5) },
    });
  });
});

describe('a pod that mounts aws-iam-orders', () => {
  const pods = [aPod('web', ['aws-iam-orders'])];
  const resource = anAwsIamRole('aws-iam-orders', { roleReference: 'team/orders' });

  it('waits for the Secret of the AWSIAMRole of that name', () => {
    const view = aView({ pods, awsIamRoles: [resource] });
    expect(planRefresh(aContext(view), view).items).toMatchObject([
      { action: 'create', role: 'team/orders', pod: { name: 'web' }, awsIamRole: resource },
    ]);
  });

  it('uses the Secret of the AWSIAMRole of that name', () => {
    const { annotations, ...owned } = ofAwsIamRole(resource);
    const session = ofConfiguredSession('aws-iam-team/orders');
    const overrides = { ...owned, annotations: { ...annotations, ...session } };
    const secrets = [aSecret('aws-iam-orders', overrides)];
    expect(actions(aView({ pods, secrets, awsIamRoles: [resource] }))).toEqual([
      'keep shop/aws-iam-orders',
    ]);
    // The AWSIAMRole was deleted: nothing replaces its Secret, which would change the role of the pod.
    const withoutIt = aView({ pods, secrets });
    expect(actions(withoutIt)).toEqual(['defer shop/aws-iam-orders secret-of-earlier-resource']);
    const later = planRefresh(aContext(withoutIt, minutes(3)), withoutIt);
    expect(later.items).toMatchObject([{ action: 'refuse', reason: 'awsiamrole-missing' }]);
    // It may exist.
    const unlisted = listing<typeof resource>([], new Error('incomplete'));
    expect(actions({ ...withoutIt, awsIamRoles: unlisted })).toEqual([]);
  });

  it('keeps its Secret only until an AWSIAMRole of that name has a session', () => {
    const secrets = [aSecret('aws-iam-orders', {}, minutes(5))];
    const view = aView({ pods, secrets, awsIamRoles: [resource] });
    expect(planRefresh(aContext(view), view).items).toMatchObject([
      {
        ...{ action: 'renew', role: 'team/orders', awsIamRole: resource, pod: undefined },
        otherwise: { action: 'renew', role: 'orders', pod: { name: 'web' } },
      },
    ]);
  });

  it('keeps its Secret while the role of the AWSIAMRole is not allowed, and is not notified', () => {
    const secrets = [aSecret('aws-iam-orders', {}, minutes(5))];
    const elsewhere = { ...resource, roleReference: 'arn:aws:iam::999999999999:role/x' };
    const view = aView({ pods, secrets, awsIamRoles: [elsewhere] });
    expect(actions(view)).toEqual([
      'renew shop/aws-iam-orders',
      'refuse shop/aws-iam-orders role-not-assumable',
    ]);
    const notified = planRefresh(aContext(view), view).items.map(({ pod }) => pod?.name);
    expect(notified).toEqual(['web', undefined]);
  });

  it('that no longer exists leaves its Secret to the AWSIAMRole, without a fallback', () => {
    const secrets = [aSecret('aws-iam-orders')];
    const view = aView({ secrets, awsIamRoles: [resource] });
    const { items } = planSweep(aContext(view), view, false);
    expect(items).toMatchObject([{ action: 'renew', awsIamRole: resource }]);
    expect(items[0]).not.toHaveProperty('otherwise');
  });

  it('is deferred while the list of AWSIAMRoles is incomplete: one may have its name', () => {
    const view = { ...aView({ pods }), awsIamRoles: listing([], new Error('incomplete')) };
    expect(actions(view)).toEqual(['defer shop/aws-iam-orders secrets-unknown']);
  });
});

describe('an event for an AWSIAMRole', () => {
  it('is planned as in a refresh pass', () => {
    const view = aView({ awsIamRoles: [ORDERS] });
    const { items } = planRequest(aContext(view), view, { namespace: 'shop', name: 'orders' });
    expect(items).toEqual(planRefresh(aContext(view), view).items);
  });

  it('that does not exist plans nothing', () => {
    const view = aView({ secrets: [aSecret('aws-iam-orders', {}, minutes(-5))] });
    const secret = { namespace: 'shop', name: 'aws-iam-orders' };
    expect(planRequest(aContext(view), view, secret).items).toEqual([]);
  });
});

describe('roleSessionDuration', () => {
  it.each([
    [undefined, 3_600],
    [0, 3_600],
    [900, 900],
    [1_800, 1_800],
    [3_600, 3_600],
    [43_200, 3_600],
    [1, 900],
    [-5, 900],
  ])('of %s results in sessions of %i s', (roleSessionDuration, seconds) => {
    const resource = {
      ...ORDERS,
      ...(roleSessionDuration === undefined ? {} : { roleSessionDuration }),
    };
    expect(sessionSecondsOf(resource, 3_600)).toBe(seconds);
  });

  it('of 15 minutes is renewed at its half-life, not permanently', () => {
    const short = { ...ORDERS, roleSessionDuration: 900 };
    const planWith = (left: number) => actions(withSecret(short, minutes(left)));
    // The half-life, and a jitter of up to 75 s.
    expect(planWith(8.8)).toEqual(['keep shop/orders']);
    expect(planWith(7.5)).toEqual(['renew shop/orders']);
  });
});
