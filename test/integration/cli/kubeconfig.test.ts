import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectKubeconfig } from '../../../bin/kubeconfig/connect-kubeconfig.ts';
import { loadKubeconfig } from '../../../bin/kubeconfig/load-kubeconfig.ts';
import { ClusterSetupError, ClusterUnreachableError } from '../../../kubernetes/errors.ts';
import type { ClosableConnection } from '../../../kubernetes/kubernetes-connection.ts';
import { MovableClock } from '../../../local/clock.ts';
import { issueServerCertificate } from '../../../local/kubernetes/certificates.ts';
import {
  type EmbeddedCluster,
  startEmbeddedCluster,
} from '../../../local/kubernetes/embedded-cluster.ts';
import { freePort } from '../../../local/real-cluster/free-port.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { endWithParent } from '../../../tools/processes/end-with-parent.ts';
import { bundledProgram } from '../../support/programs/bundled-program.ts';
import { type ConnectProxy, startConnectProxy } from '../../support/programs/connect-proxy.ts';
import {
  execUser,
  type KubeconfigParts,
  kubeconfigFile,
  printsCredential,
} from '../../support/programs/kubeconfig.ts';
import { waitUntilGone } from '../../support/programs/processes.ts';
import { startSocksProxy } from '../../support/programs/socks-proxy.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let cluster: EmbeddedCluster;
beforeAll(async () => {
  cluster = await startEmbeddedCluster({ clock: new MovableClock() });
});
afterAll(() => cluster.stop());

const signal = AbortSignal.timeout(60_000);
const delays: number[] = [];
const deps = {
  now: () => new Date(),
  random: () => 0,
  sleep: async (milliseconds: number) => {
    delays.push(milliseconds);
  },
};

/** Connects to the embedded cluster with a kubeconfig. */
function connectWith(parts: Partial<KubeconfigParts>): Promise<ClosableConnection> {
  const { url, caPem } = cluster;
  const kubeconfig = kubeconfigFile({ url, caPem, ...parts });
  return connectKubeconfig(loadKubeconfig({ kubeconfig }), { deps });
}

/** Returns the HTTP status of a list with such a kubeconfig. */
async function statusWith(parts: Partial<KubeconfigParts>): Promise<number> {
  const connection = await connectWith(parts);
  try {
    return (await connection.send({ method: 'GET', path: '/api/v1/namespaces', signal })).status;
  } finally {
    await connection.close();
  }
}

