import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiClient, apiClient } from '../../../../local/api-client.ts';
import { MovableClock } from '../../../../local/clock.ts';
import { authorizeByRules } from '../../../../local/kubernetes/access/authorization.ts';
import {
  type EmbeddedCluster,
  startEmbeddedCluster,
} from '../../../../local/kubernetes/embedded-cluster.ts';
import { openWatch } from '../../../contract/kubernetes-api/watch-events.ts';

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

  it('dates objects by the clock that it is given', async () => {
    clock.advance(86_400);
    const { body } = await api.send('POST', SECRETS, { body: { metadata: { name: 'late' } } });
    const created = Date.parse(String(body.metadata['creationTimestamp']));
    expect(Math.abs(created - clock.now().getTime())).toBeLessThan(10_000);
  });

  it('lets users do what their rules say', async () => {
    const reader = apiClient({ ...cluster, token: 'reader' });
    expect((await reader.send('GET', '/api/v1/pods')).status).toBe(200);
    expect((await reader.send('GET', '/api/v1/secrets')).status).toBe(403);
    await reader.close();
  });

  it.each([
    ['HTTP/1.1', false],
    ['HTTP/2', true],
  ])('sends what a watch sees at once, over %s', async (_protocol, allowH2) => {
    const client = apiClient({ ...cluster, token: cluster.adminToken, allowH2 });
    const watch = await openWatch(client, `${SECRETS}?watch=1&resourceVersion=1`);
    await seed('a');
    expect((await watch.next(1))[0]).toMatchObject({ object: { metadata: { name: 'a' } } });
    watch.close();
    await client.close();
  });

  it('answers JSON to who would rather have protobuf, and 406 to who takes nothing else', async () => {
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
    ['POST', `${SECRETS}?dryRun=All`, { body: {} }, 501, 'does not do dry runs'],
    ['DELETE', SECRETS, {}, 501, 'does not do deletions of collections'],
    [
      'GET',
      `${SECRETS}?resourceVersion=1&resourceVersionMatch=Exact`,
      {},
      501,
      'does not do lists',
    ],
  ])('says what it does not have: %s %s', async (method, path, init, code, message) => {
    expect((await api.send(method, path, init)).body).toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it('refuses patches that it does not understand', async () => {
    await seed('a');
    const patch = async (type: string, body: object) =>
      (await api.send('PATCH', `${SECRETS}/a`, { body, headers: { 'content-type': type } })).status;
    expect(await patch('application/apply-patch+yaml', {})).toBe(415);
    expect(await patch('application/strategic-merge-patch+json', { $patch: 'replace' })).toBe(501);
    const lists = { metadata: { finalizers: ['a/b'] } };
    expect(await patch('application/strategic-merge-patch+json', lists)).toBe(501);
  });

  it('ends a watch from a version that it has forgotten with one error', async () => {
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

  it('ends a watch in time with a bookmark for who wants one', async () => {
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

  it('drops every connection and takes new ones', async () => {
    const watch = await openWatch(api, `${SECRETS}?watch=1&resourceVersion=1`);
    const ended = watch.next(1).catch(() => 'ended');
    cluster.dropConnections();
    expect(await ended).toBe('ended');
    expect((await api.send('GET', SECRETS)).status).toBe(200);
  });

  it('logs who asked what, and counts bytes and connections', async () => {
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
