import { expect, it } from 'vitest';
import { type ContractSuite, describeInNamespace } from '../contract-context.ts';

/** JSON merge patches. */
export const patchesContract: ContractSuite = (server) => {
  describeInNamespace('patches', server, (context) => {
    let count = 0;
    const newSecret = async () => {
      const { api, secrets } = context();
      count += 1;
      const name = `patched-${count}`;
      const body = {
        metadata: { name, labels: { a: '1', b: '2' }, annotations: { x: 'y' } },
        data: { k: 'eA==' },
      };
      await api.send('POST', secrets, { body });
      return `${secrets}/${name}`;
    };
    const patch = async (path: string, type: string, body: unknown) =>
      context().api.send('PATCH', path, {
        body,
        headers: { 'content-type': `application/${type}` },
      });

    it('merges objects and removes fields that are null', async () => {
      const { status, body } = await patch(await newSecret(), 'merge-patch+json', {
        metadata: { labels: { a: null, c: '3' }, annotations: null },
        stringData: { l: 'z' },
      });
      expect(status).toBe(200);
      expect(body).toMatchObject({ data: { k: 'eA==', l: 'eg==' } });
      expect(body.metadata['labels']).toEqual({ b: '2', c: '3' });
      expect(body.metadata).not.toHaveProperty('annotations');
    });

    it.each([
      ['merge-patch+json', '{bad', 400],
      ['merge-patch+json', [], 400],
      ['json', {}, 415],
    ])('refuses %s %j with %i', async (type, body, status) => {
      const answer = await patch(await newSecret(), type, body);
      expect(answer.status).toBe(status);
      expect(answer.body).toMatchObject({
        kind: 'Status',
        code: status,
        reason: status === 415 ? 'UnsupportedMediaType' : 'BadRequest',
      });
    });

    it('refuses a `resourceVersion` other than the stored one', async () => {
      const path = await newSecret();
      const stale = { metadata: { resourceVersion: '1', labels: { a: '2' } } };
      expect((await patch(path, 'merge-patch+json', stale)).body).toMatchObject({
        reason: 'Conflict',
        code: 409,
      });
      const { resourceVersion } = (await context().api.send('GET', path)).body.metadata;
      const fresh = { metadata: { resourceVersion, labels: { a: '2' } } };
      expect((await patch(path, 'merge-patch+json', fresh)).status).toBe(200);
    });

    it('refuses another uid, another name and data that is not base64', async () => {
      const path = await newSecret();
      const merge = (body: object) => patch(path, 'merge-patch+json', body);
      expect((await merge({ metadata: { uid: 'x' } })).body).toMatchObject({
        message: expect.stringContaining('metadata.uid: Invalid value: "x": field is immutable'),
        reason: 'Invalid',
        code: 422,
      });
      expect((await merge({ metadata: { name: 'x' } })).status).toBe(400);
      expect((await merge({ data: { k: '%%' } })).body).toMatchObject({
        message: expect.stringContaining('illegal base64 data'),
        reason: 'Invalid',
        code: 422,
      });
    });

    it('does not create', async () => {
      const { secrets } = context();
      const { body } = await patch(`${secrets}/absent`, 'merge-patch+json', { data: {} });
      expect(body).toMatchObject({ reason: 'NotFound', code: 404 });
    });
  });
};