describe('a connection by kubeconfig', () => {
  it('sends the token of the user', async () => {
    expect(await statusWith({ user: { token: cluster.adminToken } })).toBe(200);
  });

  it('sends the token that a plugin prints', async () => {
    const user = execUser(printsCredential({ token: cluster.adminToken }));
    expect(await statusWith({ user })).toBe(200);
  });

  it('sends the token of the ServiceAccount in a pod', async () => {
    const mounted = temporaryFolder();
    writeFileSync(join(mounted, 'token'), cluster.adminToken);
    writeFileSync(join(mounted, 'ca.crt'), cluster.caPem);
    vi.stubEnv('KUBECONFIG', '/nowhere/config');
    vi.stubEnv('KUBERNETES_SERVICE_HOST', '127.0.0.1');
    vi.stubEnv('KUBERNETES_SERVICE_PORT', new URL(cluster.url).port);
    const connection = await connectKubeconfig(loadKubeconfig({}, mounted), { deps });
    const request = { method: 'GET', path: '/api/v1/namespaces', signal } as const;
    expect((await connection.send(request)).status).toBe(200);
    await connection.close();
  });

  it('is authenticated as the user', async () => {
    cluster.log.clear();
    await statusWith({ user: { token: cluster.adminToken } });
    expect(cluster.log.requests).toMatchObject([{ username: 'admin', method: 'GET' }]);
  });

  it('retries when the server is busy, after its Retry-After', async () => {
    delays.length = 0;
    cluster.faults.add({ effect: { kind: 'refuse', status: 429, retryAfterSeconds: 2 }, times: 2 });
    expect(await statusWith({ user: { token: cluster.adminToken } })).toBe(200);
    expect(delays).toEqual([2_000, 2_000]);
  });

  it('returns the response of a server that stays busy', async () => {
    const remove = cluster.faults.add({
      effect: { kind: 'refuse', status: 503 },
      times: Number.POSITIVE_INFINITY,
    });
    expect(await statusWith({ user: { token: cluster.adminToken } })).toBe(503);
    remove();
  });

  it('retries a broken connection once', async () => {
    cluster.faults.add({ effect: { kind: 'drop', when: 'before' } });
    expect(await statusWith({ user: { token: cluster.adminToken } })).toBe(200);
    cluster.faults.add({ effect: { kind: 'drop', when: 'before' }, times: 2 });
    await expect(statusWith({ user: { token: cluster.adminToken } })).rejects.toThrow(
      /closes every connection/,
    );
  });

  describe('through a proxy', () => {
    let proxy: ConnectProxy;
    beforeAll(async () => {
      proxy = await startConnectProxy();
    });
    afterAll(() => proxy.stop());
    beforeEach(() => {
      proxy.clear();
      for (const name of ['no_proxy', 'NO_PROXY', 'https_proxy', 'HTTPS_PROXY']) {
        vi.stubEnv(name, undefined);
      }
    });

    it('of the kubeconfig', async () => {
      vi.stubEnv('NO_PROXY', '127.0.0.1');
      const user = { token: cluster.adminToken };
      const proxied = { 'proxy-url': `http://${proxy.host}` };
      expect(await statusWith({ user, cluster: proxied })).toBe(200);
      expect(proxy.tunnels).toMatchObject([{ target: new URL(cluster.url).host }]);
    });

    /** An address that only the proxy can resolve. */
    const elsewhere = () => ({
      url: cluster.url.replace('127.0.0.1', 'cluster.invalid'),
      cluster: { 'tls-server-name': 'localhost' },
      user: { token: cluster.adminToken },
    });

    it.each([
      ['HTTPS_PROXY', 'http://'],
      ['https_proxy', 'http://'],
      ['HTTPS_PROXY', ''],
      ['https_proxy', 'HTTP://'],
    ])('of %s: %sHOST:PORT', async (variable, scheme) => {
      vi.stubEnv(variable, `${scheme}${proxy.host}`);
      expect(await statusWith(elsewhere())).toBe(200);
      expect(proxy.tunnels).toMatchObject([{ target: new URL(elsewhere().url).host }]);
    });

    it('with a user and a password', async () => {
      vi.stubEnv('HTTPS_PROXY', `http://jo:p%40ss@${proxy.host}`);
      expect(await statusWith(elsewhere())).toBe(200);
      const authorization = `Basic ${Buffer.from('jo:p@ss').toString('base64')}`;
      expect(proxy.tunnels).toMatchObject([{ authorization }]);
    });

    it('of the environment is not used for localhost, nor for servers in NO_PROXY', async () => {
      vi.stubEnv('HTTPS_PROXY', `http://${proxy.host}`);
      expect(await statusWith({ user: { token: cluster.adminToken } })).toBe(200);
      vi.stubEnv('NO_PROXY', '.invalid');
      await expect(statusWith(elsewhere())).rejects.toThrow(
        /cannot be reached: .*cluster\.invalid/,
      );
      expect(proxy.tunnels).toEqual([]);
    });

    it.each([
      ['proxy-url in the kubeconfig', (url: string) => ({ cluster: { 'proxy-url': url } })],
      [
        'HTTPS_PROXY',
        (url: string) => {
          vi.stubEnv('HTTPS_PROXY', url);
          return elsewhere();
        },
      ],
    ])('that does not answer is named, without its password: %s', async (source, partsOf) => {
      const host = `127.0.0.1:${await freePort()}`;
      const user = { token: cluster.adminToken };
      const through = statusWith({ user, ...partsOf(`http://jo:SECRET@${host}`) });
      await expect(through).rejects.toThrow(
        `The connection uses the proxy http://${host} (${source}).`,
      );
      await expect(through).rejects.toBeInstanceOf(ClusterUnreachableError);
      await expect(through).rejects.not.toThrow(/SECRET/);
    });

    it('that refuses the connection is named', async () => {
      const refusing = await startConnectProxy(() => ({ refuse: 407 }));
      vi.stubEnv('https_proxy', refusing.host);
      const through = statusWith(elsewhere());
      await expect(through).rejects.toThrow(
        new RegExp(`cannot be reached: .*407.* uses the proxy ${refusing.host} \\(https_proxy\\)`),
      );
      await expect(through).rejects.toBeInstanceOf(ClusterUnreachableError);
      await refusing.stop();
    });

    it.each(['http://', 'socks4://127.0.0.1:1', 'http://jo:SEC/RET@127.0.0.1:1', 'my proxy'])(
      'that is none is named: %s',
      async (value) => {
        vi.stubEnv('HTTPS_PROXY', value);
        const through = statusWith(elsewhere());
        await expect(through).rejects.toThrow(
          /^HTTPS_PROXY is ".*", which is not the URL of a pro/,
        );
        await expect(through).rejects.not.toThrow(/SEC|RET/);
      },
    );

    it.each(['socks5', 'socks5h'])('of %s, which resolves the name', async (scheme) => {
      const socks = await startSocksProxy();
      const there = elsewhere();
      const proxied = { ...there.cluster, 'proxy-url': `${scheme}://${socks.host}` };
      expect(await statusWith({ ...there, cluster: proxied })).toBe(200);
      await socks.stop();
      expect(socks.targets).toEqual([new URL(there.url).host]);
    });

    it('verifies the certificate of the cluster', async () => {
      const { caPem } = await issueServerCertificate();
      const user = { token: cluster.adminToken };
      await expect(
        statusWith({ user, caPem, cluster: { 'proxy-url': `http://${proxy.host}` } }),
      ).rejects.toThrow(/certificate is not signed by the certificate authority in the kubeconfig/);
    });
  });
});

