import { afterAll, beforeAll, expect, it } from 'vitest';
import { cacheValue } from '../../kubernetes/cached-value.ts';
import { connectCluster } from '../../kubernetes/connection/connect-cluster.ts';
import { eksRemedies } from '../../kubernetes/eks/eks-remedies.ts';
import { eksToken } from '../../kubernetes/eks/eks-token.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import { findSecret } from '../../lambda/observe/managed-secrets.ts';
import { observeCluster } from '../../lambda/observe/observe-cluster.ts';
import { type ApiClient, apiClient } from '../../local/api-client.ts';
import { createTokenAuthenticator } from '../../local/aws/eks/token-authenticator.ts';
import { createIam } from '../../local/aws/iam/iam.ts';
import { startSts } from '../../local/aws/sts/sts.ts';
import { MovableClock } from '../../local/clock.ts';
import { startRealCluster } from '../../local/real-cluster/real-cluster.ts';
import { waitUntil } from '../../local/wait-until.ts';
import { EVERYWHERE } from '../support/builders/builders.ts';
import { describeRealCluster } from '../support/describe-real-cluster.ts';

const REGION = 'eu-central-1';
const ROLE = 'arn:aws:iam::123456789012:role/kube-aws-iam-eu-central-1-blue';
const GROUP = 'kube-aws-iam:refreshers';

/** Those annotations of a namespace that are read. */
const ANNOTATIONS = { 'iam.amazonaws.com/permitted': 'app-.*' };

const stops: (() => Promise<void>)[] = [];

/** An STS with the refresher's role, and an authenticator of tokens for the API server, as in EKS. */
async function startAws(clock: MovableClock) {
  const sts = await startSts({ iam: createIam(clock), clock, region: REGION });
  stops.push(() => sts.stop());
  sts.addRole({
    arn: ROLE,
    trustPolicy: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'lambda.amazonaws.com' },
          Action: 'sts:AssumeRole',
        },
      ],
    },
  });
  const authenticate = createTokenAuthenticator({
    clusterName: 'blue',
    stsUrl: sts.url,
    partition: 'aws',
    clock,
    onRejected: () => {},
    accessEntries: () => [{ clusterName: 'blue', principalArn: ROLE, kubernetesGroups: [GROUP] }],
  });
  const { credentials } = sts.issueServiceSession(ROLE, 'lambda.amazonaws.com', 'refresh');
  return { authenticate, credentials };
}

const secretVolume = (secretName: string) => ({ name: 'aws', secret: { secretName } });

async function createObjects(admin: ApiClient): Promise<void> {
  const create = async (path: string, body: object) => {
    const response = await admin.send('POST', path, { body });
    expect(response.body).toMatchObject({ metadata: { name: expect.any(String) } });
  };
  const annotations = { ...ANNOTATIONS, note: 'not read' };
  await create('/api/v1/namespaces', { metadata: { name: 'shop', annotations } });
  // More than one page.
  for (let i = 0; i < 520; i += 1) {
    await create('/api/v1/namespaces/shop/pods', {
      metadata: { name: `pod-${i}` },
      spec: {
        containers: [{ name: 'main', image: 'registry.example/app' }],
        volumes: i % 100 === 0 ? [secretVolume(`aws-iam-app-${i}`)] : [],
      },
    });
  }
  await create('/api/v1/namespaces/shop/secrets', {
    metadata: { name: 'aws-iam-app', labels: { heritage: 'kube-aws-iam-controller' } },
  });
  await create('/api/v1/namespaces/shop/secrets', { metadata: { name: 'tls' } });
}

/** Grants the permissions of the chart, for the lists only. */
async function grantPermissions(admin: ApiClient): Promise<void> {
  const rules = [
    { apiGroups: [''], resources: ['pods', 'secrets', 'namespaces'], verbs: ['list'] },
    { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] },
    { apiGroups: ['zalando.org'], resources: ['awsiamroles'], verbs: ['list'] },
  ];
  const api = '/apis/rbac.authorization.k8s.io/v1';
  const metadata = { name: 'refreshers' };
  const subject = { kind: 'Group', name: GROUP, apiGroup: 'rbac.authorization.k8s.io' };
  const roleRef = { kind: 'ClusterRole', ...metadata, apiGroup: 'rbac.authorization.k8s.io' };
  await admin.send('POST', `${api}/clusterroles`, { body: { metadata, rules } });
  await admin.send('POST', `${api}/clusterrolebindings`, {
    body: { metadata, subjects: [subject], roleRef },
  });
}

describeRealCluster('observing a real cluster', () => {
  let connection: KubernetesConnection;
  let admin: ApiClient;
  const input = { phase: 'pending', signal: new AbortController().signal } as const;

  beforeAll(async () => {
    const clock = new MovableClock();
    const { authenticate, credentials } = await startAws(clock);
    const cluster = await startRealCluster({ authenticate });
    stops.push(() => cluster.stop());
    admin = apiClient({ ...cluster, token: cluster.adminToken });
    const closable = connectCluster({
      clusterName: 'blue',
      endpoint: cacheValue(async () => ({ url: cluster.url, certificateAuthority: cluster.caPem })),
      remedies: eksRemedies('blue'),
      credentials: eksToken({
        clusterName: 'blue',
        region: REGION,
        stsHost: `sts.${REGION}.amazonaws.com`,
        credentials: async () => credentials,
        now: () => clock.now(),
      }),
      countCall: () => {},
      version: 'test',
      now: () => clock.now(),
      random: Math.random,
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    });
    connection = closable;
    stops.push(async () => {
      await closable.close();
      await admin.close();
    });
    await createObjects(admin);
  });

  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  });

  it('names each list that is forbidden while the chart is not installed', async () => {
    const view = await observeCluster(connection, { ...input, scope: EVERYWHERE });
    for (const resource of ['pods', 'namespaces', 'secrets'] as const) {
      expect(view[resource].failure?.message).toContain(`the verb list on ${resource}`);
      expect(view[resource].failure?.message).toContain(`403 Forbidden: ${resource} is forbidden`);
    }
  });

  it('returns every page of every list once the permissions are granted', async () => {
    await grantPermissions(admin);
    // The server applies the permissions a moment later.
    const view = await waitUntil('no list to be refused', async () => {
      const seen = await observeCluster(connection, { ...input, scope: EVERYWHERE });
      return Object.values(seen).every(({ failure }) => failure === undefined) ? seen : undefined;
    });
    expect(view.pods).toMatchObject({ seen: 520, items: { length: 6 } });
    expect(view.pods.failure).toBeUndefined();
    expect(view.namespaces.items).toContainEqual({
      name: 'shop',
      uid: expect.any(String),
      terminating: false,
      annotations: ANNOTATIONS,
    });
    expect(view.secrets.items).toMatchObject([{ namespace: 'shop', name: 'aws-iam-app' }]);
  });

  it('returns the same for configured namespaces, and omits those that do not exist', async () => {
    const view = await observeCluster(connection, {
      ...input,
      scope: { only: ['shop', 'gone'], except: [] },
    });
    expect(view.pods).toMatchObject({ seen: 520, items: { length: 6 } });
    expect(view.namespaces.items.map(({ name }) => name)).toEqual(['shop']);
    expect(view.secrets.items).toHaveLength(1);
    expect(Object.values(view).map(({ failure }) => failure)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('finds an unmanaged Secret by its name, without permission to get it', async () => {
    const found = await findSecret(connection, 'shop', 'tls', input.signal);
    expect(found).toMatchObject({ name: 'tls', labels: {} });
    expect(await findSecret(connection, 'shop', 'absent', input.signal)).toBeUndefined();
  });
});
