import { expect, it } from 'vitest';
import { notThere } from '../../../../../bin/commands/explain/not-found.ts';

const NONE = 'there is no pod web in namespace shop';
const ELSEWHERE = '(another namespace: -n NAME)';

/** What is said of pod `web` when its list is answered so. */
async function said(status: number, list: object): Promise<string> {
  const body = Buffer.from(JSON.stringify(list));
  const connection = { send: async () => ({ status, headers: {}, body }) };
  const missing = { kind: 'pod', namespace: 'shop', name: 'web', list: '/pods' };
  return (await notThere({ connection, signal: new AbortController().signal }, missing)).message;
}

it.each<[string, number, object, string]>([
  [
    'those that hold it',
    200,
    { items: [{ metadata: { name: 'web-6d4b9' } }] },
    `${NONE}: did you mean web-6d4b9? ${ELSEWHERE}`,
  ],
  [
    'none, since none is near',
    200,
    { items: [{ metadata: { name: 'mail' } }] },
    `${NONE}: nothing there has a similar name ${ELSEWHERE}`,
  ],
  [
    'none of the first ones, when there are more than were listed',
    200,
    { metadata: { continue: 'token' }, items: [{ metadata: { name: 'mail' } }] },
    `${NONE}: nothing there among the first 1 has a similar name ${ELSEWHERE}`,
  ],
  [
    'none, since they may not be listed',
    403,
    { kind: 'Status', message: 'no' },
    `${NONE} ${ELSEWHERE}`,
  ],
])('of what is not there names are told: %s', async (_, status, list, message) => {
  expect(await said(status, list)).toBe(message);
});
