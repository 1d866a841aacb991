import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Listing } from '../../lambda/observe/cluster-view.ts';
import { PROTOBUF } from '../../lambda/observe/kubernetes-protobuf.ts';
import { listManagedSecrets } from '../../lambda/observe/managed-secrets.ts';
import { listNamespaces } from '../../lambda/observe/namespaces.ts';
import { listPods } from '../../lambda/observe/pods.ts';
import { EVERYWHERE } from '../support/builders.ts';
import { FOREVER, fakeConnection } from '../unit/observe/fake-connection.ts';
import { recordedJson, recordedProtobuf } from '../unit/observe/recorded-list.ts';
import { EXAMPLES, hostileText, hostileValue, mutated, mutatedBytes } from './hostile.ts';

const LISTS = [
  {
    name: 'pods-1',
    list: (connection: Connection) => listPods(connection, { phase: 'live', ...ALL }),
  },
  { name: 'namespaces', list: (connection: Connection) => listNamespaces(connection, ALL) },
  { name: 'secrets', list: (connection: Connection) => listManagedSecrets(connection, ALL) },
] as const;

type Connection = ReturnType<typeof fakeConnection>;
const ALL = { scope: EVERYWHERE, signal: FOREVER };

/** The first page, and then an empty one, so that a continue token which came to be does not lead on for ever. */
function answering(body: unknown, contentType: string): Connection {
  const headers = { 'content-type': contentType };
  return fakeConnection((_, count) =>
    count === 1 ? { headers, body } : { status: 410, body: {} },
  );
}

/** What came is what it says to be, or the list says that it is not whole. */
function expectSound({ items, failure }: Listing<unknown>): void {
  if (failure !== undefined) expect(failure).toBeInstanceOf(Error);
  for (const item of items as Record<string, unknown>[]) {
    expect(item['name']).toEqual(expect.any(String));
    for (const name of (item['secretNames'] as unknown[]) ?? [])
      expect(name).toEqual(expect.any(String));
  }
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
}

describe.each(LISTS)('a list such as $name', ({ name, list }) => {
  it('of which some of the JSON is not as it was is read, or is not whole', async () => {
    await fc.assert(
      fc.asyncProperty(mutated(recordedJson(name)), async (body) => {
        expectSound(await list(answering(body, 'application/json')));
      }),
      EXAMPLES,
    );
  });

  it('of which some bytes of the protobuf are not as they were is read, or is not whole', async () => {
    await fc.assert(
      fc.asyncProperty(mutatedBytes(recordedProtobuf(name)), async (body) => {
        expectSound(await list(answering(body, PROTOBUF)));
      }),
      EXAMPLES,
    );
  });

  it('in place of which anything comes is not whole', async () => {
    await fc.assert(
      fc.asyncProperty(
        hostileValue,
        hostileText,
        fc.integer({ min: 200, max: 599 }),
        async (body, type, status) => {
          const connection = fakeConnection(() => ({
            status,
            headers: { 'content-type': type },
            body,
          }));
          const listing = await list(connection);
          expect(listing.failure).toBeInstanceOf(Error);
          expect(listing.items).toEqual([]);
        },
      ),
      EXAMPLES,
    );
  });

  it('that always has another page ends', async () => {
    const body = { ...recordedJson(name), metadata: { continue: 'again' } };
    const { failure, items } = await list(fakeConnection(() => ({ body })));
    expect(failure).toBeInstanceOf(Error);
    expect(items.length).toBeLessThanOrEqual(2 * (body.items?.length ?? 0));
  });
});
