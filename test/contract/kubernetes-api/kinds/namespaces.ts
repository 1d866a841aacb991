import { expect, it } from 'vitest';
import { waitUntil } from '../../../../local/wait-until.ts';
import { type ContractSuite, describeInNamespace } from '../contract-context.ts';

/** Defaults, validation and deletion of namespaces. */
export const namespacesContract: ContractSuite = (server) => {
  describeInNamespace('namespaces', server, (context) => {
    const get = async (name: string) => context().api.send('GET', `/api/v1/namespaces/${name}`);

    it('are created as Active, with their name as a label', async () => {
      const { namespace } = context();
      expect((await get(namespace)).body).toMatchObject({
        kind: 'Namespace',
        metadata: { labels: { 'kubernetes.io/metadata.name': namespace } },
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      });
    });

    it('exist by default', async () => {
      expect((await get('default')).status).toBe(200);
      expect((await get('kube-system')).status).toBe(200);
    });

    it('are selected by phase and name', async () => {
      const { api, namespace } = context();
      const selector = encodeURIComponent(`status.phase=Active,metadata.name=${namespace}`);
      const { body } = await api.send('GET', `/api/v1/namespaces?fieldSelector=${selector}`);
      expect(body.items).toHaveLength(1);
    });

    it('accept annotations', async () => {
      const { api, namespace } = context();
      const { body } = await api.send('PATCH', `/api/v1/namespaces/${namespace}`, {
        body: { metadata: { annotations: { 'example.com/a': '["b"]' } } },
        headers: { 'content-type': 'application/merge-patch+json' },
      });
      expect(body).toMatchObject({
        metadata: { annotations: { 'example.com/a': '["b"]' } },
        status: { phase: 'Active' },
      });
    });

    it('have names of one DNS label', async () => {
      const body = { metadata: { name: 'a.b' } };
      expect((await context().api.send('POST', '/api/v1/namespaces', { body })).body).toMatchObject(
        {
          message: expect.stringContaining(
            'Namespace "a.b" is invalid: metadata.name: Invalid value: "a.b": must not contain dots',
          ),
          code: 422,
        },
      );
    });

    it('must exist before their objects', async () => {
      const body = { metadata: { name: 'x' } };
      const answer = await context().api.send('POST', '/api/v1/namespaces/no-such/secrets', {
        body,
      });
      expect(answer.body).toMatchObject({
        message: 'namespaces "no-such" not found',
        reason: 'NotFound',
        details: { name: 'no-such', kind: 'namespaces' },
        code: 404,
      });
    });

    it('include default, which cannot be deleted', async () => {
      const { api } = context();
      expect((await api.send('DELETE', '/api/v1/namespaces/default')).body).toMatchObject({
        message: 'namespaces "default" is forbidden: this namespace may not be deleted',
        code: 403,
      });
    });

    it('are deleted with their objects, accept no new ones, and wait for finalizers', async () => {
      const { api, namespace, secrets } = context();
      const held = { name: 'held', finalizers: ['example.com/hold'] };
      await api.send('POST', secrets, { body: { metadata: { name: 'free' } } });
      await api.send('POST', secrets, { body: { metadata: held } });
      const { body } = await api.send('DELETE', `/api/v1/namespaces/${namespace}`);
      expect(body).toMatchObject({
        kind: 'Namespace',
        metadata: { deletionTimestamp: expect.any(String) },
        status: { phase: 'Terminating' },
      });
      await waitUntil('the free Secret to go', async () =>
        (await api.send('GET', `${secrets}/free`)).status === 404 ? true : undefined,
      );
      const refused = await api.send('POST', secrets, { body: { metadata: { name: 'late' } } });
      expect(refused.body).toMatchObject({
        message: `secrets "late" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
        reason: 'Forbidden',
        details: {
          name: 'late',
          kind: 'secrets',
          causes: [
            {
              reason: 'NamespaceTerminating',
              message: `namespace ${namespace} is being terminated`,
              field: 'metadata.namespace',
            },
          ],
        },
        code: 403,
      });
      expect((await get(namespace)).body).toMatchObject({ status: { phase: 'Terminating' } });
      await api.send('PATCH', `${secrets}/held`, {
        body: { metadata: { finalizers: null } },
        headers: { 'content-type': 'application/merge-patch+json' },
      });
      await waitUntil('the namespace to go', async () =>
        (await get(namespace)).status === 404 ? true : undefined,
      );
    });
  });
};
