import { describe, expect, it } from 'vitest';
import { ClusterUnreachableError } from '../../../../kubernetes/errors.ts';
import { listNamespaces } from '../../../../lambda/observe/namespaces.ts';
import { EVERYWHERE } from '../../../support/builders/builders.ts';
import {
  FOREVER,
  fakeConnection,
  queryOf,
  statusAnswer,
} from '../../kubernetes/fake-connection.ts';
import { recordedJson, recordedProtobuf } from '../../kubernetes/lists/recorded-list.ts';

const ALL = { scope: EVERYWHERE, signal: FOREVER };

const namespace = (name: string, metadata: object = {}) => ({
  body: { kind: 'Namespace', metadata: { name, uid: `uid-of-${name}`, ...metadata } },
});

describe('the list of namespaces', () => {
  it.each([
    ['JSON', 'application/json', () => recordedJson('namespaces')],
    ['protobuf', 'application/vnd.kubernetes.protobuf', () => recordedProtobuf('namespaces')],
  ])(
    'contains their annotations and whether they are being deleted, from %s',
    async (_, contentType, body) => {
      const connection = fakeConnection(() => ({
        headers: { 'content-type': contentType },
        body: body(),
      }));
      const { items, failure } = await listNamespaces(connection, ALL);
      expect(failure).toBeUndefined();
      expect(items).toContainEqual({
        name: 'shop',
        uid: expect.any(String),
        terminating: false,
        annotations: { 'iam.amazonaws.com/allowed-roles': '["app-*"]' },
      });
      expect(items).toContainEqual({
        name: 'leaving',
        uid: expect.any(String),
        terminating: true,
        annotations: {},
      });
    },
  );

  it.each([[null], [{ 'iam.amazonaws.com/allowed-roles': 5 }], [['x']], ['x']])(
    'fails on invalid annotations: %j',
    async (annotations) => {
      const { body } = namespace('shop', { annotations });
      const list = { kind: 'PartialObjectMetadataList', items: [body] };
      const { items, failure } = await listNamespaces(
        fakeConnection(() => ({ body: list })),
        ALL,
      );
      if (annotations === null) expect(items).toMatchObject([{ annotations: {} }]);
      else expect(failure?.message).toMatch(/annotations that are not strings/);
    },
  );

  it('excludes namespaces by a field selector', async () => {
    const connection = fakeConnection(() => ({ body: { kind: 'PartialObjectMetadataList' } }));
    await listNamespaces(connection, { ...ALL, scope: { only: [], except: ['a', 'b'] } });
    expect(connection.requests.map(queryOf).map((query) => query.get('fieldSelector'))).toEqual([
      'metadata.name!=a,metadata.name!=b',
    ]);
  });

  it('reads configured namespaces one by one, and omits those that do not exist', async () => {
    const connection = fakeConnection(({ path }) =>
      path.endsWith('/gone')
        ? statusAnswer(404, 'NotFound')
        : namespace('shop', { annotations: { 'iam.amazonaws.com/permitted': '.*' } }),
    );
    const listing = await listNamespaces(connection, {
      ...ALL,
      scope: { only: ['shop', 'gone'], except: [] },
    });
    expect(listing).toEqual({
      items: [
        {
          name: 'shop',
          uid: expect.any(String),
          terminating: false,
          annotations: { 'iam.amazonaws.com/permitted': '.*' },
        },
      ],
      seen: 1,
    });
    expect(connection.requests.map(({ path }) => path)).toEqual([
      '/api/v1/namespaces/shop',
      '/api/v1/namespaces/gone',
    ]);
  });

  it('is incomplete when a permission to read a configured namespace is missing, and names it', async () => {
    const connection = fakeConnection(({ path }) =>
      path.endsWith('/bank') ? statusAnswer(403, 'Forbidden') : namespace('shop'),
    );
    expect(
      await listNamespaces(connection, { ...ALL, scope: { only: ['shop', 'bank'], except: [] } }),
    ).toMatchObject({
      items: [{ name: 'shop' }],
      failure: {
        status: 403,
        message: expect.stringContaining('the verb get on namespaces in namespace "bank"'),
      },
    });
  });

  it('is incomplete when a configured namespace cannot be read', async () => {
    const connection = fakeConnection(() => ({ body: Buffer.from('<html>') }));
    expect(
      await listNamespaces(connection, { ...ALL, scope: { only: ['shop'], except: [] } }),
    ).toMatchObject({
      items: [],
      failure: { name: 'IncompleteViewError' },
    });
  });

  it('fails when the cluster is unreachable', async () => {
    const failure = new ClusterUnreachableError('unreachable');
    const connection = fakeConnection(() => Promise.reject(failure));
    expect(
      await listNamespaces(connection, { ...ALL, scope: { only: ['shop'], except: [] } }),
    ).toEqual({
      items: [],
      seen: 0,
      failure,
      incompleteIn: new Set(['shop']),
    });
  });
});
