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
  aPod,
  aSecret,
  aView,
  iso,
  listing,
  minutes,
  ofAwsIamRole,
} from '../../../support/builders.ts';

const ORDERS = anAwsIamRole('orders');
const FRESH = minutes(59);
const GENERATION = 'AWSIAMRole generation';

/** Both passes plan AWSIAMRoles alike, whatever pods there are. */
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
  it('gets one of its name, for the role that it names, with no pod anywhere', () => {
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
    ['names no role', { roleReference: undefined }, 'role-reference-malformed'],
    ['names nonsense', { roleReference: 'a b' }, 'role-reference-malformed'],
    [
      'names a role that the stack does not assume',
      { roleReference: 'arn:aws:iam::999999999999:role/x' },
      'role-not-assumable',
    ],
  ])('that %s is refused', (_, overrides, reason) => {
    const view = aView({ awsIamRoles: [{ ...ORDERS, ...overrides } as typeof ORDERS] });
    expect(actions(view)).toEqual([`refuse shop/orders ${reason}`]);
  });

  it('that names nonsense is about no role', () => {
    const view = aView({ awsIamRoles: [{ ...ORDERS, roleReference: 'a b' }] });
    expect(planRefresh(aContext(view), view).items).toMatchObject([{ role: '', roleArn: '' }]);
  });

  it('is refused what its namespace does not allow', () => {
    const view = aView({
      awsIamRoles: [ORDERS],
      namespaces: [aNamespace('shop', { 'iam.amazonaws.com/allowed-roles': '["billing"]' })],
    });
    expect(actions(view)).toEqual(['refuse shop/orders namespace-does-not-allow']);
  });

  it('waits while the Secrets are not all known', () => {
    const view = { ...aView({ awsIamRoles: [ORDERS] }), secrets: listing([], new Error('half')) };
    expect(actions(view)).toEqual(['defer shop/orders secrets-unknown']);
  });

  it('that is being deleted gets none', () => {
    expect(actions(aView({ awsIamRoles: [{ ...ORDERS, terminating: true }] }))).toEqual([]);
  });

  it('is one of 500 of its namespace that are looked at in a run, and keeps no pod waiting', () => {
    const many = Array.from({ length: 501 }, (_, i) =>
      anAwsIamRole(`r${i}`, i % 2 === 0 ? {} : { roleReference: 'no role' }),
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
  it('stays as it is while it is fresh and of its generation', () => {
    expect(actions(withSecret(ORDERS))).toEqual(['keep shop/orders']);
  });

  it.each([
    ['ends soon', minutes(29)],
    ['has ended', minutes(-5)],
    ['says nothing of its end', ''],
    ['claims to last for ever', '9999-12-31T23:59:59Z'],
  ])('is renewed when it %s, although no pod mounts it', (_, expiresAt) => {
    expect(actions(withSecret(ORDERS, expiresAt))).toEqual(['renew shop/orders']);
  });

  it.each(['1', '', 'x', '-2', '2.0', '9'.repeat(40)])(
    'is renewed when it is of generation %j and not of 2',
    (generation) => {
      const resource = { ...ORDERS, generation: 2 };
      const { annotations } = ofAwsIamRole(resource, generation);
      const expiry = { 'kube-aws-iam/expires-at': iso(FRESH) };
      const own = { annotations: { ...annotations, ...expiry } };
      expect(actions(withSecret(resource, undefined, own))).toEqual(['renew shop/orders']);
    },
  );

  it('is taken over from the controller that it replaces, which writes no annotation', () => {
    const view = withSecret(ORDERS, undefined, { annotations: {} });
    expect(actions(view)).toEqual(['renew shop/orders']);
  });

  it('is due from the very instant on, and not before', () => {
    const due = renewalDueAt({ ...ORDERS, sessionSeconds: 3_600 }, FRESH, 1_800);
    const view = withSecret(ORDERS);
    const at = (now: Date) => planRefresh(aContext(view, now), view).items[0]?.action;
    expect(at(new Date(due.getTime() - 1))).toBe('keep');
    expect(at(due)).toBe('renew');
  });

  const expiry = (text: string) => ({ 'kube-aws-iam/expires-at': text });
  const generation = (text: string) => ({ 'kube-aws-iam/awsiamrole-generation': text });

  it.each<[string, Record<string, string>, string | undefined]>([
    ['all is well', { ...expiry(iso(FRESH)), ...generation('1') }, undefined],
    ['it has none, as from the controller that is replaced', {}, undefined],
    ['only the end is missing', generation('1'), undefined],
    ['only the generation is missing', expiry(iso(FRESH)), undefined],
    ['it is of an earlier generation', { ...expiry(iso(FRESH)), ...generation('7') }, undefined],
    ['the end is no time', { ...expiry('soon'), ...generation('1') }, 'expiry time'],
    ['the end cannot be true', expiry('9999-12-31T23:59:59Z'), 'expiry time'],
    ['the generation is none', { ...expiry(iso(FRESH)), ...generation('x') }, GENERATION],
    ['the generation is none, and no end is named', generation('x'), GENERATION],
    ['neither can be read', { ...expiry('soon'), ...generation('x') }, 'expiry time'],
  ])('says what of its annotations cannot be read when %s', (_, annotations, unreadable) => {
    const own = { ...ofAwsIamRole(ORDERS), annotations };
    // Without the end that a Secret is built with.
    const secrets = [{ ...aSecret('orders', own), annotations }];
    const view = aView({ awsIamRoles: [ORDERS], secrets });
    const { items } = planRefresh(aContext(view), view);
    expect(items.map((item) => item.unreadable)).toEqual([unreadable]);
  });

  it('is no longer renewed, and its end announced, when the role may no longer be had', () => {
    const view = {
      ...withSecret(ORDERS),
      namespaces: listing([aNamespace('shop', {})]),
    };
    expect(planRefresh(aContext(view), view).items).toMatchObject([
      { action: 'refuse', reason: 'namespace-not-annotated', expiresAt: FRESH },
    ]);
  });

  it.each([
    [
      'has another owner',
      { ownerUids: ['another'] },
      'defer shop/orders secret-of-earlier-resource',
    ],
    ['has no owner', { ownerUids: [] }, 'refuse shop/orders name-taken'],
    [
      'has an owner and not the label',
      { labels: { heritage: 'kube-aws-iam-controller' } },
      'refuse shop/orders name-taken',
    ],
    [
      'has another heritage',
      { labels: { heritage: 'helm', type: 'awsiamrole' } },
      'refuse shop/orders name-taken',
    ],
  ])('is not touched when it %s', (_, overrides, planned) => {
    expect(actions(withSecret(ORDERS, minutes(-5), overrides))).toEqual([planned]);
  });

  it('is never marked or removed: it goes with its owner', () => {
    const orphan = aSecret('orders', ofAwsIamRole({ uid: 'gone' }), minutes(-90));
    const used = { annotations: { 'kube-aws-iam/unused-since': '2026-11-23T10:00:00Z' } };
    const marked = aSecret('aws-iam-orders', { ...ofAwsIamRole({ uid: 'gone' }), ...used });
    expect(actions(aView({ secrets: [orphan, marked] }))).toEqual([]);
  });
});

/** AWSIAMRoles whose Secret is missing, there and not due, and there and due for one reason or another. */
const OF_EACH_STATE = aView({
  awsIamRoles: ['missing', 'fresh', 'ending', 'ended', 'outdated'].map((name) =>
    anAwsIamRole(name, name === 'outdated' ? { generation: 2 } : {}),
  ),
  secrets: [
    aSecret('fresh', ofAwsIamRole({ uid: 'uid-of-fresh' }), FRESH),
    aSecret('ending', ofAwsIamRole({ uid: 'uid-of-ending' }), minutes(29)),
    aSecret('ended', ofAwsIamRole({ uid: 'uid-of-ended' }), minutes(-5)),
    aSecret('outdated', ofAwsIamRole({ uid: 'uid-of-outdated' }), FRESH),
  ],
});

describe('an AWSIAMRole of a namespace of which nothing is known', () => {
  const unlisted = listing<ReturnType<typeof aNamespace>>([], new Error('page 1 of 1'));

  it('keeps what is not due, and gets nothing new', () => {
    expect(actions({ ...OF_EACH_STATE, namespaces: unlisted }).toSorted()).toEqual([
      'defer shop/ended namespace-unknown',
      'defer shop/ending namespace-unknown',
      'defer shop/missing namespace-unknown',
      'defer shop/outdated namespace-unknown',
      'keep shop/fresh',
    ]);
  });

  it('is refused all the same what the stack does not assume', () => {
    const elsewhere = { ...ORDERS, roleReference: 'arn:aws:iam::999999999999:role/x' };
    const view = { ...withSecret(elsewhere), namespaces: unlisted };
    expect(actions(view)).toEqual(['refuse shop/orders role-not-assumable']);
  });
});

describe('an AWSIAMRole of a namespace whose annotation cannot be read', () => {
  it.each([
    { 'iam.amazonaws.com/allowed-roles': '["*"' },
    { 'iam.amazonaws.com/permitted': '(' },
    // What can be read of the two does not count, once the other cannot.
    { 'iam.amazonaws.com/allowed-roles': '["*"]', 'iam.amazonaws.com/permitted': '(' },
  ])(
    'is refused whatever state its Secret is in, and told until when it lasts: %o',
    (annotations) => {
      const view = { ...OF_EACH_STATE, namespaces: listing([aNamespace('shop', annotations)]) };
      expect(actions(view).toSorted()).toEqual(
        ['ended', 'ending', 'fresh', 'missing', 'outdated'].map(
          (name) => `refuse shop/${name} namespace-annotation-malformed`,
        ),
      );
      const ends = planRefresh(aContext(view), view).items.map(({ name, expiresAt }) => [
        name,
        expiresAt,
      ]);
      expect(Object.fromEntries(ends)).toEqual({
        ...{ missing: undefined, fresh: FRESH, outdated: FRESH },
        ...{ ending: minutes(29), ended: minutes(-5) },
      });
    },
  );
});

describe('a pod that mounts aws-iam-orders', () => {
  const pods = [aPod('web', ['aws-iam-orders'])];
  const resource = anAwsIamRole('aws-iam-orders', { roleReference: 'team/orders' });

  it('waits for the AWSIAMRole of that name where there is one', () => {
    const view = aView({ pods, awsIamRoles: [resource] });
    expect(planRefresh(aContext(view), view).items).toMatchObject([
      { action: 'create', role: 'team/orders', pod: { name: 'web' }, awsIamRole: resource },
    ]);
  });

  it('finds what the AWSIAMRole of that name made', () => {
    const secrets = [aSecret('aws-iam-orders', ofAwsIamRole(resource))];
    expect(actions(aView({ pods, secrets, awsIamRoles: [resource] }))).toEqual([
      'keep shop/aws-iam-orders',
    ]);
    // The resource was not seen, or is gone: nothing is made in its place.
    expect(actions(aView({ pods, secrets }))).toEqual([]);
  });

  it('keeps what was made for pods, and an AWSIAMRole of that name does not get it', () => {
    const secrets = [aSecret('aws-iam-orders', {}, minutes(5))];
    const view = aView({ pods, secrets, awsIamRoles: [resource] });
    expect(actions(view)).toEqual([
      'renew shop/aws-iam-orders',
      'refuse shop/aws-iam-orders name-taken',
    ]);
    // The pod has what it wants, and is not told of what the resource lacks.
    const told = planRefresh(aContext(view), view).items.map(({ pod }) => pod?.name);
    expect(told).toEqual(['web', undefined]);
  });

  it('waits while the AWSIAMRoles are not all known: one of its name may be among them', () => {
    const view = { ...aView({ pods }), awsIamRoles: listing([], new Error('half')) };
    expect(actions(view)).toEqual(['defer shop/aws-iam-orders secrets-unknown']);
  });
});

describe('an event about an AWSIAMRole', () => {
  it('is planned as the tick would plan it', () => {
    const view = aView({ awsIamRoles: [ORDERS] });
    const { items } = planRequest(aContext(view), view, { namespace: 'shop', name: 'orders' });
    expect(items).toEqual(planRefresh(aContext(view), view).items);
  });

  it('that is not there plans nothing', () => {
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
  ])('of %s makes a session of %i s', (roleSessionDuration, seconds) => {
    const resource = {
      ...ORDERS,
      ...(roleSessionDuration === undefined ? {} : { roleSessionDuration }),
    };
    expect(sessionSecondsOf(resource)).toBe(seconds);
  });

  it('of 15 minutes is renewed at half its life, and not for ever', () => {
    const short = { ...ORDERS, roleSessionDuration: 900 };
    const dueAt = (left: number) => actions(withSecret(short, minutes(left)));
    // Half its life, and a spread of up to 75 s.
    expect(dueAt(8.8)).toEqual(['keep shop/orders']);
    expect(dueAt(7.5)).toEqual(['renew shop/orders']);
  });
});
