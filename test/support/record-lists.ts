/**
 * Records the lists in test/fixtures/lists from a real API server, each as protobuf and as JSON:
 *
 *     KUBEBUILDER_ASSETS=<folder with etcd and kube-apiserver> node test/support/record-lists.ts
 */
import { writeFile } from 'node:fs/promises';
import { ACCEPT } from '../../kubernetes/lists/parse-list.ts';
import { type ApiClient, apiClient } from '../../local/api-client.ts';
import { startRealCluster } from '../../local/real-cluster/real-cluster.ts';

const container = { name: 'main', image: 'registry.example/app:1' };
const secret = (secretName: string, optional?: boolean) => ({
  name: `v-${secretName}`,
  secret: { secretName, ...(optional === undefined ? {} : { optional }) },
});

const variable = (name: string, optional?: boolean) => ({
  name: 'KEY',
  valueFrom: { secretKeyRef: { name, key: 'expire', ...(optional && { optional }) } },
});
const variables = (name: string, optional?: boolean) => ({
  secretRef: { name, ...(optional && { optional }) },
});

interface PodOfList {
  readonly name: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Fields of its spec. */
  readonly [field: string]: unknown;
}

const PODS: readonly PodOfList[] = [
  {
    name: 'environment',
    initContainers: [
      { ...container, name: 'init', envFrom: [variables('aws-iam-init'), variables('other')] },
    ],
    containers: [
      {
        ...container,
        env: [
          { name: 'PLAIN', value: 'text' },
          { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          variable('other'),
          { ...variable('aws-iam-key'), name: 'KEY_1' },
          { ...variable('aws-iam-maybe', true), name: 'KEY_2' },
        ],
        envFrom: [{ prefix: 'P_', ...variables('aws-iam-all', true) }],
      },
      { ...container, name: 'none', env: [{ name: 'PLAIN', value: 'text' }] },
    ],
  },
  { name: 'gated', schedulingGates: [{ name: 'example.org/quota' }, { name: 'example.org/two' }] },
  { name: 'plain' },
  { name: 'one', volumes: [secret('aws-iam-app'), secret('tls')] },
  { name: 'optional', volumes: [secret('aws-iam-app', true), secret('aws-iam-other', false)] },
  {
    name: 'projected',
    volumes: [
      { name: 'config', configMap: { name: 'config' } },
      {
        name: 'all',
        projected: {
          sources: [
            { secret: { name: 'aws-iam-app', optional: true } },
            { configMap: { name: 'config' } },
            {
              downwardAPI: {
                items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }],
              },
            },
            { secret: { name: 'aws-iam-reader', items: [{ key: 'expire', path: 'expire' }] } },
          ],
        },
      },
    ],
  },
  {
    name: 'words',
    volumes: [secret('tls')],
    annotations: { note: 'größer als ASCII: 日本語 🚀', empty: '' },
  },
];

const SECRETS = [
  { name: 'aws-iam-app', annotations: { 'kube-aws-iam/expires-at': '2026-11-23T13:00:00Z' } },
  { name: 'aws-iam-bare' },
  {
    name: 'aws-iam-owned',
    labels: { type: 'awsiamrole' },
    ownerReferences: [
      {
        apiVersion: 'zalando.org/v1',
        kind: 'AWSIAMRole',
        name: 'owned',
        uid: '00000000-0000-4000-8000-000000000001',
      },
    ],
  },
];

async function post(client: ApiClient, path: string, body: object): Promise<void> {
  const headers = { 'user-agent': 'fixture' };
  const answer = await client.send('POST', path, { body, headers });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
}

async function fill(client: ApiClient): Promise<void> {
  const annotations = { 'iam.amazonaws.com/allowed-roles': '["app-*"]' };
  await post(client, '/api/v1/namespaces', { metadata: { name: 'shop', annotations } });
  await post(client, '/api/v1/namespaces', {
    metadata: { name: 'leaving', finalizers: ['example.org/stay'] },
  });
  await client.send('DELETE', '/api/v1/namespaces/leaving');
  for (const { name, annotations: notes, ...spec } of PODS) {
    await post(client, '/api/v1/namespaces/shop/pods', {
      metadata: { name, labels: { app: name }, annotations: notes },
      spec: { containers: [container], ...spec },
    });
  }
  const pod = '/api/v1/namespaces/shop/pods/environment';
  const ephemeralContainers = [{ ...container, name: 'debug', env: [variable('aws-iam-debug')] }];
  const answer = await client.send('PATCH', `${pod}/ephemeralcontainers`, {
    body: { spec: { ephemeralContainers } },
    headers: { 'content-type': 'application/strategic-merge-patch+json', 'user-agent': 'fixture' },
  });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  for (const { labels, ...metadata } of SECRETS) {
    await post(client, '/api/v1/namespaces/shop/secrets', {
      metadata: { ...metadata, labels: { ...labels, heritage: 'kube-aws-iam-controller' } },
      stringData: { expire: 'example' },
    });
  }
}

async function record(
  client: ApiClient,
  file: string,
  path: string,
  kind: keyof typeof ACCEPT,
): Promise<string> {
  const [protobuf = '', json = ''] = ACCEPT[kind].split(', ');
  for (const [accept, extension] of [
    [protobuf, 'pb'],
    [json, 'json'],
  ] as const) {
    const response = await client.open('GET', path, {
      headers: { accept, 'user-agent': 'fixture' },
    });
    if (response.status !== 200) throw new Error(await response.text());
    const body = Buffer.from(await response.arrayBuffer());
    await writeFile(new URL(`../fixtures/lists/${file}.${extension}`, import.meta.url), body);
  }
  const { body } = await client.send('GET', path);
  return body.metadata.continue ?? '';
}

const cluster = await startRealCluster();
const client = apiClient({ ...cluster, token: cluster.adminToken });
try {
  await fill(client);
  const pods = '/api/v1/pods?limit=4';
  const next = await record(client, 'pods-1', pods, 'PodList');
  await record(client, 'pods-2', `${pods}&continue=${encodeURIComponent(next)}`, 'PodList');
  await record(client, 'no-pods', '/api/v1/namespaces/default/pods', 'PodList');
  await record(client, 'namespaces', '/api/v1/namespaces', 'PartialObjectMetadataList');
  await record(client, 'secrets', '/api/v1/secrets', 'PartialObjectMetadataList');
} finally {
  await client.close();
  await cluster.stop();
}
