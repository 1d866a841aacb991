import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { awsIamRoles, HEADER } from '../support/awsiamrole-definition.ts';
import { aBusEvent } from '../support/builders.ts';
import type { Send } from '../support/chart-cluster.ts';
import { type ChartedCluster, realChartedCluster } from '../support/charted-cluster.ts';
import {
  ACCOUNT,
  type Deployment,
  deploy,
  REFRESH,
  REFRESHER_ROLE_ARN,
  SWEEP,
} from '../support/deployment.ts';
import { describeChartOnRealCluster } from '../support/describe-chart-on-real-cluster.ts';

const BASE = `arn:aws:iam::${ACCOUNT}:role/`;
const FORWARDER = 'kube-aws-iam-forwarder-eu-central-1-test';
const RBAC = '/apis/rbac.authorization.k8s.io/v1/namespaces/shop';
const MERGE = 'application/merge-patch+json';
const HERITAGE = { heritage: 'kube-aws-iam-controller' };

/** The namespaces: the tenant's, which allows app-orders, and another's, which allows app-ledger. */
const SHOP = '/api/v1/namespaces/shop';
const BANK = '/api/v1/namespaces/bank';

const pod = (name: string, secretName: string, metadata: object = {}) => ({
  metadata: { name, ...metadata },
  spec: {
    containers: [{ name: 'c', image: 'app', volumeMounts: [{ name: 'v', mountPath: '/m' }] }],
    volumes: [{ name: 'v', secret: { secretName } }],
  },
});
const awsIamRole = (name: string, spec: object, metadata: object = {}) => ({
  ...HEADER,
  metadata: { name, ...metadata },
  spec,
});

/**
 * What somebody tries who may do everything with pods, Secrets and AWSIAMRoles of one namespace, and nothing else. After
 * each attempt the product runs, by tick, sweep and event, and then it is looked which sessions STS gave to whom.
 */
