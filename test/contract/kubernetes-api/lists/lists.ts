import { expect, it } from 'vitest';
import {
  type ContractSuite,
  describeInNamespace,
  namesOf,
  seedSecrets,
} from '../contract-context.ts';

/** Order and pages of lists. */
export const listsContract: ContractSuite = (server) => {
  describeInNamespace('lists', server, (context) => {
    const get = async (path: string) => context().api.send('GET', path);

    it('has items without kind, sorted by name', async () => {
      await seedSecrets(context(), ['b2', 'a1', 'a3', 'a2', 'b1']);
      const { status, body } = await get(context().secrets);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        kind: 'SecretList',
        apiVersion: 'v1',
        metadata: { resourceVersion: expect.stringMatching(/^\d+$/) },
      });
      expect(namesOf(body)).toEqual(['a1', 'a2', 'a3', 'b1', 'b2']);
      expect(body.items[0]).not.toHaveProperty('kind');
    });

    it('is empty for a namespace that does not exist', async () => {
      expect((await get('/api/v1/namespaces/no-such/secrets')).body).toMatchObject({ items: [] });
      expect((await get(context().pods)).body).toMatchObject({ kind: 'PodList', items: [] });
    });

    it('has pages of one snapshot, with the number of remaining items', async () => {
      const { api, secrets } = context();
      const first = (await get(`${secrets}?limit=2`)).body;
      expect(namesOf(first)).toEqual(['a1', 'a2']);
      expect(first.metadata).toMatchObject({ remainingItemCount: 3 });
      await seedSecrets(context(), ['a25']);
      await api.send('DELETE', `${secrets}/b1`);
      const second = (await get(`${secrets}?limit=2&continue=${first.metadata.continue}`)).body;
      expect(namesOf(second)).toEqual(['a3', 'b1']);
      expect(second.metadata).toMatchObject({
        remainingItemCount: 1,
        resourceVersion: first.metadata.resourceVersion,
      });
      const last = (await get(`${secrets}?limit=2&continue=${second.metadata.continue}`)).body;
      expect(namesOf(last)).toEqual(['b2']);
      expect(last.metadata).toEqual({ resourceVersion: first.metadata.resourceVersion });
      await api.send('DELETE', `${secrets}/a25`);
      await seedSecrets(context(), ['b1']);
    });

    it('has pages without that number if a selector is set', async () => {
      const { secrets } = context();
      const { body } = await get(`${secrets}?limit=1&labelSelector=kind%3Db`);
      expect(namesOf(body)).toEqual(['b1']);
      expect(body.metadata).not.toHaveProperty('remainingItemCount');
      const next = `${secrets}?limit=1&labelSelector=kind%3Db&continue=${body.metadata.continue}`;
      expect(namesOf((await get(next)).body)).toEqual(['b2']);
    });

    it('expires a continue token, and returns one for an inconsistent continuation', async () => {
      const { secrets } = context();
      const { metadata } = (await get(`${secrets}?limit=2`)).body;
      await seedSecrets(context(), ['a26']);
      await context().server.compactHistory();
      const { status, body } = await get(`${secrets}?limit=2&continue=${metadata.continue}`);
      expect(status).toBe(410);
      expect(body).toMatchObject({
        reason: 'Expired',
        code: 410,
        message: expect.stringMatching(
          /^The provided continue parameter is too old to display a consistent list result\./,
        ),
        metadata: { continue: expect.any(String) },
      });
      const rest = await get(`${secrets}?continue=${body.metadata.continue}`);
      expect(namesOf(rest.body)).toEqual(['a26', 'a3', 'b1', 'b2']);
      await context().api.send('DELETE', `${secrets}/a26`);
    });

    it('ignores the limit with resourceVersion=0', async () => {
      const { body } = await get(`${context().secrets}?limit=2&resourceVersion=0`);
      // A real server may still return the sixth Secret, which was just deleted.
      expect(body.items.length).toBeGreaterThanOrEqual(5);
      expect(body.metadata).not.toHaveProperty('continue');
    });

    it.each([
      ['limit=x', [400]],
      ['continue=xx', [400]],
      // 500 in Kubernetes 1.32.
      ['resourceVersion=abc', [400, 500]],
      ['resourceVersion=99999999', [504]],
    ])('refuses %s with %j', async (query, codes) => {
      const { body } = await get(`${context().secrets}?${query}`);
      expect(body).toMatchObject({ kind: 'Status', code: expect.toBeOneOf(codes) });
    });
  });
};
