import { describe, expect, it } from 'vitest';
import type { ApiRequest, ApiResponse } from '../../../../../kubernetes/kubernetes-connection.ts';
import { renderSecret } from '../../../../../lambda/act/secrets/render-secret.ts';
import { createSecretApi } from '../../../../../lambda/act/secrets/typed-secret-api.ts';
import { aSecret } from '../../../../support/builders/builders.ts';

const FOREVER = new AbortController().signal;

/** The API over a connection that returns `answer`, and the requests that it received. */
function apiOver(answer: { status: number; body: unknown }) {
  const sent: ApiRequest[] = [];
  const api = createSecretApi({
    async send(request): Promise<ApiResponse> {
      sent.push(request);
      return {
        status: answer.status,
        headers: { 'content-type': 'application/json' },
        body: Buffer.from(JSON.stringify(answer.body)),
      };
    },
  });
  return { api, sent };
}

const OK = { status: 200, body: { apiVersion: 'v1', kind: 'Secret', metadata: {} } };

function bodyOf(sent: readonly ApiRequest[]): unknown {
  return JSON.parse(sent[0]?.body ?? 'null');
}

describe('createSecretApi', () => {
  it('creates a Secret of type Opaque with the managed label', async () => {
    const { api, sent } = apiOver({ ...OK, status: 201 });
    const content = {
      labels: { heritage: 'kube-aws-iam-controller' },
      annotations: { a: 'b' },
      data: { expire: 'now' },
    };
    await api.create('shop', 'aws-iam-orders', content, FOREVER);
    expect(sent[0]).toMatchObject({
      method: 'POST',
      path: '/api/v1/namespaces/shop/secrets?fieldManager=kube-aws-iam',
    });
    expect(bodyOf(sent)).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'aws-iam-orders',
        labels: { heritage: 'kube-aws-iam-controller' },
        annotations: { a: 'b' },
      },
      type: 'Opaque',
      data: { expire: Buffer.from('now').toString('base64') },
    });
  });

  it('patches only the Secret that was read, and removes an annotation by null', async () => {
    const { api, sent } = apiOver(OK);
    await api.change(aSecret('aws-iam-orders'), { annotations: { mark: null } }, FOREVER);
    expect(sent[0]).toMatchObject({
      method: 'PATCH',
      path: '/api/v1/namespaces/shop/secrets/aws-iam-orders?fieldManager=kube-aws-iam',
      headers: { 'Content-Type': 'application/merge-patch+json' },
    });
    expect(bodyOf(sent)).toEqual({
      metadata: {
        uid: 'uid-of-aws-iam-orders',
        resourceVersion: '100',
        annotations: { mark: null },
      },
    });
  });

  it('deletes only the Secret that was read', async () => {
    const { api, sent } = apiOver({ status: 200, body: { kind: 'Status', status: 'Success' } });
    await api.remove(aSecret('aws-iam-orders'), FOREVER);
    expect(sent[0]).toMatchObject({
      method: 'DELETE',
      path: '/api/v1/namespaces/shop/secrets/aws-iam-orders',
    });
    expect(bodyOf(sent)).toEqual({
      preconditions: { uid: 'uid-of-aws-iam-orders', resourceVersion: '100' },
    });
  });

  it('requests metadata as the response, so that it contains no values', async () => {
    const { api, sent } = apiOver(OK);
    await api.change(aSecret('aws-iam-orders'), { annotations: {} }, FOREVER);
    expect(sent[0]?.headers?.['Accept']).toMatch(/^application\/json;as=PartialObjectMetadata;/);
  });

  it('treats a redirect as an error, and does not quote it', async () => {
    const { api } = apiOver({ status: 302, body: { data: { credentials: 'very-secret' } } });
    const changing = api.change(aSecret('aws-iam-orders'), { annotations: {} }, FOREVER);
    await expect(changing).rejects.toMatchObject({ name: 'KubernetesApiError', status: 302 });
    await expect(changing).rejects.not.toThrow('very-secret');
  });

  it('throws the error of the server', async () => {
    const { api } = apiOver({
      status: 409,
      body: { kind: 'Status', reason: 'AlreadyExists', message: 'secrets "x" already exists' },
    });
    const content = { labels: { heritage: 'kube-aws-iam-controller' }, annotations: {}, data: {} };
    await expect(api.create('shop', 'aws-iam-x', content, FOREVER)).rejects.toMatchObject({
      name: 'KubernetesApiError',
      status: 409,
      reason: 'AlreadyExists',
    });
  });
});

