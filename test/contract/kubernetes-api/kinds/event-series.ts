import { expect, it } from 'vitest';
import { type ContractSuite, describeInNamespace } from '../contract-context.ts';

const FIRST = '2026-01-02T03:04:05.000000Z';
const LATER = '2026-01-02T03:34:05.000000Z';
const SERIES = { count: 2, lastObservedTime: LATER };

/** What a client needs to continue an Event of which it knows only the name. */
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

    it('start on an Event without one; a second Event of the same name is refused', async () => {
      expect((await create('app.1')).body['series']).toBeUndefined();
      const again = await create('app.1', { eventTime: LATER });
      expect(again).toMatchObject({ status: 409, body: { reason: 'AlreadyExists' } });
      expect(await patch('app.1', { series: SERIES })).toMatchObject({
        status: 200,
        body: { series: SERIES, eventTime: FIRST, note: 'why' },
      });
    });

    it('are returned by an empty patch, which changes nothing', async () => {
      const { body: created } = await create('unchanged', { series: { ...SERIES, count: 7 } });
      expect(await patch('unchanged', {})).toMatchObject({ status: 200, body: created });
    });

    it('can be created with the Event, and removed', async () => {
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
    ])('%s are refused, on create and patch', async (what, series, messages) => {
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
    ])('do not allow changes of the %s of their Event', async (field, value) => {
      const name = `fixed-${field.toLowerCase()}`;
      await create(name);
      const { status, body } = await patch(name, { [field]: value });
      expect(status).toBe(422);
      expect(body['message']).toContain('field is immutable');
    });

    it('of an Event that does not exist are refused', async () => {
      expect(await patch('none', { series: SERIES })).toMatchObject({
        status: 404,
        body: { reason: 'NotFound' },
      });
    });

    it('belong to Events whose note has at most 1,024 bytes', async () => {
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
    ])('belong to Events whose name is a subdomain: %s', async (_what, name, status) => {
      expect((await create(name)).status).toBe(status);
    });

    it('cannot start in a namespace that is being deleted', async () => {
      const { api, namespace } = context();
      const terminating = `${namespace}-terminating`;
      const path = `/api/v1/namespaces/${terminating}`;
      const metadata = { name: terminating };
      await api.send('POST', '/api/v1/namespaces', { body: { metadata } });
      // A finalizer keeps the namespace terminating.
      const held = { metadata: { name: 'held', finalizers: ['example.com/held'] } };
      await api.send('POST', `${path}/secrets`, { body: held });
      await api.send('DELETE', path);
      const { status, body } = await api.send(
        'POST',
        `/apis/events.k8s.io/v1/namespaces/${terminating}/events`,
        {
          body: newEvent('late', {
            regarding: { kind: 'Pod', namespace: terminating, name: 'app' },
          }),
        },
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
