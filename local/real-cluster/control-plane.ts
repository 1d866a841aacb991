import { generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ApiClient } from '../api-client.ts';
import { waitUntil } from '../wait-until.ts';
import { launch } from './components.ts';
import { freePort } from './free-port.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import type { ProcessGroup } from './process-group.ts';

const EtcdResponse = z.object({ header: z.object({ revision: z.string() }) });

/** File in the cluster's folder with the signing key of ServiceAccount tokens. */
export const SIGNING_KEY = 'service-account.key';

/** Starts etcd. Returns its URL. */
export async function launchEtcd(group: ProcessGroup, folder: string): Promise<string> {
  const client = `http://127.0.0.1:${await freePort()}`;
  const peer = `http://127.0.0.1:${await freePort()}`;
  launch(group, 'etcd', {
    'data-dir': join(folder, 'etcd'),
    'unsafe-no-fsync': true,
    'log-level': 'error',
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `default=${peer}`,
  });
  return client;
}

/** Compacts etcd at its current revision, with its JSON gateway. */
export async function compactEtcd(url: string): Promise<void> {
  const post = async (path: string, body: object) => {
    const response = await fetch(new URL(path, url), {
      method: 'POST',
      body: JSON.stringify(body),
    });
    return EtcdResponse.parse(await response.json()).header.revision;
  };
  const revision = await post('/v3/kv/range', { key: Buffer.from('/').toString('base64') });
  await post('/v3/kv/compaction', { revision, physical: true });
}

interface ApiServerProcess {
  readonly url: string;
  readonly caPem: string;
  /** Kills it with SIGKILL: requests in progress fail. */
  kill(): Promise<void>;
  /** Starts it again with the same port, certificate and etcd. Returns before it is ready. */
  relaunch(): void;
}

/** Starts the API server with additional flags, and waits for its self-signed certificate. */
export async function launchApiServer(
  group: ProcessGroup,
  folder: string,
  flags: Readonly<Record<string, string>>,
): Promise<ApiServerProcess> {
  const port = await freePort();
  const key = join(folder, SIGNING_KEY);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  await writeFile(key, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const args = {
    'bind-address': '127.0.0.1',
    'secure-port': port,
    'cert-dir': join(folder, 'certs'),
    'authorization-mode': 'RBAC',
    'service-cluster-ip-range': '10.0.0.0/24',
    'allow-privileged': true,
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-signing-key-file': key,
    'service-account-key-file': key,
    // It would add token volumes to pods, which need the controllers.
    'disable-admission-plugins': 'ServiceAccount',
    ...flags,
  };
  launch(group, 'kube-apiserver', args);
  const caPem = await waitUntil('the certificate of kube-apiserver', async () => {
    await group.assertAlive();
    const pem = await readFile(join(folder, 'certs', 'apiserver.crt'), 'utf8').catch(() => '');
    return pem === '' ? undefined : pem;
  });
  return {
    url: `https://127.0.0.1:${port}`,
    caPem,
    kill: () => group.kill('kube-apiserver'),
    relaunch: () => launch(group, 'kube-apiserver', args),
  };
}

/**
 * Returns the authentication flags of the API server.
 *
 * @param reviewUrl - webhook for all tokens except the admin's
 */
export async function authenticationFlags(
  folder: string,
  adminToken: string,
  reviewUrl: string | undefined,
): Promise<Record<string, string>> {
  const tokens = join(folder, 'tokens.csv');
  const webhook = join(folder, 'token-review.kubeconfig');
  await writeFile(tokens, `${adminToken},admin,admin,system:masters\n`, { mode: 0o600 });
  if (!reviewUrl) return { 'token-auth-file': tokens };
  await writeKubeconfig(webhook, { url: reviewUrl });
  return {
    'token-auth-file': tokens,
    'authentication-token-webhook-config-file': webhook,
    'authentication-token-webhook-version': 'v1',
    'authentication-token-webhook-cache-ttl': '1s',
  };
}

/** Waits until the API server is ready and has created the namespace `default`, which happens a moment later. */
export async function waitUntilReady(group: ProcessGroup, client: ApiClient): Promise<void> {
  const succeeds = (path: string) =>
    client.open('GET', path).then(
      (response) => response.body?.cancel().then(() => response.ok || undefined),
      () => undefined,
    );
  for (const path of ['/readyz', '/api/v1/namespaces/default'])
    await waitUntil(`kube-apiserver to answer ${path}`, async () => {
      await group.assertAlive();
      return succeeds(path);
    });
}
