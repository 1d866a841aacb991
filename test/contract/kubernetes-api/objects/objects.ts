import { expect, it } from 'vitest';
import { type ContractSuite, describeInNamespace } from '../contract-context.ts';

/** Creating and reading an object. */
export const objectsContract: ContractSuite = (server) => {
  describeInNamespace('objects', server, (context) => {
    const create = async (body: object) => {
      const { api, secrets } = context();
      return api.send('POST', secrets, { body });
    };

    it('sets uid, resourceVersion, creationTimestamp and defaults of a new object', async () => {
      const { status, body } = await create({ metadata: { name: 'new', uid: 'mine' } });
      expect(status).toBe(201);
      expect(body).toMatchObject({
        kind: 'Secret',
        apiVersion: 'v1',
        type: 'Opaque',
        metadata: {
          name: 'new',
          namespace: context().namespace,
          uid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/),
          resourceVersion: expect.stringMatching(/^\d+$/),
          creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        },
      });
      expect(body).not.toHaveProperty('data');
    });

    it('returns the created object', async () => {
      const { api, secrets } = context();
      const created = await create({ metadata: { name: 'same' }, data: { a: 'Yg==' } });
      const read = await api.send('GET', `${secrets}/same`);
      expect(read.status).toBe(200);
      expect(read.headers.get('content-type')).toBe('application/json');
      expect(read.body).toEqual(created.body);
    });

    it('merges stringData into data', async () => {
      const { body } = await create({
        metadata: { name: 'merged' },
        data: { a: 'eA==', b: 'eQ==' },
        stringData: { a: 'ü' },
      });
      expect(body['data']).toEqual({ a: 'w7w=', b: 'eQ==' });
      expect(body).not.toHaveProperty('stringData');
    });

    it('generates a name from generateName', async () => {
      const { body } = await create({ metadata: { generateName: 'made-' } });
      expect(body.metadata.name).toMatch(/^made-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    });

    it('keeps labels, annotations, finalizers and owners', async () => {
      const metadata = {
        name: 'described',
        labels: { 'example.com/a': 'b', empty: '' },
        annotations: { 'Example.com/Note': 'anything at all: {"x": 1}' },
        ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }],
      };
      expect((await create({ metadata })).body).toMatchObject({ metadata });
    });

    it('drops unknown fields of a Secret', async () => {
      const { body } = await create({ metadata: { name: 'strange', odd: 1 }, odd: 1 });
      expect(body).not.toHaveProperty('odd');
      expect(body.metadata).not.toHaveProperty('odd');
    });

    it('refuses an existing name', async () => {
      await create({ metadata: { name: 'taken' } });
      const { status, body } = await create({ metadata: { name: 'taken' } });
      expect(status).toBe(409);
      expect(body).toMatchObject({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'secrets "taken" already exists',
        reason: 'AlreadyExists',
        details: { name: 'taken', kind: 'secrets' },
        code: 409,
      });
    });

    it('names an object that does not exist', async () => {
      const { api, secrets } = context();
      expect((await api.send('GET', `${secrets}/none`)).body).toEqual({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'secrets "none" not found',
        reason: 'NotFound',
        details: { name: 'none', kind: 'secrets' },
        code: 404,
      });
    });
  });
};
