import { expect, it } from 'vitest';
import { type ContractSuite, describeInNamespace } from '../contract-context.ts';

/** Replacing an object (PUT). */
export const replacingContract: ContractSuite = (server) => {
  describeInNamespace('replacing', server, (context) => {
    const create = async (body: object) => {
      const { api, secrets } = context();
      return api.send('POST', secrets, { body });
    };
    const put = async (name: string, body: object) => {
      const { api, secrets } = context();
      return api.send('PUT', `${secrets}/${name}`, { body });
    };

    it('replaces the object and increases its resourceVersion', async () => {
      const { body: old } = await create({
        metadata: { name: 'put', labels: { a: 'b' } },
        data: { a: 'eA==' },
      });
      const { status, body } = await put('put', {
        metadata: { name: 'put' },
        data: { b: 'eA==' },
      });
      expect(status).toBe(200);
      expect(body['data']).toEqual({ b: 'eA==' });
      expect(body.metadata).not.toHaveProperty('labels');
      expect(body.metadata.uid).toBe(old.metadata.uid);
      expect(Number(body.metadata.resourceVersion)).toBeGreaterThan(
        Number(old.metadata.resourceVersion),
      );
    });

    it('keeps the resourceVersion if nothing changes', async () => {
      const { body } = await create({ metadata: { name: 'still' }, data: { a: 'eA==' } });
      const again = await put('still', {
        type: 'Opaque',
        data: { a: 'eA==' },
        metadata: body.metadata,
      });
      expect(again.body).toEqual(body);
    });

    it('accepts the stored resourceVersion and refuses another', async () => {
      const { body: old } = await create({ metadata: { name: 'raced' } });
      const withVersion = (resourceVersion: string, a: string) =>
        put('raced', { metadata: { name: 'raced', resourceVersion }, stringData: { a } });
      expect((await withVersion(old.metadata.resourceVersion, '1')).status).toBe(200);
      expect((await withVersion(old.metadata.resourceVersion, '2')).body).toMatchObject({
        message:
          'Operation cannot be fulfilled on secrets "raced": the object has been modified; please apply your changes to the latest version and try again',
        reason: 'Conflict',
        details: { name: 'raced', kind: 'secrets' },
        code: 409,
      });
    });

    it('refuses the uid of another object', async () => {
      await create({ metadata: { name: 'reborn' } });
      const { body } = await put('reborn', { metadata: { name: 'reborn', uid: 'of-another' } });
      expect(body).toMatchObject({
        reason: 'Conflict',
        code: 409,
        message: expect.stringContaining('UID in precondition: of-another'),
      });
    });

    it.each(['', '5'])(
      'does not create an object (resourceVersion %j)',
      async (resourceVersion) => {
        const { body } = await put('absent', { metadata: { name: 'absent', resourceVersion } });
        expect(body).toMatchObject({ message: 'secrets "absent" not found', code: 404 });
      },
    );

    it('refuses a name other than that of the path', async () => {
      await create({ metadata: { name: 'here' } });
      expect((await put('here', { metadata: { name: 'there' } })).body).toMatchObject({
        message: 'the name of the object (there) does not match the name on the URL (here)',
        reason: 'BadRequest',
        code: 400,
      });
    });
  });
};
