import { describe, expect, it } from 'vitest';
import { ClusterSetupError, ClusterUnreachableError } from '../../../../../kubernetes/errors.ts';
import type { DueEvent } from '../../../../../lambda/report/events/event-history.ts';
import { writeEvents } from '../../../../../lambda/report/events/write-events.ts';
import { minutes, NOW } from '../../../../support/builders/builders.ts';
import { anEvent, aPodReference } from '../../../../support/builders/event-builders.ts';
import { FakeEvents, statusAnswer } from '../../../../support/builders/fake-events.ts';

const FOREVER = new AbortController().signal;
const EVENTS = '/apis/events.k8s.io/v1/namespaces/shop/events';
const NAME = 'web.1';
const DUE: DueEvent = { event: anEvent(), name: NAME, isNew: true, occurrences: 1 };
const REPEATED: DueEvent = { ...DUE, isNew: false, occurrences: 30 };

function depsOver(connection: FakeEvents, now = NOW) {
  return { connection, now: () => now, reportingInstance: 'refresh@blue' };
}
const write = (events: FakeEvents, due: readonly DueEvent[] = [DUE], signal = FOREVER, now = NOW) =>
  writeEvents(depsOver(events, now), due, signal);
const many = (count: number): DueEvent[] =>
  Array.from({ length: count }, (_each, index) => ({
    event: anEvent({}, aPodReference(`web-${index}`)),
    name: `web-${index}.1`,
    isNew: true,
    occurrences: 1,
  }));
const resultsOf = async (results: ReturnType<typeof write>) =>
  (await results).map(({ result }) => result);

