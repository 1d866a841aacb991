import { describe, expect, it } from 'vitest';
import { ClusterSetupError, ClusterUnreachableError } from '../../../../../kubernetes/errors.ts';
import type { DueEvent } from '../../../../../lambda/report/events/event-history.ts';
import { writeEvents } from '../../../../../lambda/report/events/write-events.ts';
import { minutes, NOW } from '../../../../support/builders.ts';
import { anEvent, aPodReference } from '../../../../support/event-builders.ts';
import { FakeEvents, statusAnswer } from '../../../../support/fake-events.ts';

const FOREVER = new AbortController().signal;
const EVENTS = '/apis/events.k8s.io/v1/namespaces/shop/events';
const NAME = 'web.1';
const DUE: DueEvent = { event: anEvent(), name: NAME, isNew: true, occurrences: 1 };
const KNOWN: DueEvent = { ...DUE, isNew: false, occurrences: 30 };

function depsOver(connection: FakeEvents, now = NOW) {
  return { connection, now: () => now, reportingInstance: 'refresh@blue' };
}
const write = (events: FakeEvents, due: readonly DueEvent[] = [DUE], signal = FOREVER, now = NOW) =>
  writeEvents(depsOver(events, now), due, signal);
const many = (count: number): DueEvent[] =>
  Array.from({ length: count }, (_each, index) => ({
    event: anEvent({}, aPodReference(`web-${index}`)),
    name: `web-${index}.1`,
    isNews: true,
    seen: 1,
  }));
const resultsOf = async (results: ReturnType<typeof write>) =>
  (await results).map(({ result }) => result);

describe('writeEvents', () => {
  it('makes an Event with all that events.k8s.io/v1 asks for', async () => {
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
      action: 'GiveCredentials',
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

  it('adds what it has seen to the series that is there', async () => {
    const events = new FakeEvents();
    await write(events);
    const again = await write(events, [KNOWN], FOREVER, minutes(30));
    expect(again).toMatchObject([{ result: 'written' }]);
    const patch = `PATCH ${NAME}?fieldManager=kube-aws-iam`;
    expect(events.log).toEqual(['POST', patch, patch]);
    expect(events.sent[1]?.headers).toEqual({ 'content-type': 'application/merge-patch+json' });
    expect(events.sent.slice(1).map(({ body = '' }) => JSON.parse(body))).toEqual([
      {},
      { series: { count: 31, lastObservedTime: '2026-11-23T12:30:00.000000Z' } },
    ]);
    await write(events, [KNOWN], FOREVER, minutes(60));
    expect(events.stored.get(`${EVENTS}/${NAME}`)?.series).toMatchObject({ count: 61 });
  });

  it('makes anew what the server has forgotten', async () => {
    const events = new FakeEvents();
    expect(await resultsOf(write(events, [KNOWN]))).toEqual(['written']);
    expect([...events.stored.keys()]).toEqual([`${EVENTS}/${NAME}`]);
  });

  it('lets the Event of another container go on where it stands', async () => {
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
  ])('makes a count of %j one that the API takes: %i', async (count, written) => {
    const events = new FakeEvents();
    events.answer = ({ method, body = '' }) =>
      method === 'PATCH' && body === '{}'
        ? { status: 200, headers: {}, body: Buffer.from(JSON.stringify({ series: { count } })) }
        : undefined;
    await write(events);
    await write(events);
    expect([...events.stored.values()]).toMatchObject([{ series: { count: written } }]);
  });

  it('goes on after what the server refuses of one Event', async () => {
    const events = new FakeEvents();
    events.answer = ({ body = '' }) =>
      body.includes('web-0') ? statusAnswer(403, 'Forbidden', 'exceeded quota: events') : undefined;
    expect(await resultsOf(write(events, many(7)))).toEqual([
      'refused',
      ...Array<string>(6).fill('written'),
    ]);
  });

  it.each([
    ['a busy server', () => statusAnswer(429, 'TooManyRequests', 'busy'), 'busy'],
    ['an ailing server', () => statusAnswer(500, 'InternalError', 'etcd'), 'etcd'],
    [
      'a server that is not there',
      () => {
        throw new ClusterUnreachableError('no answer');
      },
      'no answer',
    ],
    [
      'an answer that cannot be read',
      ({ method }: { method: string }) =>
        method === 'POST'
          ? statusAnswer(409, 'AlreadyExists', '')
          : { status: 200, headers: {}, body: Buffer.from('?') },
      'JSON',
    ],
  ])('leaves the rest to the next run after %s, and never throws', async (_what, answer, said) => {
    const events = new FakeEvents();
    events.answer = answer;
    const results = await write(events, many(100));
    const failed = results.filter(({ result }) => result === 'failed');
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThanOrEqual(5);
    expect(failed[0]).toMatchObject({ error: { message: expect.stringContaining(said) } });
    expect(results.at(-1)).toMatchObject({ result: 'unsent' });
  });

  it('says which RBAC is missing, and tries no other Event', async () => {
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
          /cannot create resource.*group kube-aws-iam:refreshers the verbs create and patch on events.*install the chart/,
        ),
      },
    });
    expect(events.log.length).toBeLessThanOrEqual(5);
  });

  it('begins nothing when the time is over', async () => {
    const events = new FakeEvents();
    expect(await resultsOf(write(events, many(3), AbortSignal.abort()))).toEqual(
      Array(3).fill('unsent'),
    );
    expect(events.log).toEqual([]);
  });

  it('has five under way at once', async () => {
    const events = new FakeEvents();
    await write(events, many(50));
    expect(events.mostAtOnce).toBe(5);
    expect(events.stored.size).toBe(50);
  });

  it('keeps within what may be said of the instance', async () => {
    const events = new FakeEvents();
    await writeEvents({ ...depsOver(events), reportingInstance: 'r'.repeat(200) }, [DUE], FOREVER);
    expect(events.stored.get(`${EVENTS}/${NAME}`)?.['reportingInstance']).toHaveLength(128);
  });
});
