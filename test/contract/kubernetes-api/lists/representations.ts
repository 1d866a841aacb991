import { beforeAll, expect, it } from 'vitest';
import { type ContractSuite, describeInNamespace, seedSecrets } from '../contract-context.ts';

const PARTIAL_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/** Representations of objects and lists (`Accept`). */
export const representationsContract: ContractSuite = (server) => {
  describeInNamespace('represented as', server, (context) => {
    beforeAll(() => seedSecrets(context(), ['a1', 'a2']));
    const get = async (path: string, accept?: string) =>
      context().api.send('GET', path, accept === undefined ? {} : { headers: { accept } });

    it('metadata only', async () => {
      const { body } = await get(`${context().secrets}?limit=1`, PARTIAL_LIST);
      expect(body).toMatchObject({
        kind: 'PartialObjectMetadataList',
        apiVersion: 'meta.k8s.io/v1',
        metadata: { remainingItemCount: 1 },
        items: [
          {
            kind: 'PartialObjectMetadata',
            apiVersion: 'meta.k8s.io/v1',
            metadata: { name: 'a1' },
          },
        ],
      });
      expect(body.items[0]).not.toHaveProperty('type');
    });

    it('metadata of one object', async () => {
      const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
      const { body } = await get(`${context().secrets}/a1`, accept);
      expect(body).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'a1' } });
      expect(body).not.toHaveProperty('type');
    });

    it.each([
      ['anything', '*/*', 'SecretList'],
      ['the second choice', 'text/html, application/json', 'SecretList'],
      ['a choice with parameters', `${PARTIAL_LIST},application/json`, 'PartialObjectMetadataList'],
    ])('%s', async (_what, accept, kind) => {
      expect((await get(`${context().secrets}?limit=1`, accept)).body).toMatchObject({ kind });
    });

    it.each([
      ['a type that is none', 'text/html'],
      ['a single object', 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'],
    ])('nothing for %s', async (_what, accept) => {
      expect((await get(context().secrets, accept)).body).toMatchObject({
        kind: 'Status',
        reason: 'NotAcceptable',
        code: 406,
      });
    });

    it('gzip if requested and long', async () => {
      const { api, secrets } = context();
      const body = { metadata: { name: 'long' }, stringData: { k: 'x'.repeat(200_000) } };
      await api.send('POST', secrets, { body });
      const long = await api.open('GET', secrets, { headers: { 'accept-encoding': 'gzip' } });
      expect(long.headers.get('content-encoding')).toBe('gzip');
      expect(await long.json()).toMatchObject({ kind: 'SecretList' });
      const short = await get(`${secrets}/a1`);
      expect(short.headers.get('content-encoding')).toBeNull();
    });
  });
};
