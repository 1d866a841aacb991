import { expect, it } from 'vitest';
import { type ContractSuite, describeInNamespace, namesOf } from './contract-context.ts';

const EVENT_TIME = '2026-01-02T03:04:05.000000Z';

/** Events, which two API groups show in their own words. */
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

    it('written as events.k8s.io/v1 are read in the core group', async () => {
      const { api, coreEvents } = context();
      const { status, body } = await create(newEvent('new'));
      expect(status).toBe(201);
      expect(body).toMatchObject({
        ...newEvent('new'),
        kind: 'Event',
        apiVersion: 'events.k8s.io/v1',
      });
      expect((await api.send('GET', `${coreEvents}/new`)).body).toMatchObject({
        kind: 'Event',
        apiVersion: 'v1',
        metadata: body.metadata,
        involvedObject: about(),
        reason: 'Refused',
        message: 'why',
        type: 'Warning',
        eventTime: EVENT_TIME,
        action: 'Create',
        reportingComponent: 'kube-aws-iam',
        reportingInstance: 'one',
        source: {},
        firstTimestamp: null,
      });
    });

    it('written in the core group are read as events.k8s.io/v1', async () => {
      const { api, coreEvents, events } = context();
      const at = '2026-01-02T03:04:05Z';
      const { status } = await api.send('POST', coreEvents, {
        body: {
          metadata: { name: 'old' },
          involvedObject: about(),
          reason: 'Old',
          message: 'why',
          source: { component: 'c' },
          firstTimestamp: at,
          lastTimestamp: at,
          count: 2,
        },
      });
      expect(status).toBe(201);
      expect((await api.send('GET', `${events}/old`)).body).toMatchObject({
        apiVersion: 'events.k8s.io/v1',
        regarding: about(),
        note: 'why',
        eventTime: null,
        deprecatedSource: { component: 'c' },
        deprecatedFirstTimestamp: at,
        deprecatedCount: 2,
      });
    });

    it.each([
      [
        'nothing',
        { eventTime: null, type: '' },
        ['eventTime: Required value', 'type: Invalid value: "": has invalid value: '],
      ],
      ['a strange type', { type: 'X' }, ['type: Invalid value: "": has invalid value: X']],
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
      ['an old field', { deprecatedCount: 1 }, ['count: Invalid value: "": needs to be unset']],
      [
        'a thing without namespace',
        { regarding: { kind: 'Node', name: 'x' } },
        ['does not match event.namespace'],
      ],
    ])('with %s are refused', async (_what, more, messages) => {
      const { body } = await create(newEvent('refused', more));
      expect(body).toMatchObject({ reason: 'Invalid', code: 422 });
      for (const message of messages) expect(String(body['message'])).toContain(message);
    });

    it('about a thing elsewhere are taken with a time, and refused without', async () => {
      const { api, coreEvents } = context();
      const elsewhere = { kind: 'Pod', namespace: 'other', name: 'x' };
      expect((await create(newEvent('elsewhere', { regarding: elsewhere }))).status).toBe(201);
      const body = { metadata: { name: 'timeless' }, involvedObject: elsewhere };
      expect((await api.send('POST', coreEvents, { body })).body).toMatchObject({
        message:
          'Event "timeless" is invalid: involvedObject.namespace: Invalid value: "other": does not match event.namespace',
        code: 422,
      });
    });

    it.each(['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'])(
      'need microseconds in their time, which %s lacks',
      async (eventTime) => {
        expect((await create(newEvent('x', { eventTime }))).body).toMatchObject({
          message: expect.stringContaining('cannot be handled as a Event'),
          code: 400,
        });
      },
    );

    it('become a series, and keep their note', async () => {
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

    it('in the core group change at will', async () => {
      const { api, coreEvents } = context();
      await create(newEvent('loose'));
      const { status } = await api.send('PATCH', `${coreEvents}/loose`, {
        body: { message: 'other' },
        headers: { 'content-type': 'application/merge-patch+json' },
      });
      expect(status).toBe(200);
    });

    it('are selected by what they are about', async () => {
      const { api, events, coreEvents } = context();
      const named = { ...about(), name: 'wanted' };
      await create(newEvent('wanted', { regarding: named }));
      const select = async (path: string, selector: string) =>
        namesOf(
          (await api.send('GET', `${path}?fieldSelector=${encodeURIComponent(selector)}`)).body,
        );
      expect(await select(events, 'regarding.name=wanted,reason=Refused')).toEqual(['wanted']);
      expect(await select(coreEvents, 'involvedObject.name=wanted,type=Warning')).toEqual([
        'wanted',
      ]);
      expect(await select(coreEvents, 'involvedObject.name=wanted,type!=Warning')).toEqual([]);
    });

    it.each([
      ['events', 'events.events.k8s.io "none" not found'],
      ['coreEvents', 'events "none" not found'],
    ] as const)('that are not there are named (%s)', async (which, message) => {
      const { api } = context();
      const { body } = await api.send('GET', `${context()[which]}/none`);
      expect(body).toMatchObject({ message, code: 404 });
    });

    it('are deleted like every other object', async () => {
      const { api, events, coreEvents } = context();
      await create(newEvent('gone'));
      expect((await api.send('DELETE', `${events}/gone`)).status).toBe(200);
      expect((await api.send('GET', `${coreEvents}/gone`)).status).toBe(404);
    });
  });
};
