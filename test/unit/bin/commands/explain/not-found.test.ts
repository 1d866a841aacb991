import { expect, it } from 'vitest';
import { notFound } from '../../../../../bin/commands/explain/not-found.ts';

const MISSING = 'pod web does not exist in namespace shop';
const OTHER_NAMESPACE = 'Use -n NAME for another namespace.';

/** Returns the message for pod `web` when its list is answered like this. */
async function messageFor(status: number, list: object): Promise<string> {
  const body = Buffer.from(JSON.stringify(list));
  const connection = { send: async () => ({ status, headers: {}, body }) };
  const missing = { kind: 'pod', namespace: 'shop', name: 'web', list: '/pods' };
  return (await notFound({ connection, signal: new AbortController().signal }, missing)).message;
}

it.each<[string, number, object, string]>([
  [
    'names that contain it',
    200,
    { items: [{ metadata: { name: 'web-6d4b9' } }] },
    `${MISSING}: did you mean web-6d4b9? ${OTHER_NAMESPACE}`,
  ],
  [
    'none if none is similar',
    200,
    { items: [{ metadata: { name: 'mail' } }] },
    `${MISSING}: no similar name. ${OTHER_NAMESPACE}`,
  ],
  [
    'none of the first ones if there are more',
    200,
    { metadata: { continue: 'token' }, items: [{ metadata: { name: 'mail' } }] },
    `${MISSING}: no similar name among the first 1. ${OTHER_NAMESPACE}`,
  ],
  [
    'none if the user lacks permission to list',
    403,
    { kind: 'Status', message: 'no' },
    `${MISSING}. ${OTHER_NAMESPACE}`,
  ],
])('a missing object is reported with similar names: %s', async (_, status, list, message) => {
  expect(await messageFor(status, list)).toBe(message);
});
