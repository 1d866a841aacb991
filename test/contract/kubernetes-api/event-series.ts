import { expect, it } from 'vitest';
import { type ContractSuite, describeInNamespace } from './contract-context.ts';

const FIRST = '2026-01-02T03:04:05.000000Z';
const LATER = '2026-01-02T03:34:05.000000Z';
const SERIES = { count: 2, lastObservedTime: LATER };

/** What a writer of Events meets that finds its Event there, and knows no more than its name. */
export const eventSeriesContract: ContractSuite = (server) => {
  describeInNamespace('series of events', server, (context) => {
    const newEvent = (name: string, more: object = {}) => ({
      metadata: { name },
      eventTime: FIRST,
      reportingController: 'kube-aws-iam',
      reportingInstance: 'refresh',
      action: 'AssumeRole',
      reason: 'RoleForbidden',
      type: 'Warning',
      note: 'why',
      regarding: { kind: 'Pod', namespace: context().namespace, name: 'app', uid: 'uid-of-app' },
      ...more,
    });
    const create = async (name: string, more?: object) => {
      const { api, events } = context();
      return api.send('POST', events, { body: newEvent(name, more) });
    };
    const patch = async (name: string, body: object) => {
      const { api, events } = context();
      const headers = { 'content-type': 'application/merge-patch+json' };
      return api.send('PATCH', `${events}/${name}`, { body, headers });
    };

    it('begin at an event that has none, and a second event of the name is refused', async () => {
      expect((await create('app.1')).body['series']).toBeUndefined();
      const again = await create('app.1', { eventTime: LATER });
      expect(again).toMatchObject({ status: 409, body: { reason: 'AlreadyExists' } });
      expect(await patch('app.1', { series: SERIES })).toMatchObject({
        status: 200,
        body: { series: SERIES, eventTime: FIRST, note: 'why' },
      });
    });

    it('are told by an empty patch, which changes nothing', async () => {
      const { body: created } = await create('told', { series: { ...SERIES, count: 7 } });
      expect(await patch('told', {})).toMatchObject({ status: 200, body: created });
    });

    it('can be there from the first, and end', async () => {
      expect(await create('ends', { series: SERIES })).toMatchObject({
        status: 201,
        body: { series: SERIES },
      });
      const ended = await patch('ends', { series: null });
      expect(ended.status).toBe(200);
      expect(ended.body['series']).toBeUndefined();
    });

    it.each([
      [
        'of one',
        { ...SERIES, count: 1 },
        ['series.count: Invalid value: "": should be at least 2'],
      ],
      ['without a time', { count: 2 }, ['series.lastObservedTime: Required value']],
      [
        'without anything',
        {},
        [
          'series.count: Invalid value: "": should be at least 2',
          'series.lastObservedTime: Required value',
        ],
      ],
    ])('%s are refused, at first and later', async (what, series, messages) => {
      const name = `refused-${what.replaceAll(' ', '-')}`;
      const refused = await create(name, { series });
      await create(name);
      for (const { status, body } of [refused, await patch(name, { series })]) {
        expect(status).toBe(422);
        for (const message of messages) expect(body['message']).toContain(message);
      }
    });

    it.each([
      ['reason', 'Other'],
      ['type', 'Normal'],
      ['action', 'Other'],
      ['eventTime', LATER],
      ['reportingInstance', 'sweep'],
      ['reportingController', 'other'],
      ['regarding', { uid: 'other' }],
    ])('leave the %s of their event as it is', async (field, value) => {
      const name = `fixed-${field.toLowerCase()}`;
      await create(name);
      const { status, body } = await patch(name, { [field]: value });
      expect(status).toBe(422);
      expect(body['message']).toContain('field is immutable');
    });

    it('of an event that is gone are refused', async () => {
      expect(await patch('none', { series: SERIES })).toMatchObject({
        status: 404,
        body: { reason: 'NotFound' },
      });
    });

    it('belong to events whose note has 1,024 bytes at most, however many characters', async () => {
      const fits = 'é'.repeat(512);
      expect(await create('fits', { note: fits })).toMatchObject({
        status: 201,
        body: { note: fits },
      });
      const { status, body } = await create('too-long', { note: `${fits}n` });
      expect(status).toBe(422);
      expect(body['message']).toContain('can have at most 1024 characters');
    });

    it.each([
      ['253 characters', `${'a'.repeat(236)}.${'f'.repeat(16)}`, 201],
      ['254 characters', `${'a'.repeat(237)}.${'f'.repeat(16)}`, 422],
      ['a dash before a dot', 'app-.1', 422],
    ])('belong to events with the names of subdomains: %s', async (_what, name, status) => {
      expect((await create(name)).status).toBe(status);
    });

    it('of the core group keep no rule, and stand until they change', async () => {
      const { api, coreEvents, events } = context();
      const {
        note: message,
        regarding: involvedObject,
        reportingController,
        ...rest
      } = newEvent('loose');
      const series = { ...SERIES, count: 1 };
      const reportingComponent = reportingController;
      const body = { ...rest, message, involvedObject, reportingComponent, series };
      expect((await api.send('POST', coreEvents, { body })).status).toBe(201);
      expect((await api.send('GET', `${events}/loose`)).body).toMatchObject({ series });
      expect((await patch('loose', {})).status).toBe(200);
      expect((await patch('loose', { series: { ...SERIES, count: 0 } })).status).toBe(422);
    });

    it('cannot begin in a namespace that is ending', async () => {
      const { api, namespace } = context();
      const ending = `${namespace}-ending`;
      const path = `/api/v1/namespaces/${ending}`;
      const metadata = { name: ending };
      await api.send('POST', '/api/v1/namespaces', { body: { metadata } });
      // What holds the namespace back: an object that waits for its finalizer.
      const held = { metadata: { name: 'held', finalizers: ['example.com/held'] } };
      await api.send('POST', `${path}/secrets`, { body: held });
      await api.send('DELETE', path);
      const { status, body } = await api.send(
        'POST',
        `/apis/events.k8s.io/v1/namespaces/${ending}/events`,
        { body: newEvent('late', { regarding: { kind: 'Pod', namespace: ending, name: 'app' } }) },
      );
      expect(status).toBe(403);
      expect(body).toMatchObject({
        reason: 'Forbidden',
        details: { causes: [{ reason: 'NamespaceTerminating' }] },
      });
      const headers = { 'content-type': 'application/merge-patch+json' };
      const release = { body: { metadata: { finalizers: null } }, headers };
      await api.send('PATCH', `${path}/secrets/held`, release);
    });
  });
};