describe('an error that may quote the Secret', () => {
  const credentials = {
    accessKeyId: 'ASIAMARKEDKEYMARKEDK',
    secretAccessKey: 'marked/secret+key/marked/secret+key/mark',
    sessionToken: 'marked-token-'.repeat(60),
    expiresAt: new Date('2026-11-23T13:00:00Z'),
  };
  const content = renderSecret(credentials, { roleArn: 'arn:aws:iam::123456789012:role/orders' });
  const encoded = Object.entries(content.data).map(
    ([key, text]) => [key, Buffer.from(text).toString('base64')] as const,
  );
  const rejected = (message: string) =>
    apiOver({ status: 403, body: { kind: 'Status', reason: 'Forbidden', message } }).api;
  const written = (message: string) => [
    rejected(message).create('shop', 'aws-iam-orders', content, FOREVER),
    rejected(message).change(aSecret('aws-iam-orders'), content, FOREVER),
  ];

  it('has no reason that Kubernetes does not define', async () => {
    const reason = credentials.secretAccessKey;
    const { api } = apiOver({
      status: 403,
      body: { kind: 'Status', reason, message: 'is denied' },
    });
    const writing = api.create('shop', 'aws-iam-orders', content, FOREVER);
    await expect(writing).rejects.toMatchObject({ status: 403, reason: '' });
    await expect(writing).rejects.not.toThrow(reason);
  });

  const decimal = [...Buffer.from(content.data['credentials'] ?? '')].join(' ');

  it.each([
    ['as JSON', JSON.stringify(Object.fromEntries(encoded))],
    ['as a file', content.data['credentials'] ?? ''],
    ['in the format of Go', `map[credentials:[${decimal}]]`],
    ['partly', credentials.secretAccessKey.slice(3, 20)],
    ['in hexadecimal', Buffer.from(credentials.sessionToken).toString('hex')],
  ])('is redacted when it quotes the Secret %s, but names its source', async (_, quoted) => {
    const denied = `admission webhook "audit.example.com" denied the request: ${quoted}`;
    for (const writing of written(denied)) {
      const error = await writing.catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        status: 403,
        reason: 'Forbidden',
        message:
          'the Kubernetes API answered 403 Forbidden: admission webhook "audit.example.com" denied the request (message withheld: it may contain Secret data)',
      });
      expect(error).not.toHaveProperty('cause');
    }
  });

  it.each([
    [
      'a policy',
      "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: 91 100",
      /'p' with binding 'b' denied request \(message withheld/,
    ],
    [
      'a webhook that does not answer',
      'failed calling webhook "w.example.com": Post "https://x"',
      /webhook "w.example.com" \(message withheld/,
    ],
    ['no source', 'secret is [91 100 101]', /answered 403 Forbidden \(message withheld/],
  ])('names %s and nothing else', async (_, message, expected) => {
    for (const writing of written(message)) await expect(writing).rejects.toThrow(expected);
  });

  it.each([
    'secrets "aws-iam-orders" already exists',
    'secrets "aws-iam-orders" is forbidden: exceeded quota: few, requested: secrets=1, used: secrets=9, limited: secrets=9',
    'secrets is forbidden: User "arn:aws:sts::123456789012:assumed-role/r/s" cannot create resource "secrets" in API group "" in the namespace "shop"',
    'secrets "aws-iam-orders" is forbidden: unable to create new content in namespace shop because it is being terminated',
  ])('is not redacted when it is from the API server itself: %s', async (message) => {
    for (const writing of written(message)) await expect(writing).rejects.toThrow(message);
  });
});
