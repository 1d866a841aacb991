import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NamespaceScope } from '../../contract/kubernetes/namespace.ts';
import { EVENT_DETAIL_TYPE, EVENT_SOURCE, requestedSecretName } from '../../contract/pod-event.ts';
import { type Forwarder, startForwarder } from '../../forwarder/forwarder.ts';
import { createLog } from '../../forwarder/log.ts';
import { type ApiClient, apiClient } from '../../local/api-client.ts';
import { MovableClock } from '../../local/clock.ts';
import {
  type EmbeddedCluster,
  startEmbeddedCluster,
} from '../../local/kubernetes/embedded-cluster.ts';
import { type RealCluster, startRealCluster } from '../../local/real-cluster/real-cluster.ts';
import { EVERYWHERE } from '../support/builders/builders.ts';
import { awsIamRoles, HEADER, installAwsIamRoles } from '../support/chart/awsiamrole-definition.ts';
import { describeRealCluster } from '../support/describe-real-cluster.ts';
import { listen } from '../support/listen.ts';
import { type EventBusStub, startEventBusStub } from '../unit/forwarder/sending/event-bus-stub.ts';

const PODS = '/api/v1/namespaces/default/pods';
const SECRET_KEY = 'a-key-that-must-not-be-logged';
const isWatch = ({ path, query }: { path: string; query: URLSearchParams }) =>
  path === '/api/v1/pods' && query.get('watch') === 'true';
/** Shortens delays of minutes. */
const MAX_SLEEP_MS = 1_000;

/** Starts a TCP proxy in front of a server, which can be switched to another server or to none. */
async function startProxy(url: string) {
  let port: number | undefined = Number(new URL(url).port);
  const server = createServer((client) => {
    client.on('error', () => {});
    if (port === undefined) return void client.resetAndDestroy();
    const upstream = connect(port, '127.0.0.1').on('error', () => client.destroy());
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
    client.pipe(upstream).pipe(client);
  });
  const { port: ownPort, stop } = await listen(server);
  return {
    url: `https://127.0.0.1:${ownPort}`,
    stop,
    switchTo(next: string | undefined) {
      port = next === undefined ? undefined : Number(new URL(next).port);
    },
  };
}

/** Installs the CRD over a separate connection, which no test drops. */
async function installCrd(cluster: EmbeddedCluster): Promise<void> {
  const admin = apiClient({ ...cluster, token: cluster.adminToken });
  await installAwsIamRoles(admin);
  await admin.close();
}

