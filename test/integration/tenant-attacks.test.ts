import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { aBusEvent } from '../support/builders/builders.ts';
import { awsIamRoles, HEADER } from '../support/chart/awsiamrole-definition.ts';
import type { Send } from '../support/chart/chart-cluster.ts';
import { type ChartedCluster, realChartedCluster } from '../support/chart/charted-cluster.ts';
import {
  ACCOUNT,
  type Deployment,
  deploy,
  EVENTS,
  REFRESH,
  REFRESHER_ROLE_ARN,
  SWEEP,
} from '../support/deployment/deployment.ts';
import { describeChartOnRealCluster } from '../support/describe-real-cluster.ts';
import { CONTROL_PLANE_WITH_INJECTION } from '../support/requirements.ts';

const BASE = `arn:aws:iam::${ACCOUNT}:role/`;
const FORWARDER = 'kube-aws-iam-forwarder-eu-central-1-test';
const RBAC = '/apis/rbac.authorization.k8s.io/v1/namespaces/shop';
const MERGE = 'application/merge-patch+json';
const HERITAGE = { heritage: 'kube-aws-iam-controller' };

/** The namespace of the tenant, which allows app-orders, and another one, which allows app-ledger. */
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
 * Attacks by a tenant who has all permissions on the pods, Secrets and AWSIAMRoles of one namespace, and nothing else.
 * After each attempt, a refresh, a sweep and events run; then the test checks which sessions STS has issued.
 */
