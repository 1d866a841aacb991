import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiClient, apiClient } from '../../../../../local/api-client.ts';
import { MovableClock } from '../../../../../local/clock.ts';
import {
  type EmbeddedCluster,
  startEmbeddedCluster,
} from '../../../../../local/kubernetes/embedded-cluster.ts';

const SECRETS = '/api/v1/namespaces/default/secrets';

describe.each([
  ['HTTP/1.1', false],
  ['HTTP/2', true],
])('faults over %s', (_protocol, allowH2) => {
  let cluster: EmbeddedCluster;
  let api: ApiClient;
  beforeEach(async () => {
    cluster = await startEmbeddedCluster({ clock: new MovableClock() });
    api = apiClient({ ...cluster, token: cluster.adminToken, allowH2 });
  });
  afterEach(async () => {
    await api.close();
    await cluster.stop();
  });
  const seed = async (...names: string[]) => {
    for (const name of names) await api.send('POST', SECRETS, { body: { metadata: { name } } });
  };

  it('answer 429 as plain text with Retry-After', async () => {
    cluster.faults.add({ effect: { kind: 'refuse', status: 429, retryAfterSeconds: 2 } });
    const response = await api.open('GET', SECRETS);
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('2');
    expect(await response.text()).toBe('Too many requests, please try again later.\n');
    expect((await api.send('GET', SECRETS)).status).toBe(200);
  });

  it.each([
    [401, 'Unauthorized'],
    [500, 'InternalError'],
    [503, 'ServiceUnavailable'],
  ])('answer %i like the API server', async (status, reason) => {
    cluster.faults.add({ effect: { kind: 'refuse', status } });
    expect((await api.send('GET', SECRETS)).body).toMatchObject({ code: status, reason });
  });

  it('expire page three of a list, which can continue from there', async () => {
    await seed('a', 'b', 'c');
    cluster.faults.add({
      effect: { kind: 'expire' },
      match: ({ query }) => query.get('continue') !== '',
      skip: 1,
    });
    const page = async (token = '') =>
      (await api.send('GET', `${SECRETS}?limit=1&continue=${token}`)).body;
    const second = await page((await page()).metadata.continue);
    const third = await page(second.metadata.continue);
    expect(third).toMatchObject({ code: 410, reason: 'Expired' });
    expect((await page(third.metadata.continue)).items[0]?.metadata.name).toBe('c');
  });

  it('drop the connection before the answer', async () => {
    cluster.faults.add({ effect: { kind: 'drop', when: 'before' } });
    await expect(api.send('GET', SECRETS)).rejects.toThrow('fetch failed');
    expect(cluster.log.requests.map(({ status }) => status)).toEqual([0]);
  });

  it('drop the connection in the middle of the body', async () => {
    cluster.faults.add({ effect: { kind: 'drop', when: 'mid-body' } });
    const response = await api.open('GET', SECRETS);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });

  it('drop a watch in progress', async () => {
    await seed('a');
    cluster.faults.add({ effect: { kind: 'drop', when: 'mid-body' } });
    const response = await api.open('GET', `${SECRETS}?watch=1`);
    await expect(response.text()).rejects.toThrow();
  });

  it('delay an answer', async () => {
    cluster.faults.add({ effect: { kind: 'delay', milliseconds: 20 } });
    expect((await api.send('GET', SECRETS)).status).toBe(200);
  });
});
