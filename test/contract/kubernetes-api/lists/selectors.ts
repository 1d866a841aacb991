import { beforeAll, describe, expect, it } from 'vitest';
import {
  type ContractSuite,
  describeInNamespace,
  namesOf,
  podBody,
  seedSecrets,
} from '../contract-context.ts';

/** Label selectors and field selectors. */
export const selectorsContract: ContractSuite = (server) => {
  describeInNamespace('selectors', server, (context) => {
    beforeAll(() => seedSecrets(context(), ['b2', 'a1', 'a3', 'a2', 'b1']));
    const get = async (path: string) => context().api.send('GET', path);
    const namesAt = async (query: string) =>
      namesOf((await get(`${context().secrets}?${query}`)).body);

    describe('of labels', () => {
      it.each([
        ['kind=a', ['a1', 'a2', 'a3']],
        ['kind==b', ['b1', 'b2']],
        ['kind!=a', ['b1', 'b2']],
        ['none!=a', ['a1', 'a2', 'a3', 'b1', 'b2']],
        ['is-a1', ['a1']],
        ['!is-a1', ['a2', 'a3', 'b1', 'b2']],
        ['kind=a,!is-a2', ['a1', 'a3']],
        ['kind=', []],
        ['', ['a1', 'a2', 'a3', 'b1', 'b2']],
      ])('%s', async (selector, names) => {
        expect(await namesAt(`labelSelector=${encodeURIComponent(selector)}`)).toEqual(names);
      });

      it.each(['a in', 'a===', 'a in (b', ',', '-a'])('refuses %j', async (selector) => {
        const { body } = await get(
          `${context().secrets}?labelSelector=${encodeURIComponent(selector)}`,
        );
        expect(body).toMatchObject({ reason: 'BadRequest', code: 400 });
      });
    });

    describe('of fields', () => {
      it.each([
        ['metadata.name=a1', ['a1']],
        ['metadata.name!=a1,metadata.name!=a2', ['a3', 'b1', 'b2']],
        ['type=Opaque', ['a1', 'a2', 'a3', 'b1', 'b2']],
        ['type!=Opaque', []],
      ])('%s', async (selector, names) => {
        expect(await namesAt(`fieldSelector=${encodeURIComponent(selector)}`)).toEqual(names);
      });

      it('across namespaces', async () => {
        const { namespace } = context();
        const selector = encodeURIComponent(`metadata.namespace=${namespace},metadata.name=a1`);
        const { body } = await get(`/api/v1/secrets?fieldSelector=${selector}`);
        expect(body.items.map(({ metadata }) => metadata.namespace)).toEqual([namespace]);
      });

      it('across all namespaces except one', async () => {
        const { namespace } = context();
        const listed = async (name: string) => {
          const selector = `metadata.namespace!=${name},metadata.namespace!=absent,metadata.name=a1`;
          const { body } = await get(
            `/api/v1/secrets?fieldSelector=${encodeURIComponent(selector)}`,
          );
          return body.items.map(({ metadata }) => metadata.namespace);
        };
        expect(await listed('default')).toContain(namespace);
        expect(await listed(namespace)).not.toContain(namespace);
      });

      it.each([
        ['pods', 'spec.nodeName=,status.phase!=Running', ['waiting']],
        ['pods', 'spec.nodeName=here', ['placed']],
        ['pods', 'status.phase=Pending', ['placed', 'waiting']],
        ['pods', 'status.phase!=Pending', []],
      ])('%s: %s', async (_resource, selector, names) => {
        const { api, pods } = context();
        await api.send('POST', pods, { body: podBody('waiting') });
        const spec = { nodeName: 'here', containers: [{ name: 'app', image: 'app' }] };
        await api.send('POST', pods, { body: { metadata: { name: 'placed' }, spec } });
        const { body } = await get(`${pods}?fieldSelector=${encodeURIComponent(selector)}`);
        expect(namesOf(body)).toEqual(names);
      });

      it.each([
        ['spec.x=1', 'field label not supported: spec.x'],
        ['metadata.name', "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
      ])('refuses %s', async (selector, message) => {
        const { body } = await get(`${context().secrets}?fieldSelector=${selector}`);
        expect(body).toMatchObject({ message, reason: 'BadRequest', code: 400 });
      });
    });
  });
};