describeChartOnRealCluster('a tenant of one namespace', () => {
  let deployment: Deployment & { readonly cluster: ChartedCluster };
  let cluster: ChartedCluster;
  let tenant: Send;
  /** Calls of STS that were there before an attempt. */
  let before = 0;

  beforeAll(async () => {
    deployment = await deploy(
      realChartedCluster({}, { injection: { enabled: true, baseRoleArn: BASE } }),
      { assumableRoles: ['app-*'], podInjection: true },
    );
    cluster = deployment.cluster;
    // Each trusts the refresher for any namespace, so that the product's own guards are all there is.
    for (const role of ['app-orders', 'app-ledger', 'app-admin']) deployment.addPodRole(role);
    await cluster.createNamespace('shop', ['app-orders']);
    await cluster.createNamespace('bank', ['app-ledger']);
    await cluster.admin(
      'PATCH',
      SHOP,
      { metadata: { labels: { 'kube-aws-iam/inject': 'enabled' } } },
      MERGE,
    );
    await cluster.admin('POST', `${RBAC}/roles`, {
      metadata: { name: 'tenant' },
      rules: [
        { apiGroups: [''], resources: ['pods', 'secrets'], verbs: ['*'] },
        {
          apiGroups: ['zalando.org'],
          resources: ['awsiamroles', 'awsiamroles/status'],
          verbs: ['*'],
        },
      ],
    });
    await cluster.admin('POST', `${RBAC}/rolebindings`, {
      metadata: { name: 'tenant' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'tenant' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'tenant' }],
    });
    tenant = cluster.as({ user: 'tenant' });
    await cluster.admin('POST', `${BANK}/pods`, pod('ledger', 'aws-iam-app-ledger'));
    await run();
    before = deployment.cloud.sts.calls.length;
  });
  afterEach(async () => {
    for (const path of [`${SHOP}/pods`, `${SHOP}/secrets`, awsIamRoles('shop')]) {
      await cluster.admin('DELETE', path, { gracePeriodSeconds: 0 });
    }
    await cluster.allow('shop', ['app-orders']);
    before = deployment.cloud.sts.calls.length;
  });
  afterAll(() => deployment?.stop());

  async function run(): Promise<void> {
    await deployment.invoke(REFRESH, { pass: 'refresh' });
    await deployment.invoke(SWEEP, { pass: 'sweep' });
  }

  async function announce(...wanted: readonly object[]): Promise<void> {
    const seenAt = deployment.clock.now().toISOString();
    await deployment.invoke(REFRESH, aBusEvent(wanted.map((want) => ({ ...want, seenAt }))));
  }

  /** The roles of which STS gave sessions since, by the role's name. */
  const given = () =>
    deployment.cloud.sts.calls
      .slice(before)
      .filter(({ action, status }) => action === 'AssumeRole' && status === 200)
      .map(({ resource }) => resource?.split('/').at(-1));

  /** The roles whose credentials the tenant can read in its namespace. */
  async function readable(): Promise<readonly string[]> {
    const { body } = await tenant('GET', `${SHOP}/secrets`);
    return body.items.flatMap((secret) => {
      const { 'role-arn': arn } = (secret['data'] ?? {}) as Record<string, string>;
      return arn === undefined ? [] : [Buffer.from(arn, 'base64').toString().slice(BASE.length)];
    });
  }

  async function make(path: string, body: object): Promise<void> {
    const { status, body: answer } = await tenant('POST', path, body);
    expect(status, JSON.stringify(answer)).toBe(201);
  }
  const refused = async (path: string, body: object, method = 'POST', type?: string) => {
    const { status } = await tenant(method, path, body, type);
    expect([403, 422]).toContain(status);
  };

  it('may have the role that its namespace allows, in each of three ways', async () => {
    await make(`${SHOP}/pods`, pod('web', 'aws-iam-app-orders'));
    const annotations = { 'iam.amazonaws.com/role': 'app-orders' };
    await make(`${SHOP}/pods`, {
      ...pod('annotated', 'none'),
      metadata: { name: 'annotated', annotations },
    });
    await make(awsIamRoles('shop'), awsIamRole('mine', { roleReference: 'app-orders' }));
    await run();
    expect((await readable()).toSorted()).toEqual(['app-orders', 'app-orders']);
    // One for both Secrets in that run: both are of one namespace and one role.
    expect(new Set(given())).toEqual(new Set(['app-orders']));
  });

  it.each([
    ['the role of another namespace', 'app-ledger'],
    ['a role that nobody allows', 'app-admin'],
    ["the forwarder's role", FORWARDER],
    ['the role of the refresher', REFRESHER_ROLE_ARN.slice(BASE.length)],
    ["CDK's role", 'cdk-hnb659fds-deploy-role-123456789012-eu-central-1'],
  ])('gets nothing that mounts, annotates or names %s', async (_, role) => {
    await make(`${SHOP}/pods`, pod('web', `aws-iam-${role}`));
    await tenant('POST', `${SHOP}/pods`, {
      ...pod('annotated', 'none'),
      metadata: { name: 'annotated', annotations: { 'iam.amazonaws.com/role': role } },
    });
    const spellings = [
      role,
      BASE + role,
      `/${role}`,
      role.toUpperCase(),
      BASE + role.toUpperCase(),
      `x/../${role}`,
    ];
    for (const [i, roleReference] of spellings.entries()) {
      await make(awsIamRoles('shop'), awsIamRole(`r${i}`, { roleReference }));
    }
    await run();
    await announce(
      { namespace: 'shop', secret: `aws-iam-${role}`, pod: 'web' },
      ...spellings.map((__, i) => ({ namespace: 'shop', awsIamRole: `r${i}` })),
    );
    expect(given()).toEqual([]);
    expect(await readable()).toEqual([]);
  });

  it('does not get another role into a Secret by its labels, annotations, keys or owner', async () => {
    await make(`${SHOP}/pods`, pod('web', 'aws-iam-app-orders'));
    await make(awsIamRoles('shop'), awsIamRole('mine', { roleReference: 'app-orders' }));
    await run();
    const { body: own } = await tenant('GET', `${SHOP}/secrets/mine`);
    for (const name of ['aws-iam-app-orders', 'mine']) {
      const path = `${SHOP}/secrets/${name}`;
      // What the refresher goes by is kept from everybody else.
      await refused(
        path,
        { metadata: { annotations: { 'kube-aws-iam/role-arn': `${BASE}app-admin` } } },
        'PATCH',
        MERGE,
      );
      await refused(
        path,
        { metadata: { annotations: { 'kube-aws-iam/expires-at': null } } },
        'PATCH',
        MERGE,
      );
      await refused(
        path,
        { metadata: { annotations: { 'kube-aws-iam/awsiamrole-generation': '99' } } },
        'PATCH',
        MERGE,
      );
      await refused(path, { metadata: { labels: { heritage: null } } }, 'PATCH', MERGE);
      // What it does not go by may be anything.
      const arn = Buffer.from(`${BASE}app-admin`).toString('base64');
      await tenant('PATCH', path, { data: { 'role-arn': arn, expire: arn } }, MERGE);
      await tenant('PATCH', path, { metadata: { labels: { type: 'awsiamrole' } } }, MERGE);
      await tenant(
        'PATCH',
        path,
        { metadata: { ownerReferences: own.metadata['ownerReferences'] } },
        MERGE,
      );
    }
    await refused(`${SHOP}/secrets`, { metadata: { name: 'aws-iam-app-admin', labels: HERITAGE } });
    await make(`${SHOP}/pods`, pod('admin', 'aws-iam-app-admin'));
    deployment.clock.advance(40 * 60);
    await run();
    // The other is renewed for its own namespace.
    expect(new Set(given())).toEqual(new Set(['app-orders', 'app-ledger']));
    expect(await readable()).not.toContain('app-ledger');
  });

  it('does not keep a Secret renewed that its namespace may no longer have', async () => {
    await make(`${SHOP}/pods`, pod('web', 'aws-iam-app-orders'));
    await make(awsIamRoles('shop'), awsIamRole('mine', { roleReference: 'app-orders' }));
    await run();
    await cluster.allow('shop', []);
    const ofOrders = () => given().filter((role) => role === 'app-orders');
    const before = ofOrders().length;
    // By a new generation, by a status that claims another, and by a new pod.
    const mine = `${awsIamRoles('shop')}/mine`;
    await tenant('PATCH', mine, { spec: { roleSessionDuration: 1_800 } }, MERGE);
    await tenant(
      'PATCH',
      `${mine}/status`,
      { status: { observedGeneration: 0, roleARN: `${BASE}app-admin` } },
      MERGE,
    );
    await make(`${SHOP}/pods`, pod('web-2', 'aws-iam-app-orders'));
    deployment.clock.advance(40 * 60);
    await run();
    await announce(
      { namespace: 'shop', awsIamRole: 'mine' },
      { namespace: 'shop', secret: 'aws-iam-app-orders', pod: 'web-2' },
    );
    expect(ofOrders()).toHaveLength(before);
  });

  it('reaches no other namespace, by name, by owner or by event', async () => {
    const { body: theirs } = await cluster.admin('GET', `${BANK}/secrets/aws-iam-app-ledger`);
    expect(theirs.kind).toBe('Secret');
    for (const roleReference of [
      '../../bank/app-ledger',
      'bank/app-ledger',
      `${BASE}bank/app-ledger`,
    ]) {
      await tenant(
        'POST',
        awsIamRoles('shop'),
        awsIamRole(`r${roleReference.length}`, { roleReference }),
      );
    }
    const { status } = await tenant(
      'POST',
      awsIamRoles('bank'),
      awsIamRole('mine', { roleReference: 'app-ledger' }),
    );
    expect(status).toBe(403);
    await make(`${SHOP}/pods`, pod('ledger', 'aws-iam-app-orders'));
    await announce(
      { namespace: 'bank', secret: 'aws-iam-app-orders', pod: 'ledger' },
      { namespace: 'bank', awsIamRole: 'r20' },
      { namespace: 'shop', secret: 'aws-iam-app-ledger', pod: 'ledger' },
    );
    await run();
    expect(new Set(given())).toEqual(new Set(['app-orders']));
    const { body: after } = await cluster.admin('GET', `${BANK}/secrets/aws-iam-app-ledger`);
    expect(after).toEqual(theirs);
  });

  it('does not have a Secret overwritten or removed by an AWSIAMRole of its name', async () => {
    const plain = { metadata: { name: 'db', ownerReferences: [] }, stringData: { password: 'x' } };
    await make(`${SHOP}/secrets`, plain);
    await make(`${SHOP}/pods`, pod('web', 'aws-iam-app-orders'));
    await run();
    for (const name of ['db', 'aws-iam-app-orders']) {
      await make(awsIamRoles('shop'), awsIamRole(name, { roleReference: 'app-orders' }));
    }
    await run();
    const { body: db } = await tenant('GET', `${SHOP}/secrets/db`);
    expect(db['data']).toEqual({ password: Buffer.from('x').toString('base64') });
    const { body: pods } = await tenant('GET', `${SHOP}/secrets/aws-iam-app-orders`);
    expect(pods.metadata['ownerReferences']).toBeUndefined();
    // And the pods' one goes on being renewed.
    deployment.clock.advance(40 * 60);
    await run();
    const { body: renewed } = await tenant('GET', `${SHOP}/secrets/aws-iam-app-orders`);
    expect(renewed.metadata.resourceVersion).not.toBe(pods.metadata.resourceVersion);
  });

  it('stops nobody else by what it writes, however much and however odd', async () => {
    const odd = [
      'x',
      'a/'.repeat(200),
      `${BASE}${'b/'.repeat(250)}c`,
      '\u0000\u0007',
      '$(reboot)',
      '"; rm -rf /',
      '😀'.repeat(100),
    ];
    for (const [i, roleReference] of odd.entries()) {
      await tenant('POST', awsIamRoles('shop'), awsIamRole(`odd-${i}`, { roleReference }));
    }
    for (let i = 0; i < 60; i++) {
      await make(
        awsIamRoles('shop'),
        awsIamRole(`many-${i}`, { roleReference: 'app-orders', roleSessionDuration: 900 }),
      );
    }
    await cluster.admin('POST', `${BANK}/pods`, pod('ledger-2', 'aws-iam-app-ledger'));
    await run();
    // All 60 name one role, so they cost one session.
    expect(given()).toEqual(['app-orders']);
    expect((await readable()).filter((role) => role === 'app-orders')).toHaveLength(60);
    deployment.clock.advance(40 * 60);
    await run();
    const { body } = await cluster.admin('GET', `${BANK}/secrets/aws-iam-app-ledger`);
    const { 'kube-aws-iam/expires-at': expiresAt } = body.metadata['annotations'] as Record<
      string,
      string
    >;
    expect(Date.parse(expiresAt ?? '')).toBeGreaterThan(
      deployment.clock.now().getTime() + 50 * 60_000,
    );
  });
});
