import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiClient } from '../../local/api-client.ts';
import { waitUntil } from '../../local/wait-until.ts';
import { awsIamRoles, HEADER, installAwsIamRoles } from '../support/chart/awsiamrole-definition.ts';
import { type ChartedCluster, realChartedCluster } from '../support/chart/charted-cluster.ts';
import {
  ACCOUNT,
  type Deployment,
  deploy,
  REFRESH,
  SWEEP,
} from '../support/deployment/deployment.ts';
import { deployEmbedded } from '../support/deployment/embedded-deployment.ts';
import { describeChartOnRealCluster } from '../support/describe-real-cluster.ts';

const SHOP = '/api/v1/namespaces/shop';
const ELSEWHERE = 'arn:aws:iam::999999999999:role/team/Billing';
const MERGE = 'application/merge-patch+json';
const MINUTE = 60_000;
/** The controllers discover new resources every 30 seconds. */
const GARBAGE_COLLECTION_SECONDS = 120;

describeChartOnRealCluster('AWSIAMRoles, from creation to deletion', () => {
  let deployment: Deployment & { readonly cluster: ChartedCluster };
  let cluster: ChartedCluster;

  beforeAll(async () => {
    deployment = await deploy(realChartedCluster({ controllers: true }), {
      assumableRoles: ['app-*', 'team/*', ELSEWHERE],
    });
    cluster = deployment.cluster;
    deployment.addPodRole('app-orders');
    deployment.addPodRole('team/Orders');
    await cluster.createNamespace('shop', ['app-*', 'team/*', ELSEWHERE]);
  });
  afterAll(() => deployment?.stop());

  const refresh = () => deployment.invoke(REFRESH, { pass: 'refresh' });
  const secretOf = async (name: string) =>
    (await cluster.admin('GET', `${SHOP}/secrets/${name}`)).body;
  const resource = async (name: string) =>
    (await cluster.admin('GET', `${awsIamRoles('shop')}/${name}`)).body;
  const statusOf = async (name: string) =>
    (await resource(name))['status'] as Record<string, unknown> | undefined;
  const create = async (name: string, spec: object, metadata: object = {}) => {
    const body = { ...HEADER, metadata: { name, ...metadata }, spec };
    const response = await cluster.admin('POST', awsIamRoles('shop'), body);
    expect(response.status, JSON.stringify(response.body)).toBe(201);
    return response.body;
  };
  const eventsOf = async (name: string) => {
    const { body } = await cluster.admin('GET', '/apis/events.k8s.io/v1/namespaces/shop/events');
    return body.items
      .filter((event) => (event['regarding'] as { name?: string }).name === name)
      .map((event) => event['reason'])
      .sort();
  };

  it('receive a role that a Secret name cannot contain, with labels, owner and status', async () => {
    const created = await create(
      'orders',
      { roleReference: 'team/Orders' },
      { labels: { team: 'a' } },
    );
    expect(await refresh()).toMatchObject({
      report: { counts: { created: 1, failed: 0, refused: 0 }, awsIamRolesSeen: 1, unwritten: [] },
    });
    const secret = await secretOf('orders');
    expect(secret.metadata).toMatchObject({
      labels: { team: 'a', heritage: 'kube-aws-iam-controller', type: 'awsiamrole' },
      annotations: { 'kube-aws-iam/awsiamrole-generation': '1' },
      ownerReferences: [{ ...HEADER, name: 'orders', uid: created.metadata.uid }],
    });
    const data = secret['data'] as Record<string, string>;
    const text = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString();
    expect(Object.keys(data).sort()).toEqual([
      'awsiamrole-generation',
      'credentials',
      'credentials.json',
      'credentials.process',
      'expire',
      'role-arn',
    ]);
    expect(text('role-arn')).toBe(`arn:aws:iam::${ACCOUNT}:role/team/Orders`);
    expect(text('awsiamrole-generation')).toBe('1');
    expect(await statusOf('orders')).toMatchObject({
      observedGeneration: 1,
      roleARN: `arn:aws:iam::${ACCOUNT}:role/team/Orders`,
      expiration: text('expire'),
      conditions: [{ type: 'Ready', status: 'True', reason: 'CredentialsIssued' }],
    });
    expect(await eventsOf('orders')).toEqual(['CreateCredentials']);
  });

  it('are not written again without changes', async () => {
    const before = [await resource('orders'), await secretOf('orders')];
    expect(await refresh()).toMatchObject({
      report: { counts: { created: 0, renewed: 0, kept: 1 } },
    });
    expect(await deployment.invoke(SWEEP, { pass: 'sweep' })).toMatchObject({
      report: { counts: { marked: 0, renewed: 0, kept: 1 } },
    });
    expect([await resource('orders'), await secretOf('orders')]).toEqual(before);
  });

  it('receive other credentials at once when the spec changes, and a status of that generation', async () => {
    const path = `${awsIamRoles('shop')}/orders`;
    await cluster.admin('PATCH', path, { spec: { roleReference: 'app-orders' } }, MERGE);
    expect(await refresh()).toMatchObject({ report: { counts: { renewed: 1 } } });
    const { data } = (await secretOf('orders')) as unknown as { data: Record<string, string> };
    expect(Buffer.from(data['role-arn'] ?? '', 'base64').toString()).toMatch(/role\/app-orders$/);
    expect(await statusOf('orders')).toMatchObject({
      observedGeneration: 2,
      roleARN: `arn:aws:iam::${ACCOUNT}:role/app-orders`,
    });
    expect(await eventsOf('orders')).toEqual(['CreateCredentials', 'UpdateCredentials']);
  });

  it('are renewed at half-life, of a shorter session too', async () => {
    await create('short', { roleReference: 'app-orders', roleSessionDuration: 900 });
    await create('long', { roleReference: 'app-orders', roleSessionDuration: 43_200 });
    await refresh();
    const expiration = async (name: string) =>
      Date.parse(String((await statusOf(name))?.['expiration']));
    const [short, long] = [await expiration('short'), await expiration('long')];
    // The clock advances between the two.
    expect((long - short) / MINUTE).toBeCloseTo(45, 0);
    expect(JSON.stringify(await statusOf('long'))).toContain('3600 s instead of the 43200 s');
    deployment.clock.advance(6 * 60);
    await refresh();
    expect(await expiration('short')).toBe(short);
    // Every minute, as a renewal that has been due for longer is taken for a problem.
    for (let minute = 7; minute <= 8; minute++) {
      deployment.clock.advance(60);
      await refresh();
    }
    expect(await expiration('short')).toBeGreaterThanOrEqual(short + 7 * MINUTE);
    expect(await expiration('long')).toBe(long);
  });

  it.each([
    [
      'has a malformed reference',
      { roleReference: 'not a role' },
      'RoleReferenceMalformed',
      /not the name of an IAM role/,
    ],
    [
      'references a role of an account that is not configured',
      { roleReference: 'arn:aws:iam::111111111111:role/x' },
      'RoleNotAssumable',
      /assumableRoles/,
    ],
    [
      'references a role that STS denies',
      { roleReference: 'app-nobody' },
      'AssumeRoleDenied',
      /trust policy/,
    ],
    [
      'references a role of another account that does not exist',
      { roleReference: ELSEWHERE },
      'AssumeRoleDenied',
      /999999999999/,
    ],
  ])(
    'that %s has the reason in its status and in an Event, and receives nothing',
    async (_, spec, reason, message) => {
      await create('wrong', spec);
      await refresh();
      expect(await statusOf('wrong')).toMatchObject({
        observedGeneration: 1,
        conditions: [
          { type: 'Ready', status: 'False', reason, message: expect.stringMatching(message) },
        ],
      });
      const seen = await resource('wrong');
      // Reported once: the next pass writes neither a status nor an Event.
      await refresh();
      expect(await resource('wrong')).toEqual(seen);
      expect(await eventsOf('wrong')).toContain('GetCredentialsFailed');
      expect((await cluster.admin('GET', `${SHOP}/secrets/wrong`)).status).toBe(404);
      await cluster.admin('DELETE', `${awsIamRoles('shop')}/wrong`);
    },
  );

  it('do not overwrite an existing Secret of their name, and report it', async () => {
    const existing = { metadata: { name: 'taken' }, stringData: { mine: 'yes' } };
    await cluster.admin('POST', `${SHOP}/secrets`, existing);
    await create('taken', { roleReference: 'app-orders' });
    await refresh();
    expect(await statusOf('taken')).toMatchObject({
      conditions: [{ status: 'False', reason: 'NameTaken' }],
    });
    expect((await secretOf('taken'))['data']).toEqual({
      mine: Buffer.from('yes').toString('base64'),
    });
    expect(await eventsOf('taken')).toEqual(['CreateSecretFailed']);
  });

  it('are not renewed when the role is no longer allowed, and report it while the credentials are valid', async () => {
    await cluster.allow('shop', ['team/*']);
    expect(await refresh()).toMatchObject({ report: { counts: { renewed: 0 } } });
    expect(await statusOf('orders')).toMatchObject({
      conditions: [{ status: 'False', reason: 'NamespaceDoesNotAllow' }],
      expiration: expect.any(String),
    });
    await cluster.allow('shop', ['app-*', 'team/*']);
    await refresh();
    expect(await statusOf('orders')).toMatchObject({ conditions: [{ status: 'True' }] });
  });

  it('that are deleted with --cascade=orphan and created again adopt their Secret', async () => {
    await create('ledger', { roleReference: 'app-orders' });
    await refresh();
    const { uid } = (await secretOf('ledger')).metadata;
    const path = `${awsIamRoles('shop')}/ledger`;
    await cluster.admin('DELETE', path, { propagationPolicy: 'Orphan' });
    await waitUntil(
      'the removal of the AWSIAMRole',
      async () => (await cluster.admin('GET', path)).status === 404 || undefined,
      { timeoutSeconds: GARBAGE_COLLECTION_SECONDS },
    );
    expect((await secretOf('ledger')).metadata).not.toHaveProperty('ownerReferences');
    const created = await create('ledger', { roleReference: 'team/Orders' });
    await refresh();
    expect((await secretOf('ledger')).metadata).toMatchObject({
      uid,
      ownerReferences: [{ uid: created.metadata.uid }],
    });
    expect(await statusOf('ledger')).toMatchObject({ conditions: [{ status: 'True' }] });
  }, 180_000);

  it('are deleted together with their Secret, and a new one of the same name receives a new Secret', async () => {
    const { uid } = (await secretOf('orders')).metadata;
    const replaced = (what: string) =>
      waitUntil(
        what,
        async () => {
          const { body, status } = await cluster.admin('GET', `${SHOP}/secrets/orders`);
          return status === 404 || body.metadata.uid !== uid || undefined;
        },
        { timeoutSeconds: GARBAGE_COLLECTION_SECONDS },
      );
    await cluster.admin('DELETE', `${awsIamRoles('shop')}/orders`);
    // At once, while the old Secret may still exist; it is not changed then.
    await create('orders', { roleReference: 'app-orders' });
    await refresh();
    await replaced('the removal of the old Secret');
    await refresh();
    const recreated = await secretOf('orders');
    expect(recreated.metadata).toMatchObject({
      ownerReferences: [{ uid: (await resource('orders')).metadata.uid }],
    });
    await cluster.admin('DELETE', `${awsIamRoles('shop')}/orders`);
    await waitUntil('the removal of the Secret', async () => {
      const { status } = await cluster.admin('GET', `${SHOP}/secrets/orders`);
      return status === 404 || undefined;
    });
    expect(await refresh()).toMatchObject({ report: { counts: { created: 0 } } });
  }, 180_000);
});

describe('a cluster without the CRD', () => {
  it('is refreshed without errors', async () => {
    const deployment = await deployEmbedded();
    const admin = apiClient({ ...deployment.cluster, token: deployment.cluster.adminToken });
    try {
      expect(await deployment.invoke(REFRESH, { pass: 'refresh' })).toMatchObject({
        report: { incomplete: [], awsIamRolesSeen: 0 },
      });
      await installAwsIamRoles(admin);
      const namespace = {
        metadata: { name: 'shop', annotations: { 'iam.amazonaws.com/allowed-roles': '["*"]' } },
      };
      await admin.send('POST', '/api/v1/namespaces', { body: namespace });
      deployment.addPodRole('app-x');
      const body = { ...HEADER, metadata: { name: 'x' }, spec: { roleReference: 'app-x' } };
      await admin.send('POST', awsIamRoles('shop'), { body });
      expect(await deployment.invoke(REFRESH, { pass: 'refresh' })).toMatchObject({
        report: { counts: { created: 1 }, unwritten: [] },
      });
    } finally {
      await admin.close();
      await deployment.stop();
    }
  });
});
