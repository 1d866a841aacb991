import { afterAll, beforeAll, expect, it } from 'vitest';
import { awsIamRoles, HEADER } from '../support/chart/awsiamrole-definition.ts';
import { type ChartedCluster, realChartedCluster } from '../support/chart/charted-cluster.ts';
import { type Deployment, deploy, REFRESH, SWEEP } from '../support/deployment/deployment.ts';
import { describeChartOnRealCluster } from '../support/describe-real-cluster.ts';

const SHOP = '/api/v1/namespaces/shop';
const SECRETS = `${SHOP}/secrets`;
const MERGE = 'application/merge-patch+json';
const POD_SECRET = 'aws-iam-app-orders';

/** With the chart's RBAC and admission policies. */
describeChartOnRealCluster('a Secret whose owners and labels others change', () => {
  let deployment: Deployment & { readonly cluster: ChartedCluster };
  let cluster: ChartedCluster;

  beforeAll(async () => {
    deployment = await deploy(realChartedCluster(), {
      assumableRoles: ['app-*', 'team/*'],
    });
    cluster = deployment.cluster;
    deployment.addPodRole('app-orders');
    deployment.addPodRole('team/Orders');
    await cluster.createNamespace('shop', ['app-*', 'team/*']);
    await cluster.createNamespace('elsewhere', []);
  });
  afterAll(() => deployment?.stop());

  const send = async (method: string, path: string, body?: object, contentType?: string) => {
    const response = await cluster.admin(method, path, body, contentType);
    expect(response.status, JSON.stringify(response.body)).toBeLessThan(300);
    return response.body;
  };
  const patch = (path: string, body: object) => send('PATCH', path, body, MERGE);
  const refresh = () => deployment.invoke(REFRESH, { pass: 'refresh' });
  const sweep = () => deployment.invoke(SWEEP, { pass: 'sweep' });
  const secretOf = (name: string) => send('GET', `${SECRETS}/${name}`);
  const roleOf = async (name: string) => {
    const { data } = (await secretOf(name)) as unknown as { data: Record<string, string> };
    return Buffer.from(data['role-arn'] ?? '', 'base64')
      .toString()
      .split(':role/')[1];
  };
  const conditionOf = async (name: string) => {
    const { status } = (await send('GET', `${awsIamRoles('shop')}/${name}`)) as unknown as {
      status: { conditions: readonly { status: string; reason: string; message: string }[] };
    };
    return status.conditions[0];
  };
  const warningsOf = async (name: string) => {
    const { items } = await send('GET', '/apis/events.k8s.io/v1/namespaces/shop/events');
    return items
      .filter((event) => (event['regarding'] as { name?: string }).name === name)
      .filter((event) => event['type'] === 'Warning')
      .map((event) => `${event['reason']}: ${event['note']}`);
  };
  const createResource = (name: string, roleReference: string, metadata: object = {}) =>
    send('POST', awsIamRoles('shop'), {
      ...HEADER,
      metadata: { name, ...metadata },
      spec: { roleReference },
    });
  const createPod = (name: string, secretName: string) =>
    send('POST', `${SHOP}/pods`, {
      metadata: { name },
      spec: {
        containers: [{ name: 'app', image: 'app' }],
        volumes: [{ name: 'credentials', secret: { secretName } }],
      },
    });

  it('of an AWSIAMRole that loses its owner, before the AWSIAMRole is created again, is adopted', async () => {
    await createResource('ledger', 'app-orders');
    await refresh();
    const { uid } = (await secretOf('ledger')).metadata;
    // What --cascade=orphan and a restored backup leave behind.
    await patch(`${SECRETS}/ledger`, { metadata: { ownerReferences: null } });
    await send('DELETE', `${awsIamRoles('shop')}/ledger`);
    const created = await createResource('ledger', 'team/Orders');
    expect(await refresh()).toMatchObject({ report: { counts: { renewed: 1, refused: 0 } } });
    expect((await secretOf('ledger')).metadata).toMatchObject({
      uid,
      ownerReferences: [{ ...HEADER, name: 'ledger', uid: created.metadata.uid }],
    });
    expect(await roleOf('ledger')).toBe('team/Orders');
    expect(await conditionOf('ledger')).toMatchObject({ status: 'True' });
  });

  it('gets labels and annotations back, loses those of its AWSIAMRole, and keeps those of others', async () => {
    const path = `${awsIamRoles('shop')}/ledger`;
    await patch(path, { metadata: { labels: { team: 'a', app: 'b' } } });
    deployment.clock.advance(40 * 60);
    await refresh();
    const labels = { 'velero.io/exclude-from-backup': 'true', team: 'a', app: 'b' };
    const annotations = { 'reloader.stakater.com/ignore': 'true' };
    expect((await secretOf('ledger')).metadata).toMatchObject({ labels, annotations });
    const edited = { 'velero.io/exclude-from-backup': null, theirs: 'x', type: null };
    const ignored = { 'reloader.stakater.com/ignore': 'false' };
    await patch(`${SECRETS}/ledger`, { metadata: { labels: edited, annotations: ignored } });
    await patch(path, { metadata: { labels: { team: null } } });
    deployment.clock.advance(40 * 60);
    await refresh();
    const { metadata } = await secretOf('ledger');
    expect(metadata).toMatchObject({ annotations });
    expect(metadata['labels']).toEqual({
      ...{ heritage: 'kube-aws-iam-controller', type: 'awsiamrole', app: 'b', theirs: 'x' },
      'velero.io/exclude-from-backup': 'true',
    });
  });

  it('that pods use becomes that of an AWSIAMRole of its name, as soon as this one is allowed', async () => {
    await createPod('web', POD_SECRET);
    await refresh();
    await createResource(POD_SECRET, 'other-role');
    await refresh();
    expect(await conditionOf(POD_SECRET)).toMatchObject({ reason: 'RoleNotAssumable' });
    expect(await roleOf(POD_SECRET)).toBe('app-orders');
    const path = `${awsIamRoles('shop')}/${POD_SECRET}`;
    await patch(path, { spec: { roleReference: 'team/Orders' } });
    await refresh();
    expect(await conditionOf(POD_SECRET)).toMatchObject({ status: 'True' });
    expect(await roleOf(POD_SECRET)).toBe('team/Orders');
    await send('DELETE', path);
    await send('DELETE', `${SECRETS}/${POD_SECRET}`);
    await sweep();
    expect(await roleOf(POD_SECRET)).toBe('app-orders');
  });

  it('with a foreign owner is not renewed, and an Event of its pod names the owner', async () => {
    const { metadata } = await send('POST', `${SHOP}/configmaps`, { metadata: { name: 'backup' } });
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'backup', uid: metadata.uid };
    await patch(`${SECRETS}/${POD_SECRET}`, { metadata: { ownerReferences: [owner] } });
    deployment.clock.advance(40 * 60);
    expect(await sweep()).toMatchObject({ report: { counts: { refused: 1 } } });
    expect(await warningsOf('web')).toContainEqual(
      expect.stringMatching(/^UpdateSecretFailed: .*has the owner ConfigMap backup.*expire at 20/),
    );
    await patch(`${SECRETS}/${POD_SECRET}`, { metadata: { ownerReferences: null } });
    expect(await refresh()).toMatchObject({ report: { counts: { renewed: expect.any(Number) } } });
    expect(await warningsOf('web')).toHaveLength(1);
  });

  it('that is immutable is reported as such', async () => {
    await patch(`${SECRETS}/${POD_SECRET}`, { immutable: true });
    deployment.clock.advance(40 * 60);
    const reasons = { 'secret-immutable': 1 };
    expect(await refresh()).toMatchObject({ report: { denied: 1, reasons } });
    expect(await warningsOf('web')).toContainEqual(
      expect.stringMatching(/^UpdateSecretFailed: .* is immutable .*kubectl delete secret -n shop/),
    );
    await send('DELETE', `${SECRETS}/${POD_SECRET}`);
    deployment.clock.advance(20);
    expect(await refresh()).toMatchObject({ report: { counts: { created: 1, failed: 0 } } });
  });

  it('that was deleted and is kept by a finalizer is renewed, and an Event of its pod names the finalizer', async () => {
    const path = `${SECRETS}/${POD_SECRET}`;
    await patch(path, { metadata: { finalizers: ['example.com/hold'] } });
    await send('DELETE', path);
    deployment.clock.advance(40 * 60);
    const { metadata: before } = await secretOf(POD_SECRET);
    await refresh();
    const { metadata } = await secretOf(POD_SECRET);
    expect(metadata['deletionTimestamp']).toBeDefined();
    expect(metadata['annotations']).not.toEqual(before['annotations']);
    expect(await warningsOf('web')).toContainEqual(
      expect.stringMatching(/^SecretTerminating: .*example\.com\/hold/),
    );
    await patch(path, { metadata: { finalizers: null } });
  });

  it('of an AWSIAMRole that a finalizer keeps is no longer renewed, and the condition says so', async () => {
    const path = `${awsIamRoles('shop')}/ledger`;
    await patch(path, { metadata: { finalizers: ['example.com/hold'] } });
    await send('DELETE', path);
    deployment.clock.advance(3 * 60);
    await refresh();
    expect(await conditionOf('ledger')).toMatchObject({
      status: 'False',
      reason: 'AwsiamroleTerminating',
      message: expect.stringMatching(/finalizers example\.com\/hold .* credentials expire at 20/),
    });
    await patch(path, { metadata: { finalizers: null } });
  });
});
