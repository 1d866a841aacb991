import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  bundleForwarder,
  FORWARDER_BOOT,
  type ForwarderBundle,
} from '../../../infra/chart/forwarder-bundle.ts';
import { apiClient } from '../../../local/api-client.ts';
import { MovableClock } from '../../../local/clock.ts';
import { startEmbeddedCluster } from '../../../local/kubernetes/embedded-cluster.ts';
import { endWithParent } from '../../../tools/processes/end-with-parent.ts';
import { startEventBusStub } from '../../unit/forwarder/sending/event-bus-stub.ts';

/** `kubectl apply` stores the object, with the bundle in base64, in an annotation of at most 262,144 bytes. */
const MAX_BYTES = 150_000;
const ROOT = join(import.meta.dirname, '../../..');

/** The largest inputs of the bundle, to find what to remove. */
function largestInputs({ metafile }: ForwarderBundle): string {
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  return inputs
    .sort(([, one], [, other]) => other.bytesInOutput - one.bytesInOutput)
    .slice(0, 15)
    .map(([path, { bytesInOutput }]) => `${bytesInOutput} ${path}`)
    .join('\n');
}

describe('bundleForwarder', () => {
  let folder: string;
  let file: string;
  let bundle: ForwarderBundle;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'forwarder-bundle-'));
    file = join(folder, 'forwarder.cjs.gz');
    bundle = bundleForwarder();
    writeFileSync(file, bundle.gzipped);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is reproducible wherever the sources are, and contains no local paths', () => {
    const elsewhere = join(folder, 'deeper', 'checkout');
    mkdirSync(elsewhere, { recursive: true });
    for (const part of ['contract', 'kubernetes', 'lambda', 'forwarder', 'package.json']) {
      cpSync(join(ROOT, part), join(elsewhere, part), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(elsewhere, 'node_modules'));
    const other = bundleForwarder(join(elsewhere, 'forwarder', 'main.ts'));
    expect(Buffer.compare(other.gzipped, bundle.gzipped)).toBe(0);
    const code = gunzipSync(bundle.gzipped).toString();
    expect(code).not.toContain(ROOT);
    expect(code).not.toContain('sourceMappingURL');
  });

  it('has the same gzip header on every platform', () => {
    // Magic number, deflate, no flags, no time, maximum compression, unknown operating system (RFC 1952).
    const header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255];
    expect([...bundle.gzipped.subarray(0, 10)]).toEqual(header);
    const ofThisPlatform = gzipSync(gunzipSync(bundle.gzipped), { level: 9 });
    expect(Buffer.compare(bundle.gzipped.subarray(10), ofThisPlatform.subarray(10))).toBe(0);
  });

  it('bundles without warnings', () => {
    expect(bundle.warnings).toEqual([]);
  });

  it('fits a ConfigMap', () => {
    const size = bundle.gzipped.length;
    expect(size, `the bundle has ${size} bytes:\n${largestInputs(bundle)}`).toBeLessThan(MAX_BYTES);
  });

  it('contains neither the Kubernetes client nor undici', () => {
    const { outputs } = bundle.metafile;
    const inputs = Object.values(outputs).flatMap((output) => Object.keys(output.inputs));
    expect(inputs).toContain('forwarder/main.ts');
    expect(inputs.filter((path) => /@kubernetes|\/undici\/|protobufjs/.test(path))).toEqual([]);
  });

  it('throws if a source cannot be bundled', () => {
    const entry = join(folder, 'broken', 'forwarder', 'main.ts');
    mkdirSync(join(entry, '..'), { recursive: true });
    writeFileSync(entry, "import './missing.ts';");
    expect(() => bundleForwarder(entry)).toThrow('missing.ts');
  });

  it('reports all problems with its environment and exits with 1', async () => {
    const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
      const options = { env: { PORT: 'x' } };
      endWithParent(() =>
        execFile(process.execPath, ['-e', FORWARDER_BOOT, file], options, (error, _, stderr) =>
          resolve({ code: error?.code, stderr }),
        ),
      );
    });
    expect(code).toBe(1);
    for (const name of ['AWS_REGION', 'EVENT_BUS_NAME', 'NAMESPACES', 'KUBERNETES_SERVICE_HOST']) {
      expect(stderr).toContain(`${name} is missing`);
    }
    expect(stderr).toContain('PORT is "x"');
  });

  it('sends an event for a pod, and exits with 0 on SIGTERM', async () => {
    const cluster = await startEmbeddedCluster({ clock: new MovableClock() });
    const api = apiClient({ ...cluster, token: cluster.adminToken });
    const bus = await startEventBusStub();
    writeFileSync(join(folder, 'token'), cluster.adminToken);
    writeFileSync(join(folder, 'ca.crt'), cluster.caPem);
    const { hostname, port } = new URL(cluster.url);
    const forwarder: ChildProcess = endWithParent(() =>
      spawn(process.execPath, ['-e', FORWARDER_BOOT, file], {
        env: {
          AWS_REGION: 'eu-west-1',
          AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
          AWS_SECRET_ACCESS_KEY: 'secret',
          AWS_ENDPOINT_URL_EVENTBRIDGE: bus.url,
          EVENT_BUS_NAME: 'bus',
          NAMESPACES: '[]',
          EXCLUDED_NAMESPACES: '[]',
          KUBERNETES_SERVICE_HOST: hostname,
          KUBERNETES_SERVICE_PORT: port,
          SERVICE_ACCOUNT_FOLDER: folder,
          HEALTH_FOLDER: folder,
          PORT: '0',
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
    try {
      let lines = '';
      forwarder.stdout?.on('data', (chunk) => {
        lines += chunk;
      });
      await vi.waitFor(() => expect(lines).toContain('"started"'), { timeout: 20_000 });
      const { status } = await api.send('POST', '/api/v1/namespaces/default/pods', {
        body: {
          metadata: { name: 'pod' },
          spec: {
            containers: [{ name: 'app', image: 'app' }],
            volumes: [{ name: 'aws-iam', secret: { secretName: 'aws-iam-reader' } }],
          },
        },
      });
      expect(status).toBe(201);
      await vi.waitFor(() => expect(bus.credentialRequests).toHaveLength(1), { timeout: 20_000 });
      expect(bus.credentialRequests[0]).toMatchObject({
        namespace: 'default',
        secret: 'aws-iam-reader',
        pod: 'pod',
      });
      const ended = once(forwarder, 'exit');
      forwarder.kill('SIGTERM');
      expect((await ended)[0]).toBe(0);
      expect(lines).toContain('"stopped"');
    } finally {
      forwarder.kill('SIGKILL');
      await api.close();
      await bus.stop();
      await cluster.stop();
    }
  });
});