describeChartOnRealCluster('a tenant of one namespace', () => {
  let deployment: Deployment & { readonly cluster: ChartedCluster };
  let cluster: ChartedCluster;
  let tenant: Send;
  /** Number of STS calls before an attempt. */
  let before = 0;

  // On an older Kubernetes, annotations have no effect.
  const podInjection = CONTROL_PLANE_WITH_INJECTION.isMet();

  beforeAll(async () => {
    deployment = await deploy(
      realChartedCluster(
        {},
        podInjection ? { injection: { enabled: true, baseRoleArn: BASE } } : {},
      ),
      { assumableRoles: ['app-*'], podInjection },
    );
    cluster = deployment.cluster;
    // Each trusts the refresher for any namespace, so that only the guard protects them.
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
    await runPasses();
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

  async function runPasses(): Promise<void> {
    await deployment.invoke(REFRESH, { pass: 'refresh' });
    await deployment.invoke(SWEEP, { pass: 'sweep' });
  }

  async function sendEvent(...wanted: readonly object[]): Promise<void> {
    const seenAt = deployment.clock.now().toISOString();
    await deployment.invoke(EVENTS, aBusEvent(wanted.map((request) => ({ ...request, seenAt }))));
  }

  /** The names of the roles for which STS has issued sessions since. */
  const issued = () =>
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

  async function create(path: string, body: object): Promise<void> {
    const { status, body: response } = await tenant('POST', path, body);
    expect(status, JSON.stringify(response)).toBe(201);
  }
  const isRejected = async (path: string, body: object, method = 'POST', type?: string) => {
    const { status } = await tenant(method, path, body, type);
    expect([403, 422]).toContain(status);
  };

  it('can use the role that its namespace allows, in each of three ways', async () => {
    await create(`${SHOP}/pods`, pod('web', 'aws-iam-app-orders'));
    const annotations = { 'iam.amazonaws.com/role': 'app-orders' };
    await create(`${SHOP}/pods`, {
      ...pod('annotated', 'none'),
      metadata: { name: 'annotated', annotations },
    });
    await create(awsIamRoles('shop'), awsIamRole('mine', { roleReference: 'app-orders' }));
    await runPasses();
    expect((await readable()).toSorted()).toEqual(['app-orders', 'app-orders']);
    // One session for both Secrets, which have the same namespace and role.
    expect(new Set(issued())).toEqual(new Set(['app-orders']));
  });

  it.each([
    ['the role of another namespace', 'app-ledger'],
    ['a role that no namespace allows', 'app-admin'],
    ["the forwarder's role", FORWARDER],
    ['the role of the refresher', REFRESHER_ROLE_ARN.slice(BASE.length)],
    ["CDK's role", 'cdk-hnb659fds-deploy-role-123456789012-eu-central-1'],
  ])('receives nothing by mounting, annotating or referencing %s', async (_, role) => {
    await create(`${SHOP}/pods`, pod('web', `aws-iam-${role}`));
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
      await create(awsIamRoles('shop'), awsIamRole(`r${i}`, { roleReference }));
    }
    await runPasses();
    await sendEvent(
      { namespace: 'shop', secret: `aws-iam-${role}`, pod: 'web' },
      ...spellings.map((__, i) => ({ namespace: 'shop', awsIamRole: `r${i}` })),
    );
    expect(issued()).toEqual([]);
    expect(await readable()).toEqual([]);
  });

  it('cannot change the role of a Secret by its labels, annotations, keys or owner', async () => {
    await create(`${SHOP}/pods`, pod('web', 'aws-iam-app-orders'));
    await create(awsIamRoles('shop'), awsIamRole('mine', { roleReference: 'app-orders' }));
    await runPasses();
    const { body: own } = await tenant('GET', `${SHOP}/secrets/mine`);
    for (const name of ['aws-iam-app-orders', 'mine']) {
      const path = `${SHOP}/secrets/${name}`;
      // Only the refresher can write the fields that it relies on.
      await isRejected(
        path,
        { metadata: { annotations: { 'kube-aws-iam/role-arn': `${BASE}app-admin` } } },
        'PATCH',
        MERGE,
      );
      await isRejected(
        path,
        { metadata: { annotations: { 'kube-aws-iam/expires-at': null } } },
        'PATCH',
        MERGE,
      );
      await isRejected(
        path,
        { metadata: { annotations: { 'kube-aws-iam/awsiamrole-generation': '99' } } },
        'PATCH',
        MERGE,
      );
      await isRejected(path, { metadata: { labels: { heritage: null } } }, 'PATCH', MERGE);
      // The tenant can write the others.
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
    await isRejected(`${SHOP}/secrets`, {
      metadata: { name: 'aws-iam-app-admin', labels: HERITAGE },
    });
    await create(`${SHOP}/pods`, pod('admin', 'aws-iam-app-admin'));
    deployment.clock.advance(40 * 60);
    await runPasses();
    // app-ledger is renewed for its own namespace.
    expect(new Set(issued())).toEqual(new Set(['app-orders', 'app-ledger']));
    expect(await readable()).not.toContain('app-ledger');
  });

  it('cannot keep a Secret renewed that its namespace no longer allows', async () => {
    await create(`${SHOP}/pods`, pod('web', 'aws-iam-app-orders'));
    await create(awsIamRoles('shop'), awsIamRole('mine', { roleReference: 'app-orders' }));
    await runPasses();
    await cluster.allow('shop', []);
    const ofOrders = () => issued().filter((role) => role === 'app-orders');
    const before = ofOrders().length;
    // By a new generation, by a forged status, and by a new pod.
    const mine = `${awsIamRoles('shop')}/mine`;
    await tenant('PATCH', mine, { spec: { roleSessionDuration: 1_800 } }, MERGE);
    await tenant(
      'PATCH',
      `${mine}/status`,
      { status: { observedGeneration: 0, roleARN: `${BASE}app-admin` } },
      MERGE,
    );
    await create(`${SHOP}/pods`, pod('web-2', 'aws-iam-app-orders'));
    deployment.clock.advance(40 * 60);
    await runPasses();
    await sendEvent(
      { namespace: 'shop', awsIamRole: 'mine' },
      { namespace: 'shop', secret: 'aws-iam-app-orders', pod: 'web-2' },
    );
    expect(ofOrders()).toHaveLength(before);
  });

  it('cannot reach another namespace by name, by owner or by event', async () => {
    const { body: ofBank } = await cluster.admin('GET', `${BANK}/secrets/aws-iam-app-ledger`);
    expect(ofBank.kind).toBe('Secret');
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
    await create(`${SHOP}/pods`, pod('ledger', 'aws-iam-app-orders'));
    await sendEvent(
      { namespace: 'bank', secret: 'aws-iam-app-orders', pod: 'ledger' },
      { namespace: 'bank', awsIamRole: 'r20' },
      { namespace: 'shop', secret: 'aws-iam-app-ledger', pod: 'ledger' },
    );
    await runPasses();
    expect(new Set(issued())).toEqual(new Set(['app-orders']));
    const { body: after } = await cluster.admin('GET', `${BANK}/secrets/aws-iam-app-ledger`);
    expect(after).toEqual(ofBank);
  });

  it('cannot overwrite a Secret by an AWSIAMRole of its name, except that of its pods', async () => {
    const plain = { metadata: { name: 'db', ownerReferences: [] }, stringData: { password: 'x' } };
    await create(`${SHOP}/secrets`, plain);
    await create(`${SHOP}/pods`, pod('web', 'aws-iam-app-orders'));
    await runPasses();
    for (const name of ['db', 'aws-iam-app-orders']) {
      await create(awsIamRoles('shop'), awsIamRole(name, { roleReference: 'app-orders' }));
    }
    await runPasses();
    const { body: db } = await tenant('GET', `${SHOP}/secrets/db`);
    expect(db['data']).toEqual({ password: Buffer.from('x').toString('base64') });
    const { body: pods } = await tenant('GET', `${SHOP}/secrets/aws-iam-app-orders`);
    expect(pods.metadata['ownerReferences']).toMatchObject([{ name: 'aws-iam-app-orders' }]);
    deployment.clock.advance(40 * 60);
    await runPasses();
    const { body: renewed } = await tenant('GET', `${SHOP}/secrets/aws-iam-app-orders`);
    expect(renewed.metadata.resourceVersion).not.toBe(pods.metadata.resourceVersion);
  });

  it('cannot affect others by the number or content of its AWSIAMRoles', async () => {
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
      await create(
        awsIamRoles('shop'),
        awsIamRole(`many-${i}`, { roleReference: 'app-orders', roleSessionDuration: 900 }),
      );
    }
    await cluster.admin('POST', `${BANK}/pods`, pod('ledger-2', 'aws-iam-app-ledger'));
    await runPasses();
    // All 60 reference one role, so they share one session.
    expect(issued()).toEqual(['app-orders']);
    expect((await readable()).filter((role) => role === 'app-orders')).toHaveLength(60);
    deployment.clock.advance(40 * 60);
    await runPasses();
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
