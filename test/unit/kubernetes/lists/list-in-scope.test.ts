import { describe, expect, it } from 'vitest';
import type { NamespaceScope } from '../../../../contract/kubernetes/namespace.ts';
import { isCompleteIn } from '../../../../kubernetes/lists/api-object.ts';
import { listAwsIamRoles } from '../../../../lambda/observe/awsiamroles.ts';
import { listManagedSecrets } from '../../../../lambda/observe/managed-secrets.ts';
import { listPods } from '../../../../lambda/observe/pods.ts';
import { type Answer, FOREVER, fakeConnection, queryOf, statusAnswer } from '../fake-connection.ts';

const LISTS = [
  ['/api/v1/pods', listPods],
  ['/api/v1/secrets', listManagedSecrets],
  ['/apis/zalando.org/v1/awsiamroles', listAwsIamRoles],
] as const;

const emptyList = (path: string): Answer => ({ body: { kind: kindOf(path), items: [] } });

function kindOf(path: string): string {
  if (path.includes('/awsiamroles')) return 'AWSIAMRoleList';
  return path.includes('/pods') ? 'PodList' : 'PartialObjectMetadataList';
}

describe.each(LISTS)('the scope of the list of %s', (everywhere, list) => {
  const listWithin = async (
    scope: NamespaceScope,
    answer: (path: string) => Answer = emptyList,
  ) => {
    const connection = fakeConnection(({ path }) => answer(path));
    const listing = await list(connection, { phase: 'pending', scope, signal: FOREVER });
    return { listing, requests: connection.requests };
  };
  const paths = async (scope: NamespaceScope) =>
    (await listWithin(scope)).requests.map(({ path }) => path.split('?')[0]);

  it('is all namespaces, in one list', async () => {
    expect(await paths({ only: [], except: [] })).toEqual([everywhere]);
  });

  it('is all namespaces except some, which the server omits', async () => {
    const { requests } = await listWithin({ only: [], except: ['a', 'b'] });
    expect(requests.map(({ path }) => path.split('?')[0])).toEqual([everywhere]);
    const selector = requests.map(queryOf)[0]?.get('fieldSelector')?.split(',');
    expect(selector).toEqual([
      ...(everywhere.endsWith('/pods') ? ['status.phase=Pending'] : []),
      'metadata.namespace!=a',
      'metadata.namespace!=b',
    ]);
  });

  it('is some namespaces, with one list for each', async () => {
    const one = (namespace: string) => everywhere.replace(/v1/, `v1/namespaces/${namespace}`);
    expect(await paths({ only: ['a', 'b'], except: ['c'] })).toEqual([one('a'), one('b')]);
    expect(await paths({ only: ['a', 'b'], except: ['a'] })).toEqual([one('b')]);
  });

  it('is not all namespaces when all named ones are excluded', async () => {
    expect(await paths({ only: ['a'], except: ['a'] })).toEqual([]);
  });

  const forbiddenIn = (name: string, namespace: Answer) => (path: string) => {
    if (path.includes(`/${name}/`)) return statusAnswer(403, 'Forbidden');
    return path.endsWith(`/${name}`) ? namespace : emptyList(path);
  };

  it('is incomplete only in the namespace whose Role is missing', async () => {
    const existing = { body: { metadata: { name: 'b', uid: 'u' } } };
    const { listing } = await listWithin(
      { only: ['a', 'b'], except: [] },
      forbiddenIn('b', existing),
    );
    expect(listing.failure?.message).toMatch(
      /list .* in namespace "b".*with this namespace in its value namespaces/,
    );
    expect(['a', 'b'].map((name) => isCompleteIn(listing, name))).toEqual([true, false]);
  });

  it('is empty in a namespace that was deleted with its Role', async () => {
    const deleted = statusAnswer(404, 'NotFound');
    const { listing } = await listWithin(
      { only: ['a', 'b'], except: [] },
      forbiddenIn('b', deleted),
    );
    expect(listing).toEqual({ items: [], seen: 0 });
  });

  it('is incomplete in a namespace that may or may not exist', async () => {
    const forbidden = statusAnswer(403, 'Forbidden');
    const { listing } = await listWithin(
      { only: ['a', 'b'], except: [] },
      forbiddenIn('b', forbidden),
    );
    expect(isCompleteIn(listing, 'b')).toBe(false);
  });

  it.each<[NamespaceScope, string | undefined, boolean]>([
    [{ only: [], except: [] }, 'a', true],
    [{ only: [], except: [] }, undefined, false],
    [{ only: [], except: [] }, '', false],
    [{ only: [], except: ['b'] }, 'a', true],
    [{ only: [], except: ['b'] }, 'b', false],
    [{ only: ['a'], except: [] }, 'a', true],
    [{ only: ['a'], except: [] }, 'b', false],
  ])(
    'is %j: a list with an object of namespace %j is complete: %s',
    async (scope, namespace, isComplete) => {
      const volumes = [{ secret: { secretName: 'aws-iam-x' } }];
      const metadata = { name: 'x', uid: 'u', resourceVersion: '1', namespace };
      const { listing } = await listWithin(scope, (path) => ({
        body: { kind: kindOf(path), items: [{ metadata, spec: { volumes } }] },
      }));
      expect([listing.items.length, isCompleteIn(listing, 'a')]).toEqual(
        isComplete ? [1, true] : [0, false],
      );
    },
  );

  it('is incomplete everywhere when the list of all namespaces fails', async () => {
    const { listing } = await listWithin({ only: [], except: [] }, () =>
      statusAnswer(500, 'Broken'),
    );
    expect(isCompleteIn(listing, 'a')).toBe(false);
  });
});

describe('AWSIAMRoles', () => {
  const listIn = (scope: NamespaceScope, answers: Readonly<Record<string, Answer>>) =>
    listAwsIamRoles(
      fakeConnection(
        ({ path }) => answers[/namespaces\/(\w)\//.exec(path)?.[1] ?? ''] ?? emptyList(path),
      ),
      { scope, signal: FOREVER },
    );
  const unknown = statusAnswer(404, 'NotFound');
  const resource = { metadata: { namespace: 'b', name: 'x', uid: 'u' } };

  it('are an empty list, without a failure, when the CRD is not installed', async () => {
    const nothing = { items: [], seen: 0 };
    expect(await listIn({ only: [], except: [] }, { '': unknown })).toEqual(nothing);
    expect(await listIn({ only: ['a', 'b'], except: [] }, { a: unknown, b: unknown })).toEqual(
      nothing,
    );
  });

  it('of one namespace with a 404 do not hide those of others, or a failure', async () => {
    const { items, failure } = await listIn(
      { only: ['a', 'b', 'c'], except: [] },
      {
        a: unknown,
        b: { body: { kind: 'AWSIAMRoleList', items: [resource] } },
        c: statusAnswer(500, 'Broken'),
      },
    );
    expect(items).toMatchObject([{ name: 'x' }]);
    expect(failure).toMatchObject({ status: 500 });
  });
});
