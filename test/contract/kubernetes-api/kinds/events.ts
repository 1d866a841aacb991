import { expect, it } from 'vitest';
import { type ContractSuite, describeInNamespace, namesOf } from '../contract-context.ts';

const EVENT_TIME = '2026-01-02T03:04:05.000000Z';

/** Events of `events.k8s.io/v1`. */
export const eventsContract: ContractSuite = (server) => {
  describeInNamespace('events', server, (context) => {
    const about = () => ({ kind: 'Pod', namespace: context().namespace, name: 'app' });
    const newEvent = (name: string, more: object = {}) => ({
      metadata: { name },
      eventTime: EVENT_TIME,
      reportingController: 'kube-aws-iam',
      reportingInstance: 'one',
      action: 'Create',
      reason: 'Refused',
      type: 'Warning',
      note: 'why',
      regarding: about(),
      ...more,
    });
    const create = async (body: object) => {
      const { api, events } = context();
      return api.send('POST', events, { body });
    };
    const patch = async (name: string, body: object) => {
      const { api, events } = context();
      return api.send('PATCH', `${events}/${name}`, {
        body,
        headers: { 'content-type': 'application/merge-patch+json' },
      });
    };

    it('are returned as they were created', async () => {
      const { api, events } = context();
      const { status, body } = await create(newEvent('new'));
      expect(status).toBe(201);
      expect(body).toMatchObject({
        ...newEvent('new'),
        kind: 'Event',
        apiVersion: 'events.k8s.io/v1',
        deprecatedSource: {},
        deprecatedFirstTimestamp: null,
      });
      expect((await api.send('GET', `${events}/new`)).body).toEqual(body);
    });

    it.each([
      [
        'nothing',
        { eventTime: null, type: '' },
        ['eventTime: Required value', 'type: Invalid value: "": has invalid value: '],
      ],
      ['an unknown type', { type: 'X' }, ['type: Invalid value: "": has invalid value: X']],
      ['no controller', { reportingController: '' }, ['reportingController: Required value']],
      ['no instance', { reportingInstance: '' }, ['reportingInstance: Required value']],
      ['no action', { action: '' }, ['action: Required value']],
      ['no reason', { reason: '' }, ['reason: Required value']],
      [
        'a long reason',
        { reason: 'r'.repeat(129) },
        ['reason: Invalid value: "": can have at most 128 characters'],
      ],
      [
        'a long note',
        { note: 'n'.repeat(1_025) },
        ['message: Invalid value: "": can have at most 1024 characters'],
      ],
      [
        'a deprecated field',
        { deprecatedCount: 1 },
        ['count: Invalid value: "": needs to be unset'],
      ],
      [
        'a cluster-scoped object',
        { regarding: { kind: 'Node', name: 'x' } },
        ['does not match event.namespace'],
      ],
    ])('with %s are refused', async (_what, more, messages) => {
      const { body } = await create(newEvent('refused', more));
      expect(body).toMatchObject({ reason: 'Invalid', code: 422 });
      for (const message of messages) expect(String(body['message'])).toContain(message);
    });

    it('can be about an object in another namespace', async () => {
      const regarding = { kind: 'Pod', namespace: 'other', name: 'x' };
      expect((await create(newEvent('elsewhere', { regarding }))).status).toBe(201);
    });

    it.each(['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'])(
      'need a time with microseconds, unlike %s',
      async (eventTime) => {
        expect((await create(newEvent('x', { eventTime }))).body).toMatchObject({
          message: expect.stringContaining('cannot be handled as a Event'),
          code: 400,
        });
      },
    );

    it('can become a series, and keep their note', async () => {
      await create(newEvent('series'));
      const series = { count: 2, lastObservedTime: '2026-01-02T03:05:05.000000Z' };
      expect(await patch('series', { series })).toMatchObject({ status: 200, body: { series } });
      expect((await patch('series', { series: { ...series, count: 3 } })).body).toMatchObject({
        series: { count: 3 },
      });
      expect((await patch('series', { note: 'other' })).body).toMatchObject({
        message: 'Event "series" is invalid: message: Invalid value: "other": field is immutable',
        code: 422,
      });
      expect((await patch('series', { series: { ...series, count: 1 } })).body).toMatchObject({
        message: expect.stringContaining('series.count: Invalid value: "": should be at least 2'),
      });
      expect((await patch('series', { type: 'Normal', reason: 'x' })).status).toBe(422);
    });

    it('are selected by the object that they are about', async () => {
      const { api, events } = context();
      await create(newEvent('selected', { regarding: { ...about(), name: 'selected' } }));
      const select = async (selector: string) =>
        namesOf(
          (await api.send('GET', `${events}?fieldSelector=${encodeURIComponent(selector)}`)).body,
        );
      expect(await select('regarding.name=selected,reason=Refused')).toEqual(['selected']);
      expect(await select('regarding.name=selected,type=Warning')).toEqual(['selected']);
      expect(await select('regarding.name=selected,type!=Warning')).toEqual([]);
    });

    it('are named with their group if they do not exist', async () => {
      const { api, events } = context();
      const { body } = await api.send('GET', `${events}/none`);
      expect(body).toMatchObject({
        message: 'events.events.k8s.io "none" not found',
        code: 404,
      });
    });

    it('are deleted', async () => {
      const { api, events } = context();
      await create(newEvent('gone'));
      expect((await api.send('DELETE', `${events}/gone`)).status).toBe(200);
      expect((await api.send('GET', `${events}/gone`)).status).toBe(404);
    });
  });
};
