import { describe, expect, it } from 'vitest';
import {
  ClusterSetupError,
  ClusterUnreachableError,
  ResponseTooLargeError,
} from '../../../../kubernetes/errors.ts';
import {
  type ListRequest,
  listPages,
  readObject,
} from '../../../../kubernetes/lists/read-listing.ts';
import {
  type Answer,
  type FakeConnection,
  FOREVER,
  fakeConnection,
  queryOf,
  statusAnswer,
} from '../fake-connection.ts';

const REQUEST: ListRequest<string> = {
  resource: 'secrets',
  kind: 'PartialObjectMetadataList',
  pick: ({ metadata }) => (metadata?.name?.startsWith('keep') ? metadata.name : undefined),
  signal: FOREVER,
};

function page(names: readonly string[], next?: string): Answer {
  return {
    body: {
      kind: 'PartialObjectMetadataList',
      metadata: next === undefined ? {} : { continue: next },
      items: names.map((name) => ({ metadata: { name } })),
    },
  };
}

/** A server with a list of two pages; `instead` replaces pages by their number. */
function twoPages(instead: Readonly<Record<number, Answer | Error>> = {}): FakeConnection {
  return fakeConnection((request, count) => {
    const other = instead[count];
    if (other instanceof Error) throw other;
    return (
      other ?? (queryOf(request).has('continue') ? page(['keep-3']) : page(['keep-1', '2'], 'p2'))
    );
  });
}

