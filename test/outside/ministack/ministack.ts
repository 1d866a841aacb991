import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { dirname, join } from 'node:path';
import { json } from 'node:stream/consumers';
import { loadYaml } from '@kubernetes/client-node';
import { z } from 'zod';
import type { UserInfo } from '../../../local/kubernetes/access/user-info.ts';
import { issueServerCertificate } from '../../../local/kubernetes/certificates.ts';
import { freePort } from '../../../local/real-cluster/free-port.ts';
import { processGroup } from '../../../local/real-cluster/process-group.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { MINISTACK } from '../../support/requirements.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';

/** A running ministack: an AWS account that evaluates IAM policies and verifies signatures. */
export interface Ministack {
  /** Environment of programs that use AWS as the root user of the account. */
  readonly environment: Readonly<Record<string, string>>;
  /** Configuration of AWS clients of this process, as the same user. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    readonly requestHandler: { readonly httpsAgent: Agent };
  };
  /** Authenticates a token of the only EKS cluster, with ministack's webhook. */
  authenticate(token: string): Promise<UserInfo | undefined>;
  /** What it logged so far. */
  log(): Promise<string>;
  stop(): Promise<void>;
}

/** The API server of the EKS cluster that is created in ministack. */
interface ApiServer {
  readonly url: string;
  readonly caPem: string;
}

const Kubeconfig = z.object({
  clusters: z.tuple([z.object({ cluster: z.object({ server: z.string() }) })]),
});
const TokenReview = z.object({
  status: z.object({
    authenticated: z.boolean().optional(),
    user: z
      .object({ username: z.string(), uid: z.string(), groups: z.array(z.string()) })
      .optional(),
  }),
});

/** Starts ministack on the loopback interface. It ends at the latest with this process. */
export async function startMinistack(apiServer: ApiServer): Promise<Ministack> {
  const folder = temporaryFolder();
  const [certificate, key, ca, webhook, clusterCa] = [
    ...['tls.crt', 'tls.key', 'ca.crt', 'webhook.yaml', 'cluster-ca.crt'],
  ].map((name) => join(folder, name)) as [string, string, string, string, string];
  const { certificatePem, keyPem, caPem } = await issueServerCertificate();
  writeFileSync(certificate, certificatePem);
  writeFileSync(key, keyPem);
  writeFileSync(ca, caPem);
  writeFileSync(clusterCa, apiServer.caPem);
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  // ministack takes an access key of twelve digits for the root user of an account.
  const credentials = { accessKeyId: ACCOUNT, secretAccessKey: randomBytes(20).toString('hex') };
  const environment = {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: REGION,
    AWS_ENDPOINT_URL: url,
    AWS_EC2_METADATA_DISABLED: 'true',
    NODE_EXTRA_CA_CERTS: ca,
  };
  const group = processGroup(folder);
  const variables = {
    ...environment,
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    HOME: folder,
    TMPDIR: temporary,
    PYTHONPATH: import.meta.dirname,
    PYTHONDONTWRITEBYTECODE: '1',
    AUTH: 'true',
    BIND_HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    USE_SSL: '1',
    MINISTACK_SSL_CERT: certificate,
    MINISTACK_SSL_KEY: key,
    MINISTACK_HOST: '127.0.0.1',
    MINISTACK_ACCOUNT_ID: ACCOUNT,
    MINISTACK_REGION: REGION,
    LAMBDA_EXECUTOR: 'local',
    EKS_BASE_PORT: new URL(apiServer.url).port,
    EKS_WEBHOOK: webhook,
    EKS_CA: clusterCa,
  };
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  group.launch('ministack', ['env', '-i', ...assignments, MINISTACK.command]);
  const agent = new Agent({ ca: caPem });
  const send = (method: string, to: string, body?: object) =>
    new Promise<unknown>((resolve, reject) => {
      const sent = request(to, { method, agent }, (response) =>
        json(response).then(resolve, reject),
      );
      sent.on('error', reject);
      sent.end(body && JSON.stringify(body));
    });
  try {
    await waitUntil('ministack', async () => {
      await group.assertAlive();
      return send('GET', `${url}/_ministack/health`).catch(() => undefined);
    });
  } catch (error) {
    await group.stop();
    throw error;
  }
  return {
    environment,
    client: { endpoint: url, region: REGION, credentials, requestHandler: { httpsAgent: agent } },
    async authenticate(token) {
      if (!existsSync(webhook)) return undefined;
      const { clusters } = Kubeconfig.parse(loadYaml(readFileSync(webhook, 'utf8')));
      const to = new URL(clusters[0].cluster.server);
      to.hostname = '127.0.0.1';
      const review = {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token },
      };
      return TokenReview.parse(await send('POST', to.href, review)).status.user;
    },
    log: () => group.logOf('ministack'),
    stop: async () => {
      agent.destroy();
      await group.stop();
    },
  };
}
