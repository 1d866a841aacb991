import { describe, expect, it } from 'vitest';
import { ClusterSetupError, ClusterUnreachableError } from '../../../../kubernetes/errors.ts';
import { type ListRequest, listPages } from '../../../../kubernetes/lists/list-pages.ts';
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

/** A server of two pages; what a test gives comes in place of the page of that number. */
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
  it('follows its pages, and keeps what is picked', async () => {
    const connection = twoPages();
    expect(await listPages(connection, REQUEST)).toEqual({ items: ['keep-1', 'keep-3'], seen: 3 });
    expect(connection.requests.map(({ path }) => path)).toEqual([
      '/api/v1/secrets?limit=500',
      '/api/v1/secrets?limit=500&continue=p2',
    ]);
  });

  it('asks for protobuf, and for JSON as the alternative, as metadata only', async () => {
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

  it.each([null, undefined])('may have %s for items', async (items) => {
    const connection = fakeConnection(() => ({
      body: { kind: 'PartialObjectMetadataList', metadata: {}, items },
    }));
    expect(await listPages(connection, REQUEST)).toEqual({ items: [], seen: 0 });
  });

  it('begins anew when it expires under way, and has nothing twice', async () => {
    const connection = twoPages({ 2: statusAnswer(410, 'Expired') });
    expect(await listPages(connection, REQUEST)).toEqual({ items: ['keep-1', 'keep-3'], seen: 3 });
    expect(connection.requests).toHaveLength(4);
  });

  it.each([
    ['the same place', 'p2'],
    ['a place that is none', 5 as never],
  ])('is a failure when the server names %s to go on from for ever', async (_, place) => {
    const connection = fakeConnection(() => page(['keep'], place));
    const { failure } = await listPages(connection, REQUEST);
    expect(failure?.message).toMatch(/does not say where the list goes on/);
    expect(connection.requests.length).toBeLessThan(4);
  });

  it('that is broken JSON is told without quoting it', async () => {
    const body = Buffer.from('{"kind": "very-secret", very-secret');
    const connection = fakeConnection(() => ({ body }));
    const { failure } = await listPages(connection, REQUEST);
    expect(failure?.message).toMatch(/ends after 0: the 35 bytes that came are no JSON$/);
  });

  it('is told in a line when its kind is longer than one', async () => {
    const connection = fakeConnection(() => ({ body: { kind: 'x'.repeat(99_999) } }));
    const { failure } = await listPages(connection, REQUEST);
    expect(failure?.message.length).toBeLessThan(1_000);
  });

  it('that expires again and again is a failure', async () => {
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
      'is refused',
      statusAnswer(500, 'InternalError', 'etcd is slow'),
      { name: 'KubernetesApiError', status: 500, message: expect.stringContaining('etcd is slow') },
    ],
    [
      'cannot be read',
      { body: Buffer.from('{"kind":"Partial') },
      {
        name: 'IncompleteViewError',
        message: expect.stringMatching(/^The list of secrets in all namespaces ends after 2: /),
      },
    ],
    [
      'comes in a form that was not asked for',
      { headers: { 'content-type': 'text/html' }, body: Buffer.from('<html>') },
      { name: 'IncompleteViewError', message: expect.stringContaining('text/html') },
    ],
    [
      'holds whole Secrets',
      { body: { kind: 'SecretList', items: [{ metadata: { name: 'keep-3' }, data: { a: 'b' } }] } },
      { name: 'IncompleteViewError', message: expect.stringContaining('SecretList') },
    ],
    [
      'does not arrive as the connection is lost',
      new ClusterUnreachableError('connection lost'),
      { name: 'ClusterUnreachableError' },
    ],
    [
      "does not arrive within the run's time",
      new DOMException('the time is over', 'TimeoutError'),
      { name: 'IncompleteViewError', message: expect.stringContaining('the time is over') },
    ],
  ])('ends with what arrived when a page %s', async (_, answer, failure) => {
    expect(await listPages(twoPages({ 2: answer }), REQUEST)).toMatchObject({
      items: ['keep-1'],
      seen: 2,
      failure,
    });
  });

  it.each([
    ['in all namespaces', undefined],
    ['in namespace "shop"', 'shop'],
  ])('that is forbidden says which permission is missing %s', async (scope, namespace) => {
    const message = 'secrets is forbidden: User "x" cannot list resource "secrets"';
    const connection = twoPages({ 1: statusAnswer(403, 'Forbidden', message) });
    const { failure } = await listPages(connection, { ...REQUEST, namespace });
    expect(failure?.message).toContain(message);
    expect(failure?.message).toContain(
      `group kube-aws-iam:refreshers the verb list on secrets ${scope}`,
    );
  });

  it.each([1, 2])('throws what a person has to change, on page %i', async (number) => {
    const error = new ClusterSetupError('no access entry');
    await expect(listPages(twoPages({ [number]: error }), REQUEST)).rejects.toBe(error);
  });

  it('is a failure when the cluster does not even send the first page', async () => {
    const failure = new ClusterUnreachableError('nobody there');
    expect(await listPages(twoPages({ 1: failure }), REQUEST)).toEqual({
      items: [],
      seen: 0,
      failure,
    });
  });
});
