import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSecretApi } from '../../lambda/act/secrets/typed-secret-api.ts';
import { apiClient } from '../../local/api-client.ts';
import { type RealCluster, startRealCluster } from '../../local/real-cluster/real-cluster.ts';
import { waitUntil } from '../../local/wait-until.ts';
import { aSecret } from '../support/builders/builders.ts';
import { describeRealCluster } from '../support/describe-real-cluster.ts';

describeRealCluster('a real cluster started for tests', () => {
  let cluster: RealCluster;
  beforeAll(async () => {
    cluster = await startRealCluster({
      nodes: 1,
      authenticate: async (token) =>
        token === 'somebody' ? { username: 'jo', groups: ['staff'] } : undefined,
    });
  });
  afterAll(() => cluster.stop());

  it('authenticates users by webhook, and answers 401 to unknown ones', async () => {
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const whoIs = (token: string) =>
      apiClient({ ...cluster, token }).send(
        'POST',
        '/apis/authentication.k8s.io/v1/selfsubjectreviews',
        { body: review },
      );
    expect((await whoIs('somebody')).body).toMatchObject({
      status: { userInfo: { username: 'jo', groups: ['staff', 'system:authenticated'] } },
    });
    expect((await whoIs('nobody')).status).toBe(401);
  });

  it('mounts a Secret as files and starts the pod', async () => {
    const api = apiClient({ ...cluster, token: cluster.adminToken });
    const pods = '/api/v1/namespaces/default/pods';
    const pod = {
      metadata: { name: 'app' },
      spec: {
        containers: [
          { name: 'app', image: 'app', volumeMounts: [{ name: 'keys', mountPath: '/keys' }] },
        ],
        volumes: [{ name: 'keys', secret: { secretName: 'keys' } }],
      },
    };
    await api.send('POST', '/api/v1/namespaces/default/secrets', {
      body: { metadata: { name: 'keys' }, stringData: { one: '1' } },
    });
    const { metadata } = (await api.send('POST', pods, { body: pod })).body;
    await waitUntil('the pod to run', async () => {
      const { body } = await api.send('GET', `${pods}/app`);
      return JSON.stringify(body['status']).includes('"phase":"Running"') || undefined;
    });
    const volumes = cluster.podVolumesPath(metadata.uid);
    expect(await readFile(join(volumes, 'kubernetes.io~secret/keys/one'), 'utf8')).toBe('1');
  });

  it('rejects an invalid write with a message that is shown without values', async () => {
    const admin = apiClient({ ...cluster, token: cluster.adminToken });
    const namespace = 'default';
    const name = 'aws-iam-frozen';
    const { body } = await admin.send('POST', `/api/v1/namespaces/${namespace}/secrets`, {
      body: { metadata: { name }, stringData: { credentials: 'old' }, immutable: true },
    });
    const api = createSecretApi({
      async send({ method, path, headers = {}, body: sent }) {
        const lowerCase = Object.fromEntries(
          Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value]),
        );
        const response = await admin.open(method, path, { body: sent, headers: lowerCase });
        return {
          status: response.status,
          headers: Object.fromEntries(response.headers),
          body: Buffer.from(await response.arrayBuffer()),
        };
      },
    });
    const { uid, resourceVersion } = body.metadata;
    const secret = { ...aSecret(name, { namespace }), uid, resourceVersion };
    const changes = {
      annotations: {},
      labels: { 'not valid': 'ASIA MARKED!' },
      data: { credentials: 'new' },
    };
    await expect(api.change(secret, changes, new AbortController().signal)).rejects.toMatchObject({
      message:
        'the Kubernetes API answered 422 Invalid: metadata.labels: Invalid value, ' +
        'data: Forbidden: field is immutable when `immutable` is set (values withheld: they may be Secret data)',
    });
  });
});