describe('a connection that fails', () => {
  it.each([
    [
      'a plugin that is not installed',
      () => ({
        user: {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1',
            command: 'no-such-program',
            interactiveMode: 'Never',
          },
        },
      }),
      /credential plugin "no-such-program" of context "test" is not installed or not on the PATH/,
    ],
    [
      'a plugin that fails',
      () => ({ user: execUser('echo "SSO session \\033[31mhas expired" >&2; exit 1') }),
      /of context "test" failed: SSO session \[31mhas expired\. Run it yourself to see the problem; for EKS, log in to AWS first\./,
    ],
    [
      'a plugin that fails without output',
      () => ({ user: execUser('exit 3') }),
      /failed: no error output/,
    ],
    [
      'a plugin that prints something else',
      () => ({ user: execUser('echo k8s-aws-v1.SECRET') }),
      /failed: its output is not an ExecCredential/,
    ],
    [
      'a plugin that prints no status',
      () => ({ user: execUser('echo "{}"') }),
      /its output is not an ExecCredential/,
    ],
    [
      'a missing certificate file',
      () => ({
        user: { 'client-certificate': '/nowhere/client.crt', 'client-key': '/nowhere/key' },
      }),
      /the client-certificate of context "test" cannot be read: .*\/nowhere\/client\.crt/,
    ],
    [
      'an invalid token',
      () => ({ user: { token: 'SECRET' } }),
      /does not accept the credentials of context "test" \(.*401.*Log in again\. For EKS, the principal of "aws sts get-caller-identity"/,
    ],
  ])('because of %s reports the cause, and no secret', async (_, parts, message) => {
    const failing = statusWith(parts());
    await expect(failing).rejects.toThrow(message);
    await expect(failing).rejects.toBeInstanceOf(ClusterSetupError);
    await expect(failing).rejects.not.toThrow(/SECRET/);
  });

  it('because of a plugin that does not answer ends it, and what it started', async () => {
    const pids = join(temporaryFolder(), 'pid');
    // A plugin that ignores signals, and waits for a process that it started.
    const user = execUser(`trap '' TERM; sleep 600 & echo $! > ${pids}; wait`);
    const { url, caPem } = cluster;
    const context = loadKubeconfig({ kubeconfig: kubeconfigFile({ url, caPem, user }) });
    const waiting = new AbortController();
    const failing = connectKubeconfig(context, { deps, pluginSignal: waiting.signal });
    const expected = expect(failing).rejects.toThrow(
      /credential plugin ".*get-token" of context "test" did not answer in time\. Run it yourself/,
    );
    const pid = await waitUntil('the plugin to start', () => pidIn(pids));
    waiting.abort();
    await expected;
    await waitUntilGone([{ pid }]);
  });

  it.each(['SIGKILL', 'SIGTERM'] as const)('because of %s ends its plugin', async (end) => {
    const pids = join(temporaryFolder(), 'pid');
    // The command hands the plugin to its guard some milliseconds after the start; what is killed earlier is not covered.
    const user = execUser(`sleep 600 & sleep 2; echo $! > ${pids}; wait`);
    const { url, caPem } = cluster;
    const clusters = [{ clusterName: 'a', account: '1'.repeat(12), assumableRoles: ['a'] }];
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'cdk.json'), JSON.stringify({ context: { clusters } }));
    const words = [await bundledProgram(), 'status', '--region', 'eu-central-1'];
    const env = { PATH: process.env['PATH'], KUBECONFIG: kubeconfigFile({ url, caPem, user }) };
    const command = endWithParent(() =>
      spawn(process.execPath, words, { cwd, env, stdio: 'ignore' }),
    );
    const pid = await waitUntil('the plugin to start', () => pidIn(pids));
    command.kill(end);
    await waitUntilGone([{ pid }]);
  });

  it('because nothing listens reports a remedy', async () => {
    const url = `https://127.0.0.1:${await freePort()}`;
    const failing = statusWith({ url, user: { token: 'any' } });
    await expect(failing).rejects.toThrow(/cannot be reached: .*ECONNREFUSED.* Check the context/);
    await expect(failing).rejects.toBeInstanceOf(ClusterUnreachableError);
  });

  it('because of another certificate fails even with NODE_TLS_REJECT_UNAUTHORIZED=0', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const { caPem } = await issueServerCertificate();
    cluster.log.clear();
    await expect(statusWith({ caPem, user: { token: cluster.adminToken } })).rejects.toThrow(
      /certificate is not signed by the certificate authority in the kubeconfig.*aws eks update-kubeconfig/,
    );
    expect(cluster.log.requests).toEqual([]);
  });
});