describe('the forwarder', () => {
  const clock = new MovableClock();
  let cluster: EmbeddedCluster;
  let api: ApiClient;
  let bus: EventBusStub;
  let folder: string;
  let forwarder: Forwarder;
  let lines: string[];
  beforeEach(async () => {
    cluster = await startEmbeddedCluster({ clock });
    api = apiClient({ ...cluster, token: cluster.adminToken });
    await installCrd(cluster);
    cluster.log.clear();
    bus = await startEventBusStub();
    folder = mkdtempSync(join(tmpdir(), 'forwarder-'));
    writeFileSync(join(folder, 'token'), cluster.adminToken);
    writeFileSync(join(folder, 'ca.crt'), cluster.caPem);
    vi.stubEnv('AWS_ENDPOINT_URL_EVENTBRIDGE', bus.url);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', SECRET_KEY);
    lines = [];
  });
  afterEach(async () => {
    await forwarder.stop();
    await api.close();
    await bus.stop();
    await cluster.stop();
    rmSync(folder, { recursive: true });
    expect(lines.join('')).not.toContain(SECRET_KEY);
    expect(lines.join('')).not.toContain(cluster.adminToken);
  });

  const start = async (
    scope: NamespaceScope = EVERYWHERE,
    times = { watchSeconds: 28, silenceSeconds: 30 },
    url = cluster.url,
  ) => {
    const { hostname: host, port } = new URL(url);
    forwarder = await startForwarder({
      config: {
        region: 'eu-west-1',
        eventBusName: 'kube-aws-iam-test',
        scope,
        apiServer: { host, port: Number(port) },
        serviceAccountFolder: folder,
        healthFolder: folder,
        port: 0,
      },
      log: createLog({ now: () => clock.now(), write: (line) => lines.push(line) }),
      now: () => clock.now(),
      random: () => 0,
      sleep: (milliseconds, signal) =>
        wait(Math.min(milliseconds, MAX_SLEEP_MS), undefined, { ...(signal && { signal }) }).catch(
          () => {},
        ),
      readFile: (path) => readFile(path, 'utf8'),
      replaceFile: writeFileSync,
      residentBytes: () => 1,
      cpuSeconds: () => 1,
      times,
    });
  };
  const createPod = async (name: string, secretName: string, namespace = 'default') => {
    const { status, body } = await api.send('POST', PODS.replace('default', namespace), {
      body: {
        metadata: { name },
        spec: {
          containers: [{ name: 'app', image: 'app' }],
          volumes: [{ name: 'aws-iam', secret: { secretName } }],
        },
      },
    });
    expect(status, JSON.stringify(body)).toBe(201);
  };
  const arrived = (...secrets: readonly string[]) =>
    vi.waitFor(
      () =>
        expect(bus.credentialRequests.map(requestedSecretName)).toEqual(
          expect.arrayContaining([...secrets]),
        ),
      { timeout: 20_000, interval: 10 },
    );
  const watches = () =>
    cluster.log.requests.filter(
      ({ path, query }) => path === '/api/v1/pods' && query.includes('watch=true'),
    );
  const createRole = async (name: string) => {
    const body = { ...HEADER, metadata: { name }, spec: { roleReference: 'app-a' } };
    expect((await api.send('POST', awsIamRoles('default'), { body })).status).toBe(201);
  };
  const patchRole = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/merge-patch+json' };
    const { status } = await api.send('PATCH', `${awsIamRoles('default')}/${path}`, {
      body,
      headers,
    });
    expect(status).toBe(200);
  };
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${forwarder.port}${path}`);
    return { status: response.status, text: await response.text() };
  };
  /** Whether the probe of that name succeeds, by the test's clock. */
  const probe = (name: 'live' | 'ready') =>
    Number.parseInt(readFileSync(join(folder, name), 'utf8'), 10) > clock.now().getTime() / 1_000;
  const isReady = () => vi.waitFor(() => expect(probe('ready')).toBe(true), { timeout: 20_000 });

  it('sends the requests of pods that exist and of pods that are created', async () => {
    await createPod('before', 'aws-iam-reader');
    await start();
    await arrived('aws-iam-reader');
    await createPod('after', 'aws-iam-writer');
    await arrived('aws-iam-writer');
    expect(bus.requests).toHaveLength(2);
    expect(bus.requests[1]).toEqual([
      {
        EventBusName: 'kube-aws-iam-test',
        Source: EVENT_SOURCE,
        DetailType: EVENT_DETAIL_TYPE,
        Detail: expect.any(String),
      },
    ]);
    expect(bus.credentialRequests[1]).toEqual({
      namespace: 'default',
      secret: 'aws-iam-writer',
      pod: 'after',
      seenAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
  });

  it.each<NamespaceScope>([
    { only: ['default'], except: [] },
    { only: [], except: ['other'] },
  ])('ignores namespaces outside of the scope %j, and pods without requests', async (scope) => {
    await start(scope);
    await api.send('POST', '/api/v1/namespaces', { body: { metadata: { name: 'other' } } });
    await createPod('ignored', 'aws-iam-reader', 'other');
    await createPod('without', 'plain');
    await createPod('watched', 'aws-iam-writer');
    await arrived('aws-iam-writer');
    expect(bus.credentialRequests).toHaveLength(1);
  });

  it('sends one of many pods that request the same Secret', async () => {
    await start();
    await isReady();
    for (let index = 0; index < 20; index += 1) await createPod(`pod-${index}`, 'aws-iam-reader');
    await createPod('last', 'aws-iam-writer');
    await arrived('aws-iam-reader', 'aws-iam-writer');
    expect(bus.credentialRequests).toHaveLength(2);
    expect(bus.credentialRequests[0]).toMatchObject({ pod: 'pod-0' });
  });

  it('sends an AWSIAMRole when it is created and when its spec changes, but not when its status does', async () => {
    await createRole('before');
    await start();
    await arrived('before');
    await createRole('after');
    await arrived('after');
    expect(bus.credentialRequests[1]).toEqual({
      namespace: 'default',
      awsIamRole: 'after',
      seenAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
    // After this, the outbox drops nothing as recently sent.
    clock.advance(11);
    await patchRole('before/status', { status: { observedGeneration: 1 } });
    await patchRole('before/status', { status: { roleARN: 'arn' } });
    await patchRole('before', { metadata: { labels: { a: 'b' } } });
    await patchRole('after/status', { status: { observedGeneration: 1 } });
    await patchRole('after', { spec: { roleReference: 'app-b' } });
    await createRole('last');
    await arrived('last');
    expect(bus.credentialRequests.map(requestedSecretName)).toEqual([
      'before',
      'after',
      'after',
      'last',
    ]);
  });

  it('sends the requests of pods and AWSIAMRoles in one event', async () => {
    await createPod('pod', 'aws-iam-reader');
    await createRole('writer');
    const denied = { status: 400, body: { __type: 'AccessDeniedException' } };
    bus.refuse(denied, denied);
    await start();
    await arrived('aws-iam-reader', 'writer');
    expect(bus.credentialRequests).toHaveLength(2);
    expect(bus.requests).toHaveLength(1);
  });

  it('ignores AWSIAMRoles outside of the scope', async () => {
    await start({ only: ['other'], except: [] });
    await api.send('POST', '/api/v1/namespaces', { body: { metadata: { name: 'other' } } });
    await createRole('ignored');
    await createPod('watched', 'aws-iam-writer', 'other');
    await arrived('aws-iam-writer');
    await vi.waitFor(async () =>
      expect((await get('/metrics')).text).toContain('lists_total{resource="awsiamroles"} 1\n'),
    );
    expect(bus.credentialRequests).toHaveLength(1);
  });

  it('is healthy in a cluster without AWSIAMRoles, and finds those that are created later', async () => {
    await api.close();
    await cluster.stop();
    cluster = await startEmbeddedCluster({ clock });
    api = apiClient({ ...cluster, token: cluster.adminToken });
    writeFileSync(join(folder, 'token'), cluster.adminToken);
    writeFileSync(join(folder, 'ca.crt'), cluster.caPem);
    await start();
    await isReady();
    await vi.waitFor(
      async () =>
        expect((await get('/metrics')).text).toMatch(
          /restarts_total\{resource="awsiamroles",reason="absent"\} [2-9]/,
        ),
      { timeout: 20_000 },
    );
    expect(probe('ready')).toBe(true);
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(['info', 'info']);
    expect(lines[1]).toContain('their CRD is not installed');
    await installAwsIamRoles(api);
    await createRole('late');
    await arrived('late');
    expect(lines.at(-1)).toContain('their CRD is installed now');
  });

  it('resumes where its watch ended', async () => {
    await start(EVERYWHERE, { watchSeconds: 1, silenceSeconds: 30 });
    await createPod('first', 'aws-iam-first');
    await arrived('aws-iam-first');
    await vi.waitFor(() => expect(watches().length).toBeGreaterThan(2), { timeout: 20_000 });
    const versions = watches().map(({ query }) =>
      new URLSearchParams(query).get('resourceVersion'),
    );
    expect(versions[0]).toBe('0');
    expect(versions.slice(1)).not.toContain('0');
    expect(bus.credentialRequests).toHaveLength(1);
    await createPod('second', 'aws-iam-second');
    await arrived('aws-iam-second');
    expect(lines).toHaveLength(1);
  });

  it('sees what was created while its connection was broken', async () => {
    await start();
    await isReady();
    cluster.dropConnections();
    await createPod('meanwhile', 'aws-iam-reader');
    await arrived('aws-iam-reader');
  });

  it('starts over when its resourceVersion has expired', async () => {
    await start(EVERYWHERE, { watchSeconds: 1, silenceSeconds: 30 });
    await vi.waitFor(() => expect(watches().length).toBeGreaterThan(1), { timeout: 20_000 });
    const remove = cluster.faults.add({
      effect: { kind: 'refuse', status: 503 },
      match: isWatch,
      times: Infinity,
    });
    cluster.dropConnections();
    await createPod('meanwhile', 'aws-iam-reader');
    cluster.compactHistory();
    remove();
    await arrived('aws-iam-reader');
    expect((await get('/metrics')).text).toContain(
      'watch_restarts_total{resource="pods",reason="expired"} 1',
    );
  });

  it('closes a silent watch', async () => {
    await start(EVERYWHERE, { watchSeconds: 28, silenceSeconds: 0.2 });
    await vi.waitFor(
      async () =>
        expect((await get('/metrics')).text).toMatch(
          /restarts_total\{resource="pods",reason="silent"\} [2-9]/,
        ),
      { timeout: 20_000 },
    );
    await createPod('after', 'aws-iam-reader');
    await arrived('aws-iam-reader');
  });

  it('survives refused requests and dropped connections', async () => {
    const effects = [
      { kind: 'refuse', status: 500 },
      { kind: 'refuse', status: 401 },
      { kind: 'refuse', status: 429, retryAfterSeconds: 1 },
      { kind: 'drop', when: 'before' },
      { kind: 'drop', when: 'mid-body' },
    ] as const;
    for (const [skip, effect] of effects.entries()) {
      cluster.faults.add({ effect, match: isWatch, skip });
    }
    await start();
    await isReady();
    await createPod('after', 'aws-iam-reader');
    await arrived('aws-iam-reader');
    expect(JSON.parse(lines.at(-1) ?? '').message).toBe('watching pods works again');
  });

  it('reads the token again when it was rejected', async () => {
    writeFileSync(join(folder, 'token'), 'expired');
    await start();
    await vi.waitFor(() => expect(lines.join('')).toContain('refused with 401'), {
      timeout: 20_000,
    });
    expect([probe('live'), probe('ready')]).toEqual([true, false]);
    writeFileSync(join(folder, 'token'), cluster.adminToken);
    await isReady();
  });

  it('sends no request to a server with a certificate of another authority', async () => {
    const other = await startEmbeddedCluster({ clock });
    writeFileSync(join(folder, 'ca.crt'), other.caPem);
    await other.stop();
    await start();
    await vi.waitFor(() => expect(lines.join('')).toContain('certificate'), { timeout: 20_000 });
    expect(cluster.log.requests).toEqual([]);
  });

  it('keeps retrying while there is no server, logs it once, and reconnects', async () => {
    const proxy = await startProxy(cluster.url);
    await start(EVERYWHERE, undefined, proxy.url);
    await isReady();
    proxy.switchTo(undefined);
    await cluster.stop();
    await vi.waitFor(
      async () =>
        expect((await get('/metrics')).text).toMatch(
          /restarts_total\{resource="pods",reason="broken"\} [4-9]/,
        ),
      { timeout: 20_000 },
    );
    const warnings = lines.filter((line) => line.includes('"warn"'));
    expect(warnings.map((line) => JSON.parse(line).message).sort()).toEqual([
      'watching awsiamroles fails and is retried',
      'watching pods fails and is retried',
    ]);
    expect(probe('live')).toBe(true);
    await api.close();
    cluster = await startEmbeddedCluster({ clock });
    api = apiClient({ ...cluster, token: cluster.adminToken });
    writeFileSync(join(folder, 'token'), cluster.adminToken);
    writeFileSync(join(folder, 'ca.crt'), cluster.caPem);
    await createPod('meanwhile', 'aws-iam-reader');
    proxy.switchTo(cluster.url);
    await arrived('aws-iam-reader');
    await proxy.stop();
  });

  it('retries what EventBridge did not accept, and logs the failure once', async () => {
    const throttled = { FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException' }] };
    const denied = { __type: 'AccessDeniedException', message: 'User is not authorized' };
    bus.refuse(
      { status: 200, body: throttled },
      { status: 400, body: denied },
      { status: 400, body: denied },
    );
    await start();
    await createPod('pod', 'aws-iam-reader');
    await arrived('aws-iam-reader');
    await vi.waitFor(() => expect(lines.join('')).toContain('sending events works again'));
    expect(lines.filter((line) => line.includes('AccessDenied'))).toHaveLength(1);
    const { text } = await get('/metrics');
    expect(text).toContain('put_events_requests_total{result="failed"} 3');
    expect(text).toContain('wants_sent_total 1');
  });

  it('sends what waits before it stops', async () => {
    const denied = { status: 400, body: { __type: 'AccessDeniedException' } };
    bus.refuse(denied, denied, denied, denied);
    await start();
    await createPod('pod', 'aws-iam-reader');
    await vi.waitFor(() => expect(lines.join('')).toContain('AccessDenied'), { timeout: 20_000 });
    await forwarder.stop();
    expect(bus.credentialRequests).toHaveLength(1);
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ message: 'stopped', unsent: 0 });
    await start();
  });

  describeRealCluster('on a real API server', () => {
    let real: RealCluster;
    beforeAll(async () => {
      real = await startRealCluster();
    });
    afterAll(() => real?.stop());

    it('starts with existing objects, resumes each watch, and survives a compaction', async () => {
      await api.close();
      api = apiClient({ ...real, token: real.adminToken });
      writeFileSync(join(folder, 'token'), real.adminToken);
      writeFileSync(join(folder, 'ca.crt'), real.caPem);
      const account = { metadata: { name: 'default' } };
      await api.send('POST', '/api/v1/namespaces/default/serviceaccounts', { body: account });
      await createPod('before', 'aws-iam-before');
      // The server sends a bookmark 2 s before it ends a watch.
      await start(EVERYWHERE, { watchSeconds: 4, silenceSeconds: 30 }, real.url);
      await arrived('aws-iam-before');
      await createPod('during', 'aws-iam-during');
      await arrived('aws-iam-during');
      await installAwsIamRoles(api);
      await createRole('role');
      await arrived('role');
      clock.advance(11);
      await patchRole('role/status', { status: { observedGeneration: 1 } });
      await patchRole('role', { spec: { roleReference: 'app-b' } });
      await vi.waitFor(() => expect(bus.credentialRequests).toHaveLength(4), { timeout: 20_000 });
      await vi.waitFor(
        async () =>
          expect((await get('/metrics')).text).toMatch(
            /restarts_total\{resource="pods",reason="ended"\} [2-9]/,
          ),
        { timeout: 30_000 },
      );
      await real.compactHistory();
      await createPod('after', 'aws-iam-after');
      await arrived('aws-iam-after');
      expect((await get('/metrics')).text).toContain('forwarder_lists_total{resource="pods"} 1\n');
      expect(bus.credentialRequests.map(requestedSecretName)).toEqual([
        'aws-iam-before',
        'aws-iam-during',
        'role',
        'role',
        'aws-iam-after',
      ]);
    });
  });
});