describe('a list', () => {
  it('follows its pages and keeps what is picked', async () => {
    const connection = twoPages();
    expect(await listPages(connection, REQUEST)).toEqual({ items: ['keep-1', 'keep-3'], seen: 3 });
    expect(connection.requests.map(({ path }) => path)).toEqual([
      '/api/v1/secrets?limit=100',
      '/api/v1/secrets?limit=400&continue=p2',
    ]);
  });

  it('requests protobuf, or else JSON, as metadata only', async () => {
    const connection = twoPages();
    await listPages(connection, REQUEST);
    expect(connection.requests[0]?.headers).toEqual({
      accept:
        'application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
    });
  });

  it('has its selectors on every page', async () => {
    const connection = twoPages();
    await listPages(connection, {
      ...REQUEST,
      namespace: 'shop',
      labelSelector: 'heritage=kube-aws-iam-controller',
      fieldSelector: 'metadata.name!=a,metadata.name!=b',
    });
    for (const request of connection.requests) {
      expect(request.path).toMatch(/^\/api\/v1\/namespaces\/shop\/secrets\?/);
      expect(queryOf(request).get('labelSelector')).toBe('heritage=kube-aws-iam-controller');
      expect(queryOf(request).get('fieldSelector')).toBe('metadata.name!=a,metadata.name!=b');
    }
  });

  it.each([null, undefined])('may have %s as its items', async (items) => {
    const connection = fakeConnection(() => ({
      body: { kind: 'PartialObjectMetadataList', metadata: {}, items },
    }));
    expect(await listPages(connection, REQUEST)).toEqual({ items: [], seen: 0 });
  });

  it('is restarted when it expires between pages, without duplicates', async () => {
    const connection = twoPages({ 2: statusAnswer(410, 'Expired') });
    expect(await listPages(connection, REQUEST)).toEqual({ items: ['keep-1', 'keep-3'], seen: 3 });
    expect(connection.requests).toHaveLength(4);
  });

  it.each([
    ['the same token', 'p2'],
    ['a token that is not a string', 5 as never],
  ])('is a failure when the server keeps sending %s', async (_, token) => {
    const connection = fakeConnection(() => page(['keep'], token));
    const { failure } = await listPages(connection, REQUEST);
    expect(failure?.message).toMatch(/invalid continue token/);
    expect(connection.requests.length).toBeLessThan(4);
  });

  it('that is invalid JSON is not quoted in the failure', async () => {
    const body = Buffer.from('{"kind": "very-secret", very-secret');
    const connection = fakeConnection(() => ({ body }));
    const { failure } = await listPages(connection, REQUEST);
    expect(failure?.message).toMatch(
      /incomplete after 0 objects: the response \(35 bytes\) is not JSON$/,
    );
  });

  it('has a short failure even if its kind is long', async () => {
    const connection = fakeConnection(() => ({ body: { kind: 'x'.repeat(99_999) } }));
    const { failure } = await listPages(connection, REQUEST);
    expect(failure?.message.length).toBeLessThan(1_000);
  });

  it('that keeps expiring is a failure', async () => {
    const connection = fakeConnection((request) =>
      queryOf(request).has('continue') ? statusAnswer(410, 'Expired') : page(['keep-1'], 'p2'),
    );
    expect(await listPages(connection, REQUEST)).toMatchObject({
      items: ['keep-1'],
      seen: 1,
      failure: { name: 'KubernetesApiError', status: 410 },
    });
    expect(connection.requests).toHaveLength(8);
  });

  it.each<[string, Answer | Error, object]>([
    [
      'is rejected',
      statusAnswer(500, 'InternalError', 'etcd is slow'),
      { name: 'KubernetesApiError', status: 500, message: expect.stringContaining('etcd is slow') },
    ],
    [
      'is invalid',
      { body: Buffer.from('{"kind":"Partial') },
      {
        name: 'IncompleteViewError',
        message: expect.stringMatching(
          /^The list of secrets in all namespaces is incomplete after 2 objects: /,
        ),
      },
    ],
    [
      'has a content type that was not requested',
      { headers: { 'content-type': 'text/html' }, body: Buffer.from('<html>') },
      { name: 'IncompleteViewError', message: expect.stringContaining('text/html') },
    ],
    [
      'contains Secrets with their data',
      { body: { kind: 'SecretList', items: [{ metadata: { name: 'keep-3' }, data: { a: 'b' } }] } },
      { name: 'IncompleteViewError', message: expect.stringContaining('SecretList') },
    ],
    [
      'does not arrive because the connection is lost',
      new ClusterUnreachableError('connection lost'),
      { name: 'ClusterUnreachableError' },
    ],
    [
      'does not arrive before the signal aborts',
      new DOMException('the operation timed out', 'TimeoutError'),
      { name: 'IncompleteViewError', message: expect.stringContaining('the operation timed out') },
    ],
  ])('contains the pages before one that %s', async (_, answer, failure) => {
    expect(await listPages(twoPages({ 2: answer }), REQUEST)).toMatchObject({
      items: ['keep-1'],
      seen: 2,
      failure,
    });
  });

  it.each([
    ['in all namespaces', undefined],
    ['in namespace "shop"', 'shop'],
  ])('that is forbidden names the missing permission %s', async (scope, namespace) => {
    const message = 'secrets is forbidden: User "x" cannot list resource "secrets"';
    const connection = twoPages({ 1: statusAnswer(403, 'Forbidden', message) });
    const { failure } = await listPages(connection, { ...REQUEST, namespace });
    expect(failure?.message).toContain(message);
    expect(failure?.message).toContain(
      `must grant the refresher the verb list on secrets ${scope}`,
    );
  });

  it.each([1, 2])('throws a ClusterSetupError on page %i', async (number) => {
    const error = new ClusterSetupError('no access entry');
    await expect(listPages(twoPages({ [number]: error }), REQUEST)).rejects.toBe(error);
  });

  it('is a failure when the first page does not arrive', async () => {
    const failure = new ClusterUnreachableError('connection refused');
    expect(await listPages(twoPages({ 1: failure }), REQUEST)).toEqual({
      items: [],
      seen: 0,
      failure,
    });
  });
});

/** A server with objects of given sizes, which returns pages of at most `limit` objects. */
function sizedObjects(sizes: readonly number[]): FakeConnection {
  return fakeConnection((request) => {
    const start = Number(queryOf(request).get('continue') ?? 0);
    const end = start + Number(queryOf(request).get('limit'));
    const items = sizes.slice(start, end).map((size, i) => ({
      metadata: { name: `keep-${start + i}`, annotations: { note: 'x'.repeat(size) } },
    }));
    const metadata = end < sizes.length ? { continue: String(end) } : {};
    return { body: { kind: 'PartialObjectMetadataList', metadata, items } };
  });
}

