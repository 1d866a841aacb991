import { describe, expect, it } from 'vitest';
import type { NamespaceScope } from '../../../lambda/contract/namespace-scope.ts';
import { isCompleteIn } from '../../../lambda/observe/cluster-view.ts';
import { listManagedSecrets } from '../../../lambda/observe/managed-secrets.ts';
import { listPods } from '../../../lambda/observe/pods.ts';
import { type Answer, FOREVER, fakeConnection, queryOf, statusAnswer } from './fake-connection.ts';

const LISTS = [
  ['pods', listPods],
  ['secrets', listManagedSecrets],
] as const;

const emptyList = (path: string): Answer => ({
  body: { kind: path.includes('/pods') ? 'PodList' : 'PartialObjectMetadataList', items: [] },
});

describe.each(LISTS)('the scope of the list of %s', (resource, list) => {
  const ask = async (scope: NamespaceScope, answer: (path: string) => Answer = emptyList) => {
    const connection = fakeConnection(({ path }) => answer(path));
    const listing = await list(connection, { phase: 'pending', scope, signal: FOREVER });
    return { listing, requests: connection.requests };
  };
  const paths = async (scope: NamespaceScope) =>
    (await ask(scope)).requests.map(({ path }) => path.split('?')[0]);

  it('is every namespace, in one list', async () => {
    expect(await paths({ only: [], except: [] })).toEqual([`/api/v1/${resource}`]);
  });

  it('is every namespace but some, which the server leaves out', async () => {
    const { requests } = await ask({ only: [], except: ['a', 'b'] });
    expect(requests.map(({ path }) => path.split('?')[0])).toEqual([`/api/v1/${resource}`]);
    const selector = requests.map(queryOf)[0]?.get('fieldSelector')?.split(',');
    expect(selector).toEqual([
      ...(resource === 'pods' ? ['status.phase=Pending'] : []),
      'metadata.namespace!=a',
      'metadata.namespace!=b',
    ]);
  });

  it('is some namespaces, each in a list of its own', async () => {
    const one = (namespace: string) => `/api/v1/namespaces/${namespace}/${resource}`;
    expect(await paths({ only: ['a', 'b'], except: ['c'] })).toEqual([one('a'), one('b')]);
    expect(await paths({ only: ['a', 'b'], except: ['a'] })).toEqual([one('b')]);
  });

  it('is never every namespace because all that are named are excluded', async () => {
    expect(await paths({ only: ['a'], except: ['a'] })).toEqual([]);
  });

  const refusedIn = (name: string, namespace: Answer) => (path: string) => {
    if (path.includes(`/${name}/`)) return statusAnswer(403, 'Forbidden');
    return path.endsWith(`/${name}`) ? namespace : emptyList(path);
  };

  it('is known to be incomplete where the Role is missing, and there only', async () => {
    const there = { body: { metadata: { name: 'b', uid: 'u' } } };
    const { listing } = await ask({ only: ['a', 'b'], except: [] }, refusedIn('b', there));
    expect(listing.failure?.message).toMatch(
      /list .* in namespace "b".*with this namespace in its value namespaces/,
    );
    expect(['a', 'b'].map((name) => isCompleteIn(listing, name))).toEqual([true, false]);
  });

  it('holds nothing of a namespace that is gone, and its Role with it', async () => {
    const gone = statusAnswer(404, 'NotFound');
    const { listing } = await ask({ only: ['a', 'b'], except: [] }, refusedIn('b', gone));
    expect(listing).toEqual({ items: [], seen: 0 });
  });

  it('is incomplete where it is not known whether the namespace is gone', async () => {
    const refused = statusAnswer(403, 'Forbidden');
    const { listing } = await ask({ only: ['a', 'b'], except: [] }, refusedIn('b', refused));
    expect(isCompleteIn(listing, 'b')).toBe(false);
  });

  it('is incomplete everywhere when the one list of all fails', async () => {
    const { listing } = await ask({ only: [], except: [] }, () => statusAnswer(500, 'Broken'));
    expect(isCompleteIn(listing, 'a')).toBe(false);
  });
});
