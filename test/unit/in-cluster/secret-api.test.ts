import { describe, expect, it } from 'vitest';
import { createPlainSecretApi } from '../../../in-cluster/connecting/secret-api.ts';
import type { ApiRequest, ApiResponse } from '../../../kubernetes/kubernetes-connection.ts';
import type { SecretApi } from '../../../lambda/act/secrets/secret-api.ts';
import { createSecretApi } from '../../../lambda/act/secrets/typed-secret-api.ts';
import type { ManagedSecret } from '../../../lambda/observe/managed-secrets.ts';

const SECRET = {
  namespace: 'shop',
  name: 'aws-iam-orders',
  uid: 'u-1',
  resourceVersion: '7',
} as ManagedSecret;
const CONTENT = {
  labels: { heritage: 'kube-aws-iam-controller' },
  annotations: { 'kube-aws-iam/role-arn': 'arn' },
  data: { credentials: 'ü' },
};
const OWNER = { apiVersion: 'zalando.org/v1', kind: 'AWSIAMRole', name: 'orders', uid: 'u-2' };
const signal = new AbortController().signal;

const CALLS: Readonly<Record<string, (api: SecretApi) => Promise<void>>> = {
  create: (api) => api.create('shop', 'aws-iam-orders', CONTENT, signal),
  'create with an owner': (api) =>
    api.create('shop', 'orders.v1', { ...CONTENT, ownerReferences: [OWNER] }, signal),
  renew: (api) =>
    api.change(SECRET, { annotations: { a: '1' }, labels: { b: null }, data: { c: 'd' } }, signal),
  mark: (api) => api.change(SECRET, { annotations: { a: '1', b: null } }, signal),
  adopt: (api) => api.change(SECRET, { annotations: {}, ownerReferences: [OWNER] }, signal),
  remove: (api) => api.remove(SECRET, signal),
};

/** Returns what an API sends. */
async function requestOf(
  create: typeof createSecretApi,
  call: (api: SecretApi) => Promise<void>,
  response: Partial<ApiResponse> = {},
) {
  const requests: ApiRequest[] = [];
  const api = create({
    async send(request) {
      requests.push(request);
      const body = Buffer.from('{"kind":"PartialObjectMetadata"}');
      const headers = { 'content-type': 'application/json' };
      return { status: 200, headers, body, ...response };
    },
  });
  await call(api);
  const [{ method, path, headers = {}, body = '' } = { method: '', path: '' }] = requests;
  const byName = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  const { accept, 'content-type': contentType } = Object.fromEntries(byName);
  const url = new URL(path, 'https://cluster.invalid');
  return {
    method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    accept,
    contentType,
    body: JSON.parse(body),
    count: requests.length,
  };
}

describe('createPlainSecretApi', () => {
  it.each(Object.entries(CALLS))('sends the same request as the functions: %s', async (_, call) => {
    const plain = await requestOf(createPlainSecretApi, call);
    expect(plain).toEqual(await requestOf(createSecretApi, call));
    expect(plain.accept).toContain('as=PartialObjectMetadata');
  });

  it.each([301, 403, 404, 409, 422, 500])(
    'throws the error of the functions for status %i, without the content',
    async (status) => {
      const body = JSON.stringify({
        kind: 'Status',
        reason: 'Conflict',
        message: 'webhook says: AKIASECRET',
      });
      const response = { status, body: Buffer.from(body) };
      const errors = await Promise.all(
        [createPlainSecretApi, createSecretApi].map((create) =>
          requestOf(create, CALLS['renew'] as (api: SecretApi) => Promise<void>, response).catch(
            (error: unknown) => error,
          ),
        ),
      );
      expect(errors[0]).toBeInstanceOf(Error);
      expect(errors[0]).toEqual(errors[1]);
      expect(String(errors[0])).not.toContain('AKIASECRET');
    },
  );
});