/** The process ID in a file; undefined until it is written. */
function pidIn(file: string): number | undefined {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return text.endsWith('\n') ? Number(text) : undefined;
}

describe('a plugin learns', () => {
  const infoFor = async (exec: object, parts: Partial<KubeconfigParts> = {}) => {
    const file = join(temporaryFolder(), 'info');
    const user = execUser(
      `printf '%s' "$KUBERNETES_EXEC_INFO" > ${file}\n${printsCredential({ token: 'T' })}`,
      exec,
    );
    await (await connectWith({ user, ...parts })).close();
    return JSON.parse(readFileSync(file, 'utf8'));
  };
  const info = { kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1' };

  it('its version, and that nobody can answer it', async () => {
    expect(await infoFor({ interactiveMode: 'IfAvailable' })).toEqual({
      ...info,
      spec: { interactive: false },
    });
  });

  it('about the cluster, if it asks for that', async () => {
    const config = { audience: 'prod' };
    const fields = {
      'tls-server-name': 'localhost',
      extensions: [{ name: 'client.authentication.k8s.io/exec', extension: config }],
    };
    expect(await infoFor({ provideClusterInfo: true }, { cluster: fields })).toEqual({
      ...info,
      spec: {
        interactive: false,
        cluster: {
          server: cluster.url,
          'tls-server-name': 'localhost',
          'certificate-authority-data': Buffer.from(cluster.caPem).toString('base64'),
          config,
        },
      },
    });
  });
});
