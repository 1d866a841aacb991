import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { REFRESHERS_GROUP } from '../../../contract/kubernetes/cluster-access.ts';
import { issueCredentials } from '../../../lambda/act/secrets/issue-credentials.ts';
import type { ActDeps } from '../../../lambda/act/secrets/secret-api.ts';
import { createSecretApi } from '../../../lambda/act/secrets/typed-secret-api.ts';
import { findSecret } from '../../../lambda/observe/managed-secrets.ts';
import { type ApiClient, apiClient } from '../../../local/api-client.ts';
import { type RealCluster, startRealCluster } from '../../../local/real-cluster/real-cluster.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { anAwsIamRole } from '../../support/builders/builders.ts';
import { FakeCluster } from '../../support/builders/fake-cluster.ts';
import { type ChartCluster, chartCluster, type Send } from '../../support/chart/chart-cluster.ts';
import { renderChart } from '../../support/chart/helm.ts';
import { connectionAs } from '../../support/chart/refresher-connection.ts';
import { MANAGED, MERGE, SECRETS } from '../../support/chart/refresher-rights.ts';
import { describeChartOnRealCluster } from '../../support/describe-real-cluster.ts';
import { FORBIDDEN_CHANGES, FORBIDDEN_SECRETS } from './refresher-forbidden-writes.ts';

const REFRESHER = { user: 'refresh', group: REFRESHERS_GROUP };
const NAMESPACE = 'team';
const ROLE_ARN = 'arn:aws:iam::123456789012:role/team/Orders';
const SECRET_METADATA = {
  labels: { 'velero.io/exclude-from-backup': 'true' },
  annotations: { 'reloader.stakater.com/ignore': 'true' },
};
const base64 = (text: string) => Buffer.from(text).toString('base64');
/** The labels of an AWSIAMRole that Helm and Argo CD have installed. */
const RESOURCE_LABELS = {
  'app.kubernetes.io/name': 'orders',
  'helm.sh/chart': 'orders-1.0.0',
  'argocd.argoproj.io/instance': 'orders',
  team: 'a',
  type: 'mine',
  heritage: 'Helm',
};