describe('writeEvents', () => {
  it('creates an Event with all fields that events.k8s.io/v1 requires', async () => {
    const events = new FakeEvents();
    expect(await write(events)).toEqual([{ due: DUE, result: 'written' }]);
    expect(events.sent[0]).toMatchObject({
      method: 'POST',
      path: `${EVENTS}?fieldManager=kube-aws-iam`,
      headers: { 'content-type': 'application/json' },
    });
    expect(events.stored.get(`${EVENTS}/${NAME}`)).toEqual({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: NAME, namespace: 'shop' },
      eventTime: '2026-11-23T12:00:00.000000Z',
      reportingController: 'kube-aws-iam',
      reportingInstance: 'refresh@blue',
      action: 'IssueCredentials',
      reason: 'RoleForbidden',
      type: 'Warning',
      note: 'why',
      regarding: {
        apiVersion: 'v1',
        kind: 'Pod',
        namespace: 'shop',
        name: 'web',
        uid: 'uid-of-web',
      },
    });
  });

  it('adds its count to the existing series', async () => {
    const events = new FakeEvents();
    await write(events);
    const again = await write(events, [REPEATED], FOREVER, minutes(30));
    expect(again).toMatchObject([{ result: 'written' }]);
    const patch = `PATCH ${NAME}?fieldManager=kube-aws-iam`;
    expect(events.log).toEqual(['POST', patch, patch]);
    expect(events.sent[1]?.headers).toEqual({ 'content-type': 'application/merge-patch+json' });
    expect(events.sent.slice(1).map(({ body = '' }) => JSON.parse(body))).toEqual([
      {},
      { series: { count: 31, lastObservedTime: '2026-11-23T12:30:00.000000Z' } },
    ]);
    await write(events, [REPEATED], FOREVER, minutes(60));
    expect(events.stored.get(`${EVENTS}/${NAME}`)?.series).toMatchObject({ count: 61 });
  });

  it('recreates an Event that the server has deleted', async () => {
    const events = new FakeEvents();
    expect(await resultsOf(write(events, [REPEATED]))).toEqual(['written']);
    expect([...events.stored.keys()]).toEqual([`${EVENTS}/${NAME}`]);
  });

  it('continues the series of another container', async () => {
    const events = new FakeEvents();
    for (const minute of [0, 1, 2]) await write(events, [DUE], FOREVER, minutes(minute));
    expect([...events.stored.values()]).toMatchObject([
      { series: { count: 3, lastObservedTime: '2026-11-23T12:02:00.000000Z' } },
    ]);
  });

  it.each([
    [-1, 2],
    [0, 2],
    [0.5, 2],
    ['7', 2],
    [null, 2],
    [1e308, 2_147_483_647],
    [2_147_483_647, 2_147_483_647],
    [7, 8],
  ])('corrects a count of %j to one that the API accepts: %i', async (count, written) => {
    const events = new FakeEvents();
    events.answer = ({ method, body = '' }) =>
      method === 'PATCH' && body === '{}'
        ? { status: 200, headers: {}, body: Buffer.from(JSON.stringify({ series: { count } })) }
        : undefined;
    await write(events);
    await write(events);
    expect([...events.stored.values()]).toMatchObject([{ series: { count: written } }]);
  });

  it('continues after the server rejects one Event', async () => {
    const events = new FakeEvents();
    events.answer = ({ body = '' }) =>
      body.includes('web-0') ? statusAnswer(403, 'Forbidden', 'exceeded quota: events') : undefined;
    expect(await resultsOf(write(events, many(7)))).toEqual([
      'refused',
      ...Array<string>(6).fill('written'),
    ]);
  });

  it.each([
    ['throttling', () => statusAnswer(429, 'TooManyRequests', 'busy'), 'busy'],
    ['a server error', () => statusAnswer(500, 'InternalError', 'etcd'), 'etcd'],
    [
      'a connection failure',
      () => {
        throw new ClusterUnreachableError('no answer');
      },
      'no answer',
    ],
    [
      'an unreadable response',
      ({ method }: { method: string }) =>
        method === 'POST'
          ? statusAnswer(409, 'AlreadyExists', '')
          : { status: 200, headers: {}, body: Buffer.from('?') },
      'JSON',
    ],
  ])('leaves the rest to the next pass after %s, and never throws', async (_what, answer, text) => {
    const events = new FakeEvents();
    events.answer = answer;
    const results = await write(events, many(100));
    const failed = results.filter(({ result }) => result === 'failed');
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThanOrEqual(5);
    expect(failed[0]).toMatchObject({ error: { message: expect.stringContaining(text) } });
    expect(results.at(-1)).toMatchObject({ result: 'unsent' });
  });

  it('names the missing RBAC, and sends no other Event', async () => {
    const events = new FakeEvents();
    events.answer = () =>
      statusAnswer(
        403,
        'Forbidden',
        'events.events.k8s.io is forbidden: User "x" cannot create resource "events" in API group "events.k8s.io"',
      );
    const results = await write(events, many(100));
    expect(results[0]).toMatchObject({
      result: 'failed',
      error: {
        name: ClusterSetupError.name,
        message: expect.stringMatching(
          /cannot create resource.*The chart grants the refresher the verbs create and patch on events.*install the chart/,
        ),
      },
    });
    expect(events.log.length).toBeLessThanOrEqual(5);
  });

  it('sends nothing after the signal aborts', async () => {
    const events = new FakeEvents();
    expect(await resultsOf(write(events, many(3), AbortSignal.abort()))).toEqual(
      Array(3).fill('unsent'),
    );
    expect(events.log).toEqual([]);
  });

  it('sends five requests at a time', async () => {
    const events = new FakeEvents();
    await write(events, many(50));
    expect(events.maxInFlight).toBe(5);
    expect(events.stored.size).toBe(50);
  });

  it('truncates reportingInstance', async () => {
    const events = new FakeEvents();
    await writeEvents({ ...depsOver(events), reportingInstance: 'r'.repeat(200) }, [DUE], FOREVER);
    expect(events.stored.get(`${EVENTS}/${NAME}`)?.['reportingInstance']).toHaveLength(128);
  });
});
