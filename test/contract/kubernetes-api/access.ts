import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiClient, apiClient } from '../../../local/api-client.ts';
import { type ContractSuite, describeInNamespace } from './contract-context.ts';

/** A user without permissions. Each server accepts this token. */
export const NOBODY = { token: 'nobody-token', username: 'nobody' };

/** Authentication, authorization, and unknown paths and methods. */
export const accessContract: ContractSuite = (server) => {
  describeInNamespace('access', server, (context) => {
    let nobody: ApiClient;
    beforeAll(() => {
      nobody = apiClient({ ...server(), token: NOBODY.token });
    });
    afterAll(() => nobody.close());

    it('401: unknown token', async () => {
      const unauthenticated = apiClient({ ...server(), token: randomUUID() });
      const { status, body } = await unauthenticated.send('GET', '/api/v1/pods');
      await unauthenticated.close();
      expect(status).toBe(401);
      expect(body).toEqual({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'Unauthorized',
        reason: 'Unauthorized',
        code: 401,
      });
    });

    it.each([
      [
        'GET',
        '/api/v1/pods',
        'pods is forbidden: User "nobody" cannot list resource "pods" in API group "" at the cluster scope',
        { kind: 'pods' },
      ],
      [
        'GET',
        '/api/v1/pods?watch=1',
        'pods is forbidden: User "nobody" cannot watch resource "pods" in API group "" at the cluster scope',
        { kind: 'pods' },
      ],
      [
        'GET',
        '/api/v1/namespaces/a/secrets/b',
        'secrets "b" is forbidden: User "nobody" cannot get resource "secrets" in API group "" in the namespace "a"',
        { name: 'b', kind: 'secrets' },
      ],
      [
        'GET',
        '/api/v1/namespaces/a/pods?fieldSelector=metadata.name%3Dx',
        'pods "x" is forbidden: User "nobody" cannot list resource "pods" in API group "" in the namespace "a"',
        { name: 'x', kind: 'pods' },
      ],
      [
        'GET',
        '/api/v1/namespaces/a',
        'namespaces "a" is forbidden: User "nobody" cannot get resource "namespaces" in API group "" in the namespace "a"',
        { name: 'a', kind: 'namespaces' },
      ],
      [
        'POST',
        '/api/v1/namespaces/a/secrets',
        'secrets is forbidden: User "nobody" cannot create resource "secrets" in API group "" in the namespace "a"',
        { kind: 'secrets' },
      ],
      [
        'PUT',
        '/api/v1/namespaces/a/pods/x/status',
        'pods "x" is forbidden: User "nobody" cannot update resource "pods/status" in API group "" in the namespace "a"',
        { name: 'x', kind: 'pods' },
      ],
      [
        'DELETE',
        '/api/v1/namespaces/a/secrets',
        'secrets is forbidden: User "nobody" cannot deletecollection resource "secrets" in API group "" in the namespace "a"',
        { kind: 'secrets' },
      ],
      [
        'GET',
        '/apis/events.k8s.io/v1/namespaces/a/events',
        'events.events.k8s.io is forbidden: User "nobody" cannot list resource "events" in API group "events.k8s.io" in the namespace "a"',
        { group: 'events.k8s.io', kind: 'events' },
      ],
      [
        'GET',
        '/api/v1/no-such',
        'no-such is forbidden: User "nobody" cannot list resource "no-such" in API group "" at the cluster scope',
        { kind: 'no-such' },
      ],
    ])('403: %s %s', async (method, path, message, details) => {
      const answer = await nobody.send(method, path, method === 'GET' ? {} : { body: {} });
      expect(answer.status).toBe(403);
      expect(answer.body).toMatchObject({ message, reason: 'Forbidden', details, code: 403 });
    });

    it('serves version and health to every user', async () => {
      expect((await nobody.send('GET', '/version')).body).toMatchObject({ major: '1' });
      for (const path of ['/readyz', '/livez', '/healthz']) {
        const response = await nobody.open('GET', path);
        expect(await response.text()).toBe('ok');
      }
    });

    it.each([
      ['/api/v1/no-such'],
      ['/api/v1/namespaces/default/no-such'],
      ['/api/v1/namespaces/default/pods/x/no-such'],
    ])('404: %s', async (path) => {
      expect((await context().api.send('GET', path)).body).toMatchObject({
        message: expect.stringContaining('the server could not find the requested resource'),
        reason: 'NotFound',
        code: 404,
      });
    });

    it('404: unknown path', async () => {
      const response = await context().api.open('GET', '/nothing');
      expect(response.status).toBe(404);
      expect(await response.text()).toContain('404 page not found');
    });

    it.each([
      ['POST', '/api/v1/secrets'],
      ['PUT', '/api/v1/namespaces/default/secrets'],
      ['POST', '/api/v1/namespaces/default/secrets/x'],
      ['DELETE', '/api/v1/namespaces'],
      ['OPTIONS', '/api/v1/namespaces/default/secrets'],
    ])('405: %s %s', async (method, path) => {
      const init = method === 'OPTIONS' ? {} : { body: {} };
      expect((await context().api.send(method, path, init)).body).toMatchObject({
        message: 'the server does not allow this method on the requested resource',
        reason: 'MethodNotAllowed',
        code: 405,
      });
    });
  });
};
