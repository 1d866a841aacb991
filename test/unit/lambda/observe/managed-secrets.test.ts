import { describe, expect, it } from 'vitest';
import { findSecret, listManagedSecrets } from '../../../../lambda/observe/managed-secrets.ts';
import { EVERYWHERE } from '../../../support/builders/builders.ts';
import {
  type Answer,
  FOREVER,
  fakeConnection,
  queryOf,
  statusAnswer,
} from '../../kubernetes/fake-connection.ts';
import { recordedJson, recordedProtobuf } from '../../kubernetes/lists/recorded-list.ts';

const ALL = { scope: EVERYWHERE, signal: FOREVER };

const RECORDED: readonly [string, string, () => unknown][] = [
  ['JSON', 'application/json', () => recordedJson('secrets')],
  ['protobuf', 'application/vnd.kubernetes.protobuf', () => recordedProtobuf('secrets')],
];

const list = (...items: readonly object[]): Answer => ({
  body: { kind: 'PartialObjectMetadataList', metadata: {}, items },
});

describe('the list of managed Secrets', () => {
  it.each(RECORDED)(
    'contains labels, annotations and owners, from %s',
    async (_, contentType, body) => {
      const connection = fakeConnection(() => ({
        headers: { 'content-type': contentType },
        body: body(),
      }));
      const { items, failure } = await listManagedSecrets(connection, ALL);
      expect(failure).toBeUndefined();
      const [uid, resourceVersion] = [
        expect.stringMatching(/^[0-9a-f-]{36}$/),
        expect.stringMatching(/^\d+$/),
      ];
      const heritage = { heritage: 'kube-aws-iam-controller' };
      const common = { namespace: 'shop', uid, resourceVersion };
      expect(items).toEqual([
        {
          ...common,
          name: 'aws-iam-app',
          labels: heritage,
          annotations: { 'kube-aws-iam/expires-at': '2026-11-23T13:00:00Z' },
          owners: [],
        },
        { ...common, name: 'aws-iam-bare', labels: heritage, annotations: {}, owners: [] },
        {
          ...common,
          name: 'aws-iam-owned',
          labels: { ...heritage, type: 'awsiamrole' },
          annotations: {},
          owners: [expect.objectContaining({ uid: '00000000-0000-4000-8000-000000000001' })],
        },
      ]);
    },
  );

  it('is selected by the label, in the configured namespaces', async () => {
    const connection = fakeConnection(() => list());
    await listManagedSecrets(connection, { ...ALL, scope: { only: ['shop'], except: [] } });
    expect(connection.requests.map(({ path }) => path)).toEqual([
      '/api/v1/namespaces/shop/secrets?limit=100&labelSelector=heritage%3Dkube-aws-iam-controller',
    ]);
  });

  it('fails on a Secret without a resourceVersion', async () => {
    const connection = fakeConnection(() => list({ metadata: { name: 'aws-iam-app', uid: 'u' } }));
    expect(await listManagedSecrets(connection, ALL)).toMatchObject({
      items: [],
      failure: { message: expect.stringContaining('"aws-iam-app" has no resourceVersion') },
    });
  });
});

describe('findSecret', () => {
  const secret = { metadata: { namespace: 'shop', name: 'tls', uid: 'u', resourceVersion: '7' } };

  it('finds any Secret by its name, as the metadata of a list', async () => {
    const connection = fakeConnection(() => list(secret));
    expect(await findSecret(connection, 'shop', 'tls', FOREVER)).toEqual({
      ...{ namespace: 'shop', name: 'tls', uid: 'u', resourceVersion: '7' },
      ...{ labels: {}, annotations: {}, owners: [] },
    });
    const [request] = connection.requests;
    expect(request?.path).toMatch(/^\/api\/v1\/namespaces\/shop\/secrets\?/);
    expect(request && queryOf(request).get('fieldSelector')).toBe('metadata.name=tls');
    expect(request?.headers?.['accept']).not.toMatch(/application\/json(,|$)/);
  });

  it('returns undefined when the Secret does not exist', async () => {
    expect(
      await findSecret(
        fakeConnection(() => list()),
        'shop',
        'tls',
        FOREVER,
      ),
    ).toBeUndefined();
  });

  it.each([
    { namespace: 'bank', name: 'tls' },
    { namespace: undefined, name: 'tls' },
    { namespace: 'shop', name: 'other' },
  ])('throws when the response contains another Secret: %o', async (identity) => {
    const other = { metadata: { ...secret.metadata, ...identity } };
    const finding = findSecret(
      fakeConnection(() => list(other)),
      'shop',
      'tls',
      FOREVER,
    );
    await expect(finding).rejects.toThrow(
      /the response to a request for Secret "tls" contains another Secret$/,
    );
  });

  it('throws when the list fails', async () => {
    const connection = fakeConnection(() => statusAnswer(403, 'Forbidden'));
    await expect(findSecret(connection, 'shop', 'tls', FOREVER)).rejects.toMatchObject({
      status: 403,
    });
  });
});
