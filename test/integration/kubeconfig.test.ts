import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  connectKubeconfig,
  type KubeconfigConnection,
} from '../../bin/kubeconfig/connect-kubeconfig.ts';
import { loadKubeconfig } from '../../bin/kubeconfig/load-kubeconfig.ts';
import { ClusterSetupError, ClusterUnreachableError } from '../../kubernetes/errors.ts';
import { MovableClock } from '../../local/clock.ts';
import { issueServerCertificate } from '../../local/kubernetes/certificates.ts';
import {
  type EmbeddedCluster,
  startEmbeddedCluster,
} from '../../local/kubernetes/embedded-cluster.ts';
import { freePort } from '../../local/real-cluster/free-port.ts';
import {
  execUser,
  type KubeconfigParts,
  kubeconfigFile,
  printsCredential,
} from '../support/kubeconfig.ts';

let cluster: EmbeddedCluster;
beforeAll(async () => {
  cluster = await startEmbeddedCluster({ clock: new MovableClock() });
});
afterAll(() => cluster.stop());

const signal = AbortSignal.timeout(60_000);
const waited: number[] = [];
const deps = {
  now: () => new Date(),
  random: () => 0,
  sleep: async (milliseconds: number) => {
    waited.push(milliseconds);
  },
};

/** Connects by a kubeconfig to the embedded cluster, less what a test says. */
function connectBy(parts: Partial<KubeconfigParts>): Promise<KubeconfigConnection> {
  const { url, caPem } = cluster;
  const kubeconfig = kubeconfigFile({ url, caPem, ...parts });
  return connectKubeconfig(loadKubeconfig({ kubeconfig }), deps);
}

/** The status of the answer to a list, by such a kubeconfig. */
async function statusBy(parts: Partial<KubeconfigParts>): Promise<number> {
  const connection = await connectBy(parts);
  try {
    return (await connection.send({ method: 'GET', path: '/api/v1/namespaces', signal })).status;
  } finally {
    await connection.close();
  }
}

