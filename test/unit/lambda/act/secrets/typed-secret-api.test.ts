import { describe, expect, it } from 'vitest';
import type { ApiRequest, ApiResponse } from '../../../../../kubernetes/kubernetes-connection.ts';
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