describeChartOnRealCluster("the chart's policy for what the refresher writes", () => {
  let server: RealCluster;
  let cluster: ChartCluster;
  let client: ApiClient;
  let refresher: Send;
  let deps: ActDeps;
  let count = 0;
  /** The name of this test's Secret. */
  let name = '';

  beforeAll(async () => {
    server = await startRealCluster();
    cluster = chartCluster(server);
    client = apiClient({ ...server, token: server.adminToken });
    refresher = cluster.as(REFRESHER);
    // The admin writes the Secrets of predecessors, and adds to managed Secrets.
    const values = { 'migration.exemptGroups': ['system:masters'] };
    for (const manifest of await renderChart(values)) await cluster.apply(manifest);
    await cluster.admin('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
    await waitUntil('the policy to be enforced', async () => {
      const foreign = { metadata: { name: 'x' } };
      return (await refresher('POST', SECRETS, foreign)).status === 403 || undefined;
    });
    const connection = connectionAs(client, REFRESHER);
    deps = {
      ...new FakeCluster().deps(),
      secretMetadata: SECRET_METADATA,
      secretApi: async () => createSecretApi(connection),
      findSecret: (namespace, secretName, signal) =>
        findSecret(connection, namespace, secretName, signal),
    };
  });
  afterAll(async () => {
    await client?.close();
    await cluster?.close();
    await server?.stop();
  });
  beforeEach(() => {
    count += 1;
    name = `aws-iam-app-${count}`;
  });

  const { signal } = new AbortController();
  const subject = () => ({
    ...{ namespace: NAMESPACE, name, role: 'Orders', roleArn: ROLE_ARN },
    sessionSeconds: 3_600,
  });
  const resource = (labels: Record<string, string> = {}) => ({
    awsIamRole: anAwsIamRole(name, { labels, namespace: NAMESPACE }),
  });
  const issue = (extra: object = {}) =>
    issueCredentials(deps, { ...subject(), ...extra, action: 'create' }, signal);
  /** Renews the existing Secret, as it is. */
  const renew = async (extra: object = {}) => {
    const secret = await deps.findSecret(NAMESPACE, name, signal);
    if (secret === undefined) throw new Error(`there is no Secret ${name}`);
    return issueCredentials(deps, { ...subject(), ...extra, secret, action: 'renew' }, signal);
  };
  const read = async () => (await cluster.admin('GET', `${SECRETS}/${name}`)).body;
  const patch = async (change: object) => {
    const { status, body } = await cluster.admin('PATCH', `${SECRETS}/${name}`, change, MERGE);
    expect(status, JSON.stringify(body)).toBe(200);
  };
  const put = async (secret: object) => {
    const { status, body } = await cluster.admin('POST', SECRETS, secret);
    expect(status, JSON.stringify(body)).toBe(201);
  };
  const ownedBy = (kind: string, apiVersion = 'v1') => ({
    ownerReferences: [{ apiVersion, kind, name, uid: '0f5c1c7e-0000-4000-8000-000000000001' }],
  });

  describe('allows the product', () => {
    it('to create and renew a Secret of pods, with the configured labels and annotations', async () => {
      expect(await issue()).toMatchObject({ result: 'created' });
      expect(await renew()).toMatchObject({ result: 'renewed' });
      expect((await read()).metadata).toMatchObject(SECRET_METADATA);
    });

    it.each([
      ['with the prefix', (n: number) => `aws-iam-role-${n}`],
      ['of any name', (n: number) => `orders.${n}`],
    ])('to create and renew the Secret of an AWSIAMRole %s, with its labels', async (_, named) => {
      name = named(count);
      const role = resource(RESOURCE_LABELS);
      expect(await issue(role)).toMatchObject({ result: 'created' });
      expect(await renew(role)).toMatchObject({ result: 'renewed' });
      const { labels } = (await read()).metadata;
      expect(labels).toEqual({
        ...SECRET_METADATA.labels,
        ...{ 'app.kubernetes.io/name': 'orders', 'helm.sh/chart': 'orders-1.0.0', team: 'a' },
        ...{ heritage: 'kube-aws-iam-controller', type: 'awsiamrole' },
      });
    });

    it("to take over a Secret of pods, and the 2018 controller's", async () => {
      await put({ metadata: { name, labels: MANAGED }, data: { expire: base64('x'), own: '' } });
      expect(await renew()).toMatchObject({ result: 'renewed' });
      expect(await renew(resource({ team: 'a' }))).toMatchObject({ result: 'renewed' });
      expect((await read()).metadata).toMatchObject({ ownerReferences: [{ kind: 'AWSIAMRole' }] });
    });

    it("to take over the Secret of Zalando's controller, with reserved labels and foreign keys", async () => {
      name = `zalando.${count}`;
      const labels = { ...MANAGED, type: 'awsiamrole', 'kubernetes.io/cluster-service': 'true' };
      const owner = ownedBy('AWSIAMRole', 'zalando.org/v1');
      const data = { 'credentials.process': base64('old'), 'credentials.json': base64('{}') };
      await put({ metadata: { name, labels, ...owner }, data });
      const role = resource({ 'kubernetes.io/cluster-service': 'true' });
      expect(await renew(role)).toMatchObject({ result: 'renewed' });
    });

    it('to mark an orphan of any name, and to remove the mark', async () => {
      name = `orphan.${count}`;
      await put({ metadata: { name, labels: { ...MANAGED, type: 'awsiamrole' } } });
      const secrets = await deps.secretApi();
      for (const value of ['2026-11-23T10:00:00Z', null]) {
        const secret = await deps.findSecret(NAMESPACE, name, signal);
        if (secret === undefined) throw new Error('gone');
        const annotations = { 'kube-aws-iam/unused-since': value };
        await secrets.change(secret, { annotations }, signal);
      }
      expect(await renew(resource())).toMatchObject({ result: 'renewed' });
    });

    it('to remove labels and annotations that it wrote earlier', async () => {
      await issue(resource({ team: 'a' }));
      await renew(resource());
      expect((await read()).metadata).not.toMatchObject({ labels: { team: 'a' } });
    });
  });

  describe('does not prevent a renewal after somebody else has added', () => {
    it.each<[string, () => object]>([
      ['a key', () => ({ data: { 'their.key': base64('x') } })],
      ['a key of 900 KB', () => ({ data: { big: base64('x'.repeat(900_000)) } })],
      ['5,000 keys', () => ({ data: many(5_000, '') })],
      ['a file in another format', () => ({ data: { credentials: base64('theirs') } })],
      [
        'a label',
        () => ({ metadata: { labels: { 'argocd.argoproj.io/secret-type': 'cluster' } } }),
      ],
      ['5,000 labels', () => ({ metadata: { labels: many(5_000, 'x') } })],
      ['an annotation', () => ({ metadata: { annotations: { 'kubernetes.io/note': 'x' } } })],
      ['5,000 annotations', () => ({ metadata: { annotations: many(5_000, 'x') } })],
      ['immutable', () => ({ immutable: true })],
      ['a finalizer', () => ({ metadata: { finalizers: ['example.com/keep'] } })],
    ])('%s', async (_, change) => {
      await issue();
      await patch(change());
      expect(await renew()).toMatchObject({ result: 'renewed' });
      await patch({ metadata: { finalizers: null } });
    });

    it('an owner to the Secret of an AWSIAMRole', async () => {
      const role = resource();
      await issue(role);
      const owners = (await read()).metadata['ownerReferences'] as readonly object[];
      const theirs = { ...ownedBy('ConfigMap').ownerReferences[0], controller: true };
      await patch({ metadata: { ownerReferences: [...owners, theirs] } });
      expect(await renew(role)).toMatchObject({ result: 'renewed' });
    });

    it('5,000 labels to an AWSIAMRole', async () => {
      const role = resource(many(5_000, 'x'));
      expect(await issue(role)).toMatchObject({ result: 'created' });
      expect(await renew(role)).toMatchObject({ result: 'renewed' });
    });
  });

  describe('denies anyone with the token of the refresher', () => {
    it.each(FORBIDDEN_SECRETS)('to create $title', async ({ metadata = {}, rest = {}, rule }) => {
      const secret = { metadata: { name, labels: MANAGED, ...metadata }, ...rest };
      const answer = await refresher('POST', SECRETS, secret);
      expect(answer).toMatchObject({
        status: 403,
        body: { message: expect.stringContaining(`kube-aws-iam: the refresher may ${rule}`) },
      });
    });

    it.each(FORBIDDEN_CHANGES)('to change a Secret: $title', async ({ existing, change, rule }) => {
      await put({ metadata: { name, labels: MANAGED, ...existing?.metadata }, ...existing?.rest });
      const path = `${SECRETS}/${existing?.metadata?.['name'] ?? name}`;
      expect(await refresher('PATCH', path, change, MERGE)).toMatchObject({
        status: 403,
        body: { message: expect.stringContaining(`kube-aws-iam: the refresher may ${rule}`) },
      });
    });
  });
});

/** Entries with distinct keys. */
function many(number: number, value: string): Record<string, string> {
  return Object.fromEntries(Array.from({ length: number }, (_, index) => [`key-${index}`, value]));
}
