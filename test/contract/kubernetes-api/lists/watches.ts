import { expect, it } from 'vitest';
import {
  type ContractContext,
  type ContractSuite,
  describeInNamespace,
  podBody,
} from '../contract-context.ts';
import { openWatch, summary } from './watch-events.ts';

/** Start, events and end of watches. */
export const watchesContract: ContractSuite = (server) => {
  describeInNamespace('watches', server, (context) => {
    const secret = ({ api, secrets }: ContractContext, name: string, labels = {}) =>
      api.send('POST', secrets, { body: { metadata: { name, labels } } });
    const versionNow = async ({ api, secrets }: ContractContext) =>
      (await api.send('GET', secrets)).body.metadata.resourceVersion;

    it('sends the changes after a resourceVersion, with the objects of that time', async () => {
      const c = context();
      const since = await versionNow(c);
      const created = await secret(c, 'seen');
      const changed = await c.api.send('PUT', `${c.secrets}/seen`, {
        body: { metadata: { name: 'seen' }, stringData: { a: 'b' } },
      });
      await c.api.send('DELETE', `${c.secrets}/seen`);
      const watch = await openWatch(c.api, `${c.secrets}?watch=true&resourceVersion=${since}`);
      const events = await watch.next(3);
      watch.close();
      expect(summary(events)).toEqual(['ADDED seen', 'MODIFIED seen', 'DELETED seen']);
      expect(events[0]?.object).toEqual(created.body);
      expect(events[1]?.object).toEqual(changed.body);
      const versions = events.map(({ object }) => Number(object.metadata.resourceVersion));
      expect(versions).toEqual(versions.toSorted((a, b) => a - b));
      expect(new Set(versions).size).toBe(3);
    });

    it('sends changes while it is open', async () => {
      const c = context();
      const since = await versionNow(c);
      const watch = await openWatch(c.api, `${c.secrets}?watch=1&resourceVersion=${since}`);
      await secret(c, 'live');
      expect(summary(await watch.next(1))).toEqual(['ADDED live']);
      await c.api.send('DELETE', `${c.secrets}/live`);
      expect(summary(await watch.next(1))).toEqual(['DELETED live']);
      watch.close();
    });

    it.each(['', '&resourceVersion=0'])(
      'begins with all there is without a version (%j)',
      async (version) => {
        const c = context();
        await secret(c, 'there', { from: 'start' });
        const query = `watch=true&labelSelector=from%3Dstart&timeoutSeconds=1${version}`;
        const watch = await openWatch(c.api, `${c.secrets}?${query}`);
        expect(summary(await watch.next(1))).toEqual(['ADDED there']);
        expect(await watch.next(1)).toEqual([]);
      },
    );

    it('ends after timeoutSeconds', async () => {
      const c = context();
      const since = await versionNow(c);
      const query = `watch=true&timeoutSeconds=1&resourceVersion=${since}`;
      const watch = await openWatch(c.api, `${c.secrets}?${query}`);
      expect(await watch.next(1)).toEqual([]);
    });

    it('sends ADDED and DELETED when an object begins or stops to match', async () => {
      const c = context();
      const since = await versionNow(c);
      await c.api.send('POST', c.pods, { body: podBody('moody') });
      const status = (phase: string) =>
        c.api.send('PUT', `${c.pods}/moody/status`, {
          body: { ...podBody('moody'), status: { phase } },
        });
      await status('Running');
      await status('Failed');
      await status('Pending');
      const selector = 'fieldSelector=status.phase%3DPending';
      const watch = await openWatch(
        c.api,
        `${c.pods}?watch=true&resourceVersion=${since}&${selector}`,
      );
      const events = await watch.next(3);
      watch.close();
      expect(summary(events)).toEqual(['ADDED moody', 'DELETED moody', 'ADDED moody']);
      expect(events[1]?.object).toMatchObject({ status: { phase: 'Pending' } });
    });

    it('sends metadata only if requested', async () => {
      const c = context();
      await secret(c, 'partial', { from: 'partial' });
      const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
      const path = `${c.secrets}?watch=true&labelSelector=from%3Dpartial`;
      const watch = await openWatch(c.api, path, { accept });
      const [event] = await watch.next(1);
      watch.close();
      expect(event?.object).toMatchObject({
        kind: 'PartialObjectMetadata',
        metadata: { name: 'partial' },
      });
      expect(event?.object).not.toHaveProperty('type');
    });

    it('selects objects by name, also across namespaces', async () => {
      const c = context();
      const since = await versionNow(c);
      await secret(c, 'unheard');
      await secret(c, 'followed');
      const query = `watch=true&resourceVersion=${since}&fieldSelector=metadata.name%3Dfollowed`;
      const watch = await openWatch(c.api, `/api/v1/secrets?${query}`);
      expect(summary(await watch.next(1))).toEqual(['ADDED followed']);
      watch.close();
    });
  });
};
