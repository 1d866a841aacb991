import { access, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiClient, apiClient } from '../../../../../local/api-client.ts';
import { MovableClock } from '../../../../../local/clock.ts';
import {
  type EmbeddedCluster,
  startEmbeddedCluster,
} from '../../../../../local/kubernetes/embedded-cluster.ts';
import { type Kubelet, startKubelet } from '../../../../../local/kubernetes/kubelet/kubelet.ts';
import { waitUntil } from '../../../../../local/wait-until.ts';

const CORE = '/api/v1/namespaces/default';

describe('startKubelet', () => {
  let cluster: EmbeddedCluster;
  let kubelet: Kubelet;
  let api: ApiClient;
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kubelet-'));
    cluster = await startEmbeddedCluster({ clock: new MovableClock() });
    const access = { ...cluster, token: cluster.adminToken };
    api = apiClient(access);
    kubelet = startKubelet({ ...access, directory });
  });
  afterEach(async () => {
    await kubelet.stop();
    await api.close();
    await cluster.stop();
    await rm(directory, { recursive: true });
  });

  const createPod = async (name: string, ...volumes: object[]) => {
    const named = volumes.map((volume, index) => ({ name: `v${index}`, ...volume }));
    const volumeMounts = named.map((volume) => ({
      name: volume.name,
      mountPath: `/${volume.name}`,
    }));
    const body = {
      metadata: { name },
      spec: { containers: [{ name: 'app', image: 'app', volumeMounts }], volumes: named },
    };
    return (await api.send('POST', `${CORE}/pods`, { body })).body.metadata.uid;
  };
  const putSecret = async (name: string, stringData: Record<string, string>) => {
    const body = { metadata: { name }, stringData };
    const { status } = await api.send('POST', `${CORE}/secrets`, { body });
    if (status === 409) await api.send('PUT', `${CORE}/secrets/${name}`, { body });
  };
  const statusOf = async (name: string) =>
    JSON.stringify((await api.send('GET', `${CORE}/pods/${name}`)).body['status']);
  const running = (name: string) =>
    waitUntil(`${name} to run`, async () =>
      (await statusOf(name)).includes('"phase":"Running"') ? true : undefined,
    );
  const bound = (name: string) =>
    waitUntil(`${name} to have a node`, async () =>
      (await statusOf(name)).includes('PodScheduled') ? true : undefined,
    );
  const file = (uid: string, path: string) =>
    readFile(join(kubelet.podVolumesPath(uid), path), 'utf8');

  it('starts a pod once its Secret exists, with the Secret as files', async () => {
    const uid = await createPod('app', { secret: { secretName: 'keys' } });
    await bound('app');
    expect(await statusOf('app')).toContain('"phase":"Pending"');
    await putSecret('keys', { one: '1', two: '2' });
    await running('app');
    expect(await file(uid, 'kubernetes.io~secret/v0/one')).toBe('1');
    expect(await file(uid, 'kubernetes.io~secret/v0/two')).toBe('2');
  });

  it('combines the Secrets of a projected volume, with the selected keys of each', async () => {
    await putSecret('a', { k: 'a' });
    await putSecret('b', { k: 'b', not: 'x' });
    const items = [{ key: 'k', path: 'sub/renamed' }];
    const sources = [{ secret: { name: 'a' } }, { secret: { name: 'b', items } }];
    const uid = await createPod('app', { projected: { sources } });
    await running('app');
    expect(await file(uid, 'kubernetes.io~projected/v0/k')).toBe('a');
    expect(await file(uid, 'kubernetes.io~projected/v0/sub/renamed')).toBe('b');
    const names = await readdir(join(kubelet.podVolumesPath(uid), 'kubernetes.io~projected/v0'));
    expect(names).not.toContain('not');
  });

  it('does not wait for an optional Secret, and adds its files when it is created', async () => {
    const uid = await createPod('app', { secret: { secretName: 'late', optional: true } });
    await running('app');
    await putSecret('late', { k: 'v' });
    await waitUntil('the file', () =>
      file(uid, 'kubernetes.io~secret/v0/k').catch(() => undefined),
    );
  });

  it('waits for a key that a volume selects', async () => {
    await putSecret('keys', { other: 'x' });
    const items = [{ key: 'k', path: 'k' }];
    await createPod('app', { secret: { secretName: 'keys', items } });
    await bound('app');
    expect(await statusOf('app')).toContain('"phase":"Pending"');
    await putSecret('keys', { k: 'v' });
    await running('app');
  });

  it('ignores a volume that no container mounts', async () => {
    const body = {
      metadata: { name: 'app' },
      spec: {
        containers: [{ name: 'app', image: 'app' }],
        volumes: [{ name: 'v', secret: { secretName: 'none' } }],
      },
    };
    await api.send('POST', `${CORE}/pods`, { body });
    await running('app');
  });

  it('updates the files of a changed Secret, and keeps them when the Secret is deleted', async () => {
    await putSecret('keys', { k: 'old' });
    const uid = await createPod('app', { secret: { secretName: 'keys' } });
    await running('app');
    await putSecret('keys', { k: 'new' });
    const content = async () => file(uid, 'kubernetes.io~secret/v0/k');
    await waitUntil('the new file', async () => ((await content()) === 'new' ? true : undefined));
    await api.send('DELETE', `${CORE}/secrets/keys`);
    await createPod('later');
    await running('later');
    expect(await content()).toBe('new');
  });

  it('removes the files with the pod', async () => {
    await putSecret('keys', { k: 'v' });
    const uid = await createPod('app', { secret: { secretName: 'keys' } });
    await running('app');
    await api.send('DELETE', `${CORE}/pods/app`);
    await waitUntil('the pod to be gone', async () =>
      (await api.send('GET', `${CORE}/pods/app`)).status === 404 ? true : undefined,
    );
    await waitUntil('the files to be gone', () =>
      access(kubelet.podVolumesPath(uid)).then(
        () => undefined,
        () => true,
      ),
    );
  });

  it('recovers from dropped connections and a compacted history', async () => {
    await createPod('app', { secret: { secretName: 'keys' } });
    await bound('app');
    cluster.compactHistory();
    cluster.dropConnections();
    await waitUntil('the client of the test to reconnect', () =>
      api.send('GET', CORE).then(
        () => true,
        () => undefined,
      ),
    );
    await putSecret('keys', { k: 'v' });
    await running('app');
  });
});
