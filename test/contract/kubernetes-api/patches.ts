import { expect, it } from 'vitest';
import { type ContractSuite, describeInNamespace } from './contract-context.ts';

/** Changing parts of an object. */
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

    it.each(['merge-patch+json', 'strategic-merge-patch+json'])('merges (%s)', async (type) => {
      const { status, body } = await patch(await newSecret(), type, {
        metadata: { labels: { a: null, c: '3' }, annotations: null },
        stringData: { l: 'z' },
      });
      expect(status).toBe(200);
      expect(body).toMatchObject({ data: { k: 'eA==', l: 'eg==' } });
      expect(body.metadata['labels']).toEqual({ b: '2', c: '3' });
      expect(body.metadata).not.toHaveProperty('annotations');
    });

    it('applies the operations of a JSON patch in order', async () => {
      const { body } = await patch(await newSecret(), 'json-patch+json', [
        { op: 'test', path: '/metadata/labels/a', value: '1' },
        { op: 'replace', path: '/metadata/labels/a', value: '9' },
        { op: 'remove', path: '/metadata/labels/b' },
        { op: 'add', path: '/metadata/annotations/example.com~1z', value: 'added' },
        { op: 'copy', from: '/data/k', path: '/data/copied' },
        { op: 'move', from: '/data/k', path: '/data/moved' },
        { op: 'add', path: '/metadata/finalizers', value: ['example.com/one'] },
        { op: 'add', path: '/metadata/finalizers/-', value: 'example.com/two' },
        { op: 'remove', path: '/metadata/finalizers/0' },
      ]);
      expect(body).toMatchObject({
        metadata: {
          labels: { a: '9' },
          annotations: { x: 'y', 'example.com/z': 'added' },
          finalizers: ['example.com/two'],
        },
        data: { copied: 'eA==', moved: 'eA==' },
      });
      expect(body['data']).not.toHaveProperty('k');
    });

    it.each([
      ['a test fails', [{ op: 'test', path: '/metadata/labels/a', value: 'other' }]],
      ['a path leads nowhere', [{ op: 'add', path: '/nothing/here', value: 1 }]],
      ['nothing is there to remove', [{ op: 'remove', path: '/metadata/labels/none' }]],
      ['an operation is unknown', [{ op: 'frob', path: '/metadata/labels/a' }]],
    ])('refuses a JSON patch when %s', async (_what, operations) => {
      const { body } = await patch(await newSecret(), 'json-patch+json', operations);
      expect(body).toMatchObject({
        message: 'the server rejected our request due to an error in our request',
        reason: 'Invalid',
        code: 422,
      });
    });

    it.each([
      ['merge-patch+json', '{bad', 400],
      ['merge-patch+json', [], 400],
      ['json-patch+json', {}, 400],
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

    it('refuses a version that is not the stored one', async () => {
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
