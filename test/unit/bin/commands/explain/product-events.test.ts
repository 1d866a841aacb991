import { expect, it } from 'vitest';
import { readProductEvents } from '../../../../../bin/commands/explain/product-events.ts';

const POD = { kind: 'Pod', namespace: 'shop', name: 'web', uid: 'uid-of-web' } as const;

/** Reads Events from a server that answers like this. */
function read(status: number, body: object) {
  const send = async () => ({ status, headers: {}, body: Buffer.from(JSON.stringify(body)) });
  return readProductEvents({ send }, POD, new AbortController().signal);
}

function anEvent(note: string, more: object = {}): object {
  return {
    reportingController: 'kube-aws-iam',
    regarding: { uid: POD.uid },
    eventTime: '2026-11-23T12:00:00.000000Z',
    note,
    ...more,
  };
}

it('Events are sorted newest first, without those that have no time', async () => {
  const items = [
    anEvent('timeless', { eventTime: null }),
    anEvent('old'),
    anEvent('of a series', { series: { count: 3, lastObservedTime: '2026-11-23T12:05:00Z' } }),
    anEvent('of an earlier pod', { regarding: { uid: 'other' } }),
  ];
  const { events } = await read(200, { items });
  expect(events).toMatchObject([
    { note: 'of a series', count: 3, lastSeen: '2026-11-23T12:05:00Z' },
    { note: 'old', count: 1 },
  ]);
});

it('forbidden Events result in none, with the reason', async () => {
  const status = { kind: 'Status', reason: 'Forbidden', message: 'jo cannot list events' };
  expect(await read(403, status)).toEqual({
    events: [],
    unread: expect.stringMatching(/^Events: missing permission: .*jo cannot list events/),
  });
});