describe('a list of large objects', () => {
  const MIB = 1_048_576;
  const small = (count: number) => Array<number>(count).fill(100);
  const large = (count: number) => Array<number>(count).fill(1.3 * MIB);

  it.each([
    ['only large ones', large(40)],
    ['large ones first', [...large(20), ...small(1_200)]],
    ['large ones last', [...small(1_200), ...large(20)]],
    ['large ones among small ones', [...small(700), ...large(9), ...small(700), ...large(9)]],
    ['one of almost the size of a page', [...small(10), 5.9 * MIB, ...small(10)]],
  ])('is complete and never in memory as a whole: %s', async (_, sizes) => {
    const connection = sizedObjects(sizes);
    const { items, seen, failure } = await listPages(connection, REQUEST);
    expect(failure).toBeUndefined();
    expect(items).toEqual(sizes.map((__, i) => `keep-${i}`));
    expect(seen).toBe(sizes.length);
    // At least two large objects are in each page on average, and small ones do not stay in small pages.
    const largeCount = sizes.filter((size) => size > MIB).length;
    expect(connection.requests.length).toBeLessThan(largeCount / 2 + sizes.length / 100 + 20);
  });

  it('is a failure that names the list when one object is larger than a page', async () => {
    const { items, failure } = await listPages(sizedObjects([100, 7 * MIB, 100]), REQUEST);
    expect(items).toEqual(['keep-0']);
    expect(failure?.message).toMatch(/^The list of \w+ .*incomplete after 1 objects: too large$/);
  });

  it.each<[string, Answer]>([
    ['the API server does not complete in time', statusAnswer(504, 'Timeout', 'request timed out')],
    [
      'etcd rejects',
      statusAnswer(
        500,
        '',
        'rpc error: code = ResourceExhausted desc = received message larger than max',
      ),
    ],
  ])('is requested in smaller pages where %s', async (_, rejection) => {
    const pages = sizedObjects([...small(700), ...large(2), ...small(700)]);
    const MAX_OBJECTS = 100;
    const connection = fakeConnection((request) => {
      if (Number(queryOf(request).get('limit')) > MAX_OBJECTS) return rejection;
      return pages.send(request).then(({ headers, body }) => ({ headers, body }));
    });
    const { items, failure } = await listPages(connection, REQUEST);
    expect(failure).toBeUndefined();
    expect(items).toHaveLength(1_402);
    expect(connection.requests.length).toBeLessThan(70);
  });

  it.each([500, 503])(
    'is not requested in smaller pages after %i for another reason',
    async (status) => {
      const connection = fakeConnection(() =>
        statusAnswer(status, 'InternalError', 'etcd is slow'),
      );
      const { failure } = await listPages(connection, REQUEST);
      expect(failure).toMatchObject({ status });
      expect(connection.requests).toHaveLength(1);
    },
  );

  it('names the namespace of a page of large ones, and their mean size, but none of a page of several', async () => {
    const page = (namespaces: readonly string[], size: number, next?: string): Answer => ({
      body: {
        kind: 'PartialObjectMetadataList',
        metadata: next === undefined ? {} : { continue: next },
        items: namespaces.map((namespace) => ({
          metadata: { name: 'keep', namespace, annotations: { note: 'x'.repeat(size) } },
        })),
      },
    });
    const pages: Record<string, Answer> = {
      '': page(['a', 'a', 'a', 'a'], 90_000, 'p2'),
      p2: page(['a', 'a', 'b'], 300_000, 'p3'),
      p3: page(['b', 'b'], 300_000),
    };
    const connection = fakeConnection(
      (request) => pages[queryOf(request).get('continue') ?? ''] ?? {},
    );
    const { overBudget, cutIn } = await listPages(connection, REQUEST);
    expect(overBudget).toEqual([
      { namespace: 'b', resource: 'secrets', budget: 'objectBytes', value: expect.any(Number) },
    ]);
    expect(overBudget?.[0]?.value).toBeGreaterThan(300_000);
    expect(cutIn).toBeUndefined();
  });
});

it('an object of more than the maximum size is not read, as if it did not exist', async () => {
  const connection = fakeConnection(() => {
    throw new ResponseTooLargeError('too large');
  });
  const pick = () => true;
  const pod = { resource: 'pods', namespace: 'shop', name: 'web', pick, signal: FOREVER } as const;
  expect(await readObject(connection, { ...pod, maxBytes: 100 })).toEqual({ items: [], seen: 0 });
  expect(connection.requests).toMatchObject([{ maxResponseBytes: 100 }]);
});
