import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiClient, apiClient } from '../../../../local/api-client.ts';
import { MovableClock } from '../../../../local/clock.ts';
import { authorizeByRules } from '../../../../local/kubernetes/access/authorization.ts';
import {
  type EmbeddedCluster,
  startEmbeddedCluster,
} from '../../../../local/kubernetes/embedded-cluster.ts';
import { openWatch } from '../../../contract/kubernetes-api/lists/watch-events.ts';

const SECRETS = '/api/v1/namespaces/default/secrets';

describe('startEmbeddedCluster', () => {
  const clock = new MovableClock();
  let cluster: EmbeddedCluster;
  let api: ApiClient;
  beforeEach(async () => {
    cluster = await startEmbeddedCluster({
      clock,
      authenticate: async (token) =>
        token === 'reader' ? { username: 'jo', groups: ['readers'] } : undefined,
      authorize: authorizeByRules([
        { group: 'readers', verbs: ['list'], apiGroups: [''], resources: ['pods'] },
      ]),
    });
    api = apiClient({ ...cluster, token: cluster.adminToken });
  });
  afterEach(async () => {
    await api.close();
    await cluster.stop();
  });
  const seed = async (...names: string[]) => {
    for (const name of names) await api.send('POST', SECRETS, { body: { metadata: { name } } });
  };

  it('sets creation timestamps by the embedded clock', async () => {
    clock.advance(86_400);
    const { body } = await api.send('POST', SECRETS, { body: { metadata: { name: 'late' } } });
    const created = Date.parse(String(body.metadata['creationTimestamp']));
    expect(Math.abs(created - clock.now().getTime())).toBeLessThan(10_000);
  });

  it('authorizes users by rules', async () => {
    const reader = apiClient({ ...cluster, token: 'reader' });
    expect((await reader.send('GET', '/api/v1/pods')).status).toBe(200);
    expect((await reader.send('GET', '/api/v1/secrets')).status).toBe(403);
    await reader.close();
  });

  it.each([
    ['HTTP/1.1', false],
    ['HTTP/2', true],
  ])('sends events of a watch immediately, over %s', async (_protocol, allowH2) => {
    const client = apiClient({ ...cluster, token: cluster.adminToken, allowH2 });
    const watch = await openWatch(client, `${SECRETS}?watch=1&resourceVersion=1`);
    await seed('a');
    expect((await watch.next(1))[0]).toMatchObject({ object: { metadata: { name: 'a' } } });
    watch.close();
    await client.close();
  });

  it('answers with JSON to a client that prefers protobuf, and with 406 to one that accepts nothing else', async () => {
    const ask = (accept: string) => api.send('GET', SECRETS, { headers: { accept } });
    const answer = await ask('application/vnd.kubernetes.protobuf, application/json');
    expect(answer.body).toMatchObject({ kind: 'SecretList' });
    expect((await ask('application/vnd.kubernetes.protobuf')).body).toMatchObject({ code: 406 });
  });

  it.each([
    [
      'GET',
      '/api/v1/nodes',
      {},
      404,
      'the embedded Kubernetes API has no nodes in the core group v1',
    ],
    ['GET', '/apis/apps/v1/deployments', {}, 404, 'has no deployments in apps v1'],
    ['POST', `${SECRETS}?dryRun=All`, { body: {} }, 501, 'does not support dry runs'],
    ['GET', '/api/v1/namespaces/default/events', {}, 404, 'has no events in the core group v1'],
    ['GET', `${SECRETS}?labelSelector=a+in+(b)`, {}, 501, 'does not support set-based'],
    ['GET', `${SECRETS}?watch=1&sendInitialEvents=true`, {}, 501, 'does not support streaming'],
    ['DELETE', SECRETS, {}, 501, 'does not support deletions of collections'],
    [
      'GET',
      `${SECRETS}?resourceVersion=1&resourceVersionMatch=Exact`,
      {},
      501,
      'does not support lists',
    ],
  ])('names the missing feature: %s %s', async (method, path, init, code, message) => {
    expect((await api.send(method, path, init)).body).toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ['application/apply-patch+yaml', 415],
    ['application/strategic-merge-patch+json', 501],
    ['application/json-patch+json', 501],
  ])('refuses a patch of type %s with %i', async (type, status) => {
    await seed('a');
    const init = { body: {}, headers: { 'content-type': type } };
    expect((await api.send('PATCH', `${SECRETS}/a`, init)).status).toBe(status);
  });

  it('ends a watch from a compacted version with one error', async () => {
    await seed('a');
    const { resourceVersion } = (await api.send('GET', SECRETS)).body.metadata;
    await seed('b');
    cluster.compactHistory();
    const watch = await openWatch(api, `${SECRETS}?watch=1&resourceVersion=${resourceVersion}`);
    const events = await watch.next(2);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      type: 'ERROR',
      object: { kind: 'Status', reason: 'Expired', code: 410 },
    });
  });

  it('ends a watch at its timeout, with a bookmark if the client asked for one', async () => {
    const query = 'watch=1&resourceVersion=1&timeoutSeconds=1&allowWatchBookmarks=true';
    const watch = await openWatch(api, `${SECRETS}?${query}`);
    await seed('a');
    const [added, bookmark, ...more] = await watch.next(3);
    expect(more).toEqual([]);
    expect(bookmark).toMatchObject({
      type: 'BOOKMARK',
      object: { metadata: { resourceVersion: added?.object.metadata.resourceVersion } },
    });
  });

  it('drops every connection and accepts new ones', async () => {
    const watch = await openWatch(api, `${SECRETS}?watch=1&resourceVersion=1`);
    const ended = watch.next(1).catch(() => 'ended');
    cluster.dropConnections();
    expect(await ended).toBe('ended');
    expect((await api.send('GET', SECRETS)).status).toBe(200);
  });

  it('logs requests with their users, and counts bytes and connections', async () => {
    const { body } = await api.send('GET', `${SECRETS}?limit=5`);
    await api.send('GET', `${SECRETS}/none`);
    expect(cluster.log.connections).toBe(1);
    expect(cluster.log.requests).toEqual([
      {
        method: 'GET',
        path: SECRETS,
        query: '?limit=5',
        username: 'admin',
        status: 200,
        bytes: JSON.stringify(body).length,
      },
      expect.objectContaining({ path: `${SECRETS}/none`, status: 404 }),
    ]);
    cluster.log.clear();
    expect(cluster.log).toMatchObject({ requests: [], connections: 0 });
  });
});