describe('a connection by kubeconfig', () => {
  it('has the token of the user', async () => {
    expect(await statusBy({ user: { token: cluster.adminToken } })).toBe(200);
  });

  it('has the token that a plugin prints', async () => {
    const user = execUser(printsCredential({ token: cluster.adminToken }));
    expect(await statusBy({ user })).toBe(200);
  });

  it('says whose program asks', async () => {
    cluster.log.clear();
    await statusBy({ user: { token: cluster.adminToken } });
    expect(cluster.log.requests).toMatchObject([{ username: 'admin', method: 'GET' }]);
  });

  it('tries again when the server is busy, after the time that it asks for', async () => {
    waited.length = 0;
    cluster.faults.add({ effect: { kind: 'refuse', status: 429, retryAfterSeconds: 2 }, times: 2 });
    expect(await statusBy({ user: { token: cluster.adminToken } })).toBe(200);
    expect(waited).toEqual([2_000, 2_000]);
  });

  it('gives the answer of a server that stays busy', async () => {
    const remove = cluster.faults.add({
      effect: { kind: 'refuse', status: 503 },
      times: Number.POSITIVE_INFINITY,
    });
    expect(await statusBy({ user: { token: cluster.adminToken } })).toBe(503);
    remove();
  });

  it('tries again when the connection breaks, once', async () => {
    cluster.faults.add({ effect: { kind: 'drop', when: 'before' } });
    expect(await statusBy({ user: { token: cluster.adminToken } })).toBe(200);
    cluster.faults.add({ effect: { kind: 'drop', when: 'before' }, times: 2 });
    await expect(statusBy({ user: { token: cluster.adminToken } })).rejects.toThrow(
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

    it('that the kubeconfig names', async () => {
      tunnels.length = 0;
      vi.stubEnv('NO_PROXY', '127.0.0.1');
      const user = { token: cluster.adminToken };
      expect(await statusBy({ user, cluster: { 'proxy-url': proxyUrl() } })).toBe(200);
      expect(tunnels).toEqual([new URL(cluster.url).host]);
    });

    /** By a name that only the proxy can resolve. */
    const elsewhere = () => ({
      url: cluster.url.replace('127.0.0.1', 'cluster.invalid'),
      cluster: { 'tls-server-name': 'localhost' },
      user: { token: cluster.adminToken },
    });

    it('that the environment names', async () => {
      tunnels.length = 0;
      vi.stubEnv('HTTPS_PROXY', proxyUrl());
      expect(await statusBy(elsewhere())).toBe(200);
      expect(tunnels).toEqual([new URL(elsewhere().url).host]);
    });

    it('of the environment does not go to this machine, nor to what NO_PROXY names', async () => {
      tunnels.length = 0;
      vi.stubEnv('HTTPS_PROXY', proxyUrl());
      expect(await statusBy({ user: { token: cluster.adminToken } })).toBe(200);
      vi.stubEnv('NO_PROXY', '.invalid');
      await expect(statusBy(elsewhere())).rejects.toThrow(/cannot be reached: .*cluster\.invalid/);
      expect(tunnels).toEqual([]);
    });

    it('that is not there is named, without its password', async () => {
      const host = `127.0.0.1:${await freePort()}`;
      const through = statusBy({ cluster: { 'proxy-url': `http://jo:SECRET@${host}` } });
      await expect(through).rejects.toThrow(
        `The way there is through proxy ${host} (proxy-url in the kubeconfig).`,
      );
      await expect(through).rejects.not.toThrow(/SECRET/);
      vi.stubEnv('HTTPS_PROXY', `http://jo:SECRET@${host}`);
      await expect(statusBy(elsewhere())).rejects.toThrow(
        `The way there is through proxy ${host} (HTTPS_PROXY), unless NO_PROXY names the server.`,
      );
    });

    it('verifies the cluster all the same', async () => {
      const { caPem } = await issueServerCertificate();
      const user = { token: cluster.adminToken };
      await expect(statusBy({ user, caPem, cluster: { 'proxy-url': proxyUrl() } })).rejects.toThrow(
        /certificate is not of the authority that the kubeconfig names/,
      );
    });
  });
});

describe('a connection that cannot be', () => {
  it.each([
    [
      'a program that is not installed',
      () => ({
        user: {
          exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-program' },
        },
      }),
      /context "test" gets its credentials from the program "no-such-program", which is not installed or not on the PATH/,
    ],
    [
      'a program that fails',
      () => ({ user: execUser('echo "SSO session \\033[31mhas expired" >&2; exit 1') }),
      /which failed: SSO session \[31mhas expired\. Run it by hand; for EKS, log in to AWS first\./,
    ],
    [
      'a program that fails without a word',
      () => ({ user: execUser('exit 3') }),
      /which failed: it said nothing/,
    ],
    [
      'a program that prints something else',
      () => ({ user: execUser('echo k8s-aws-v1.SECRET') }),
      /which failed: what it printed is no ExecCredential/,
    ],
    [
      'a program that prints no status',
      () => ({ user: execUser('echo "{}"') }),
      /what it printed is no ExecCredential/,
    ],
    [
      'a certificate that is not there',
      () => ({
        user: { 'client-certificate': '/nowhere/client.crt', 'client-key': '/nowhere/key' },
      }),
      /the credentials of context "test" cannot be read: .*\/nowhere\/client\.crt/,
    ],
    [
      'a token that nobody knows',
      () => ({ user: { token: 'SECRET' } }),
      /does not know you by context "test" \(.*401.*Log in again; for EKS, "aws sts get-caller-identity"/,
    ],
  ])('because of %s says so, and shows no secret', async (_, parts, message) => {
    const failing = statusBy(parts());
    await expect(failing).rejects.toThrow(message);
    await expect(failing).rejects.toBeInstanceOf(ClusterSetupError);
    await expect(failing).rejects.not.toThrow(/SECRET/);
  });

  it('since nobody listens there says what may be wrong', async () => {
    const url = `https://127.0.0.1:${await freePort()}`;
    const failing = statusBy({ url, user: { token: 'any' } });
    await expect(failing).rejects.toThrow(
      /cannot be reached: .*ECONNREFUSED.* Is it the right context/,
    );
    await expect(failing).rejects.toBeInstanceOf(ClusterUnreachableError);
  });

  it('since another certificate is shown says so, whatever the environment allows', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const { caPem } = await issueServerCertificate();
    cluster.log.clear();
    await expect(statusBy({ caPem, user: { token: cluster.adminToken } })).rejects.toThrow(
      /certificate is not of the authority that the kubeconfig names.*aws eks update-kubeconfig/,
    );
    expect(cluster.log.requests).toEqual([]);
  });
});
