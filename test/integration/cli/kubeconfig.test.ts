import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
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
import {
  execUser,
  type KubeconfigParts,
  kubeconfigFile,
  printsCredential,
} from '../../support/programs/kubeconfig.ts';

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
  return connectKubeconfig(loadKubeconfig({ kubeconfig }), deps);
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
    let proxy: Server;
    const tunnels: string[] = [];
    beforeAll(async () => {
      proxy = createServer().on('connect', ({ url = '' }, socket) => {
        tunnels.push(url);
        const { port } = new URL(`tcp://${url}`);
        const upstream = connect(Number(port), '127.0.0.1', () => {
          socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
          upstream.pipe(socket).pipe(upstream);
        });
        for (const end of [upstream, socket]) end.on('error', () => upstream.destroy());
      });
      proxy.listen(0, '127.0.0.1');
      await once(proxy, 'listening');
    });
    afterAll(() => proxy.close());
    beforeEach(() => {
      for (const name of ['no_proxy', 'NO_PROXY', 'https_proxy', 'HTTPS_PROXY']) {
        vi.stubEnv(name, undefined);
      }
    });
    const proxyUrl = () => `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;

    it('of the kubeconfig', async () => {
      tunnels.length = 0;
      vi.stubEnv('NO_PROXY', '127.0.0.1');
      const user = { token: cluster.adminToken };
      expect(await statusWith({ user, cluster: { 'proxy-url': proxyUrl() } })).toBe(200);
      expect(tunnels).toEqual([new URL(cluster.url).host]);
    });

    /** An address that only the proxy can resolve. */
    const elsewhere = () => ({
      url: cluster.url.replace('127.0.0.1', 'cluster.invalid'),
      cluster: { 'tls-server-name': 'localhost' },
      user: { token: cluster.adminToken },
    });

    it('of the environment', async () => {
      tunnels.length = 0;
      vi.stubEnv('HTTPS_PROXY', proxyUrl());
      expect(await statusWith(elsewhere())).toBe(200);
      expect(tunnels).toEqual([new URL(elsewhere().url).host]);
    });

    it('of the environment is not used for localhost, nor for servers in NO_PROXY', async () => {
      tunnels.length = 0;
      vi.stubEnv('HTTPS_PROXY', proxyUrl());
      expect(await statusWith({ user: { token: cluster.adminToken } })).toBe(200);
      vi.stubEnv('NO_PROXY', '.invalid');
      await expect(statusWith(elsewhere())).rejects.toThrow(
        /cannot be reached: .*cluster\.invalid/,
      );
      expect(tunnels).toEqual([]);
    });

    it('that does not answer is named, without its password', async () => {
      const host = `127.0.0.1:${await freePort()}`;
      const through = statusWith({ cluster: { 'proxy-url': `http://jo:SECRET@${host}` } });
      await expect(through).rejects.toThrow(
        `The connection uses proxy ${host} (proxy-url in the kubeconfig).`,
      );
      await expect(through).rejects.not.toThrow(/SECRET/);
      vi.stubEnv('HTTPS_PROXY', `http://jo:SECRET@${host}`);
      await expect(statusWith(elsewhere())).rejects.toThrow(
        `The connection uses proxy ${host} (HTTPS_PROXY), unless NO_PROXY contains the server.`,
      );
    });

    it('verifies the certificate of the cluster', async () => {
      const { caPem } = await issueServerCertificate();
      const user = { token: cluster.adminToken };
      await expect(
        statusWith({ user, caPem, cluster: { 'proxy-url': proxyUrl() } }),
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
          exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-program' },
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
      /the credentials of context "test" cannot be read: .*\/nowhere\/client\.crt/,
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
