import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiClient } from '../../local/api-client.ts';
import { waitUntil } from '../../local/wait-until.ts';
import { awsIamRoles, HEADER, installAwsIamRoles } from '../support/awsiamrole-definition.ts';
import { type ChartedCluster, realChartedCluster } from '../support/charted-cluster.ts';
import { ACCOUNT, type Deployment, deploy, REFRESH, SWEEP } from '../support/deployment.ts';
import { describeChartOnRealCluster } from '../support/describe-chart-on-real-cluster.ts';
import { deployEmbedded } from '../support/embedded-deployment.ts';

const SHOP = '/api/v1/namespaces/shop';
const ELSEWHERE = 'arn:aws:iam::999999999999:role/team/Billing';
const MERGE = 'application/merge-patch+json';
const MINUTE = 60_000;
/** The controllers look for new kinds of resource every half minute. */
const GARBAGE_COLLECTION_SECONDS = 120;

describeChartOnRealCluster('AWSIAMRoles, from their making to their end', () => {
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
  const make = async (name: string, spec: object, metadata: object = {}) => {
    const body = { ...HEADER, metadata: { name, ...metadata }, spec };
    const answer = await cluster.admin('POST', awsIamRoles('shop'), body);
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    return answer.body;
  };
  const eventsOf = async (name: string) => {
    const { body } = await cluster.admin('GET', '/apis/events.k8s.io/v1/namespaces/shop/events');
    return body.items
      .filter((event) => (event['regarding'] as { name?: string }).name === name)
      .map((event) => event['reason'])
      .sort();
  };

  it('gives a role that the name of a Secret cannot hold, with labels, owner and status', async () => {
    const made = await make('orders', { roleReference: 'team/Orders' }, { labels: { team: 'a' } });
    expect(await refresh()).toMatchObject({
      report: { counts: { created: 1, failed: 0, refused: 0 }, awsIamRolesSeen: 1, unwritten: [] },
    });
    const secret = await secretOf('orders');
    expect(secret.metadata).toMatchObject({
      labels: { team: 'a', heritage: 'kube-aws-iam-controller', type: 'awsiamrole' },
      annotations: { 'kube-aws-iam/awsiamrole-generation': '1' },
      ownerReferences: [{ ...HEADER, name: 'orders', uid: made.metadata.uid }],
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

  it('has nothing to do then, and writes nothing', async () => {
    const before = [await resource('orders'), await secretOf('orders')];
    expect(await refresh()).toMatchObject({
      report: { counts: { created: 0, renewed: 0, kept: 1 } },
    });
    expect(await deployment.invoke(SWEEP, { pass: 'sweep' })).toMatchObject({
      report: { counts: { marked: 0, renewed: 0, kept: 1 } },
    });
    expect([await resource('orders'), await secretOf('orders')]).toEqual(before);
  });

  it('gives other credentials at once when the spec changes, and says what it saw', async () => {
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

  it('renews at half-life, and a shorter session at half of its own', async () => {
    await make('short', { roleReference: 'app-orders', roleSessionDuration: 900 });
    await make('long', { roleReference: 'app-orders', roleSessionDuration: 43_200 });
    await refresh();
    const expiration = async (name: string) =>
      Date.parse(String((await statusOf(name))?.['expiration']));
    const [short, long] = [await expiration('short'), await expiration('long')];
    // Issued one after the other, by a clock that runs.
    expect((long - short) / MINUTE).toBeCloseTo(45, 0);
    expect(JSON.stringify(await statusOf('long'))).toContain('3600 s, not the 43200 s');
    deployment.clock.advance(6 * 60);
    await refresh();
    expect(await expiration('short')).toBe(short);
    deployment.clock.advance(2 * 60);
    await refresh();
    expect(await expiration('short')).toBeGreaterThanOrEqual(short + 8 * MINUTE);
    expect(await expiration('long')).toBe(long);
  });

  it.each([
    [
      'names no role',
      { roleReference: 'not a role' },
      'RoleReferenceMalformed',
      /not the name of an IAM role/,
    ],
    [
      'names a role of an account that is not configured',
      { roleReference: 'arn:aws:iam::111111111111:role/x' },
      'RoleNotAssumable',
      /assumableRoles/,
    ],
    [
      'names a role that STS does not give',
      { roleReference: 'app-nobody' },
      'AssumeRoleDenied',
      /trust policy/,
    ],
    [
      'names a role elsewhere that does not exist',
      { roleReference: ELSEWHERE },
      'AssumeRoleDenied',
      /999999999999/,
    ],
  ])(
    'that %s is told why, in its status and by an Event, and gets nothing',
    async (_, spec, reason, message) => {
      await make('wrong', spec);
      await refresh();
      expect(await statusOf('wrong')).toMatchObject({
        observedGeneration: 1,
        conditions: [
          { type: 'Ready', status: 'False', reason, message: expect.stringMatching(message) },
        ],
      });
      const seen = await resource('wrong');
      // Told once: the same again is neither written nor an Event.
      await refresh();
      expect(await resource('wrong')).toEqual(seen);
      expect(await eventsOf('wrong')).toContain('GetCredentialsFailed');
      expect((await cluster.admin('GET', `${SHOP}/secrets/wrong`)).status).toBe(404);
      await cluster.admin('DELETE', `${awsIamRoles('shop')}/wrong`);
    },
  );

  it('leaves a Secret of its name alone that somebody made, and says so', async () => {
    const theirs = { metadata: { name: 'taken' }, stringData: { mine: 'yes' } };
    await cluster.admin('POST', `${SHOP}/secrets`, theirs);
    await make('taken', { roleReference: 'app-orders' });
    await refresh();
    expect(await statusOf('taken')).toMatchObject({
      conditions: [{ status: 'False', reason: 'NameTaken' }],
    });
    expect((await secretOf('taken'))['data']).toEqual({
      mine: Buffer.from('yes').toString('base64'),
    });
    expect(await eventsOf('taken')).toEqual(['CreateSecretFailed']);
  });

  it('does not renew what is no longer allowed, and says so while the old credentials last', async () => {
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

  it('goes with its resource, and a new resource of that name gets a Secret of its own', async () => {
    const { uid } = (await secretOf('orders')).metadata;
    const ended = (what: string) =>
      waitUntil(
        what,
        async () => {
          const { body, status } = await cluster.admin('GET', `${SHOP}/secrets/orders`);
          return status === 404 || body.metadata.uid !== uid || undefined;
        },
        GARBAGE_COLLECTION_SECONDS,
      );
    await cluster.admin('DELETE', `${awsIamRoles('shop')}/orders`);
    // At once, so that the old Secret may still be there, which is then left alone.
    await make('orders', { roleReference: 'app-orders' });
    await refresh();
    await ended('the end of the old Secret');
    await refresh();
    const anew = await secretOf('orders');
    expect(anew.metadata).toMatchObject({
      ownerReferences: [{ uid: (await resource('orders')).metadata.uid }],
    });
    await cluster.admin('DELETE', `${awsIamRoles('shop')}/orders`);
    await waitUntil('the end of the Secret', async () => {
      const { status } = await cluster.admin('GET', `${SHOP}/secrets/orders`);
      return status === 404 || undefined;
    });
    expect(await refresh()).toMatchObject({ report: { counts: { created: 0 } } });
  }, 180_000);
});

describe('a cluster without the resource', () => {
  it('is served as ever, without a word', async () => {
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
