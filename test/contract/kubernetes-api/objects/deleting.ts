import { expect, it } from 'vitest';
import { type ContractSuite, describeInNamespace } from '../contract-context.ts';

/** Deleting an object. */
export const deletingContract: ContractSuite = (server) => {
  describeInNamespace('deleting', server, (context) => {
    const create = async (body: object) => {
      const { api, secrets } = context();
      return api.send('POST', secrets, { body });
    };
    const remove = async (name: string, body?: object) => {
      const { api, secrets } = context();
      return api.send('DELETE', `${secrets}/${name}`, body && { body });
    };

    it('returns what was deleted', async () => {
      const { api, secrets } = context();
      const { metadata } = (await create({ metadata: { name: 'gone' } })).body;
      const { status, body } = await remove('gone');
      expect(status).toBe(200);
      expect(body).toEqual({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        details: { name: 'gone', kind: 'secrets', uid: metadata.uid },
      });
      expect((await api.send('GET', `${secrets}/gone`)).status).toBe(404);
      expect((await remove('gone')).body).toMatchObject({ reason: 'NotFound', code: 404 });
    });

    it('accepts preconditions that hold', async () => {
      const { uid, resourceVersion } = (await create({ metadata: { name: 'exact' } })).body
        .metadata;
      const { status } = await remove('exact', {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        preconditions: { uid, resourceVersion },
      });
      expect(status).toBe(200);
    });

    it.each([
      {
        preconditions: { uid: 'other' },
        why: /^the UID in the precondition \(other\) does not match the UID in record \(.*\)\. The object might have been deleted and then recreated$/,
      },
      {
        preconditions: { resourceVersion: '1' },
        why: /^the ResourceVersion in the precondition \(1\) does not match the ResourceVersion in record \(\d+\)\. The object might have been modified$/,
      },
    ])('refuses the precondition $preconditions', async ({ preconditions, why }) => {
      const { api, secrets } = context();
      await create({ metadata: { name: 'kept' } });
      const { body } = await remove('kept', { preconditions });
      const [, message] =
        /^Operation cannot be fulfilled on Secret "kept": (.*)$/.exec(String(body['message'])) ??
        [];
      expect(body).toMatchObject({
        reason: 'Conflict',
        details: { name: 'kept', kind: 'Secret' },
        code: 409,
      });
      expect(message).toMatch(why);
      expect((await api.send('GET', `${secrets}/kept`)).status).toBe(200);
    });

    it('sets deletionTimestamp on an object with a finalizer, and deletes it with the finalizer', async () => {
      const { api, secrets } = context();
      await create({ metadata: { name: 'held', finalizers: ['example.com/hold'] } });
      const marked = await remove('held');
      expect(marked.body).toMatchObject({
        kind: 'Secret',
        metadata: {
          finalizers: ['example.com/hold'],
          deletionTimestamp: expect.any(String),
          deletionGracePeriodSeconds: 0,
        },
      });
      expect((await remove('held')).body).toEqual(marked.body);
      expect((await api.send('GET', `${secrets}/held`)).body).toEqual(marked.body);
      await api.send('PATCH', `${secrets}/held`, {
        body: { metadata: { finalizers: null } },
        headers: { 'content-type': 'application/merge-patch+json' },
      });
      expect((await api.send('GET', `${secrets}/held`)).status).toBe(404);
    });
  });
};
