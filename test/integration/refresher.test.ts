import type { CoreV1Api } from '@kubernetes/client-node';
import pMap from 'p-map';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { STS_THROTTLING } from '../../local/aws/http/call-faults.ts';
import { startEmbeddedCluster } from '../../local/kubernetes/embedded-cluster.ts';
import { CLUSTER_NAME, REFRESH, SWEEP } from '../support/deployment/deployment.ts';
import {
  deployEmbedded,
  type EmbeddedDeployment,
} from '../support/deployment/embedded-deployment.ts';

type Result = { report: Report; wouldDo?: unknown[] };
interface Report {
  counts: Record<string, number>;
  renewalsOverdue: number;
  nearestExpirySeconds?: number;
  brake?: unknown;
}

let deployment: EmbeddedDeployment;
let admin: CoreV1Api;

async function start(settings: object = {}): Promise<void> {
  deployment = await deployEmbedded(settings);
  ({ admin } = deployment);
  deployment.addPodRole('app-orders');
  await allow('shop', '["app-*"]');
}

afterEach(() => deployment.stop());

const ALLOWED = 'iam.amazonaws.com/allowed-roles';

async function allow(name: string, allowedRoles: string | undefined): Promise<void> {
  const annotations = allowedRoles === undefined ? {} : { [ALLOWED]: allowedRoles };
  await admin.createNamespace({ body: { metadata: { name, annotations } } });
}

async function createPod(name: string, secrets: string[], namespace = 'shop'): Promise<void> {
  await admin.createNamespacedPod({
    namespace,
    body: {
      metadata: { name },
      spec: {
        containers: [{ name: 'c', image: 'app' }],
        volumes: secrets.map((secretName, i) => ({ name: `v${i}`, secret: { secretName } })),
      },
    },
  });
}

async function createSecret(
  name: string,
  annotations: Record<string, string>,
  labels: Record<string, string> = { heritage: 'kube-aws-iam-controller' },
): Promise<void> {
  const body = { metadata: { name, annotations, labels }, stringData: { mine: 'yes' } };
  await admin.createNamespacedSecret({ namespace: 'shop', body });
}

const run = async (functionName: string, event: object) =>
  (await deployment.invoke(functionName, event)) as Result;
const refresh = () => run(REFRESH, { pass: 'refresh' });
const sweep = () => run(SWEEP, { pass: 'sweep' });

async function secretNames(namespace = 'shop'): Promise<string[]> {
  const { items } = await admin.listNamespacedSecret({ namespace });
  return items.map(({ metadata }) => metadata?.name ?? '').sort();
}

const secret = (name: string) => admin.readNamespacedSecret({ namespace: 'shop', name });
const assumed = () =>
  deployment.cloud.sts.calls.filter(({ action }) => action === 'AssumeRole').length;
const writes = () =>
  deployment.cluster.log.requests.filter(
    ({ method, path }) => method !== 'GET' && path.includes('/secrets'),
  );

/** The metrics of the last pass, from its log. */
function lastMetrics(): Record<string, number> {
  const lines = deployment.cloud.logs.lines.filter(({ text }) =>
    text.includes('CloudWatchMetrics'),
  );
  return JSON.parse(lines.at(-1)?.text ?? '{}');
}

describe('without failures', () => {
  beforeEach(() => start());

  it('a pod with two roles receives two Secrets, and another namespace has its own session', async () => {
    deployment.addPodRole('app-billing');
    await allow('bank', '["app-orders"]');
    await createPod('web', ['aws-iam-app-orders', 'aws-iam-app-billing']);
    await createPod('ledger', ['aws-iam-app-orders'], 'bank');
    expect((await refresh()).report.counts).toMatchObject({ created: 3, failed: 0 });
    expect(await secretNames()).toEqual(['aws-iam-app-billing', 'aws-iam-app-orders']);
    const shop = await secret('aws-iam-app-orders');
    const bank = await admin.readNamespacedSecret({
      namespace: 'bank',
      name: 'aws-iam-app-orders',
    });
    expect(bank.data?.['credentials']).not.toBe(shop.data?.['credentials']);
  });

  it('a pass without changes makes no writes, requests no session, and reads no values', async () => {
    await createPod('web', ['aws-iam-app-orders']);
    await refresh();
    deployment.cluster.log.clear();
    const before = assumed();
    await refresh();
    await sweep();
    expect(assumed()).toBe(before);
    expect(writes()).toEqual([]);
    const bytes = deployment.cluster.log.requests
      .filter(({ path }) => path.endsWith('/secrets'))
      .map((request) => request.bytes);
    // A Secret with its values has more than 3,000 bytes.
    expect(Math.max(...bytes)).toBeLessThan(1_500);
  });

  it('the response to a write contains no values', async () => {
    await createPod('web', ['aws-iam-app-orders']);
    await refresh();
    deployment.clock.advance(40 * 60);
    await refresh();
    await admin.deleteNamespacedPod({ namespace: 'shop', name: 'web' });
    await sweep();
    expect(writes().map(({ method }) => method)).toEqual(['POST', 'PATCH', 'PATCH']);
    // A Secret with its values has more than 3,000 bytes.
    for (const { bytes } of writes()) expect(bytes).toBeLessThan(1_500);
  });

  it('a name that stands for no role is explained, and does not affect others', async () => {
    await createPod('web', [
      'aws-iam-Orders',
      'aws-iam-authenticator-token-x7k2p',
      'aws-iam-app-orders',
    ]);
    const { report } = await refresh();
    expect(report).toMatchObject({ counts: { created: 1 }, ignored: 2 });
    const log = deployment.cloud.logs.lines.map(({ text }) => text).join('\n');
    expect(log).toContain('For a role with uppercase letters or a path, create an AWSIAMRole');
  });

  it('a denied role does not affect others, and is backed off', async () => {
    await createPod('web', ['aws-iam-app-locked', 'aws-iam-app-orders']);
    expect((await refresh()).report.counts).toMatchObject({ created: 1, failed: 1 });
    const before = assumed();
    for (let minute = 0; minute < 10; minute++) {
      deployment.clock.advance(60);
      expect((await refresh()).report.counts).toMatchObject({ failed: 1 });
    }
    // After 1, 2, 3, 5 and 8 minutes.
    expect(assumed() - before).toBe(5);
  });

  it.each(['9999-12-31T23:59:59Z', 'garbage'])(
    'a Secret with the expiry %s is renewed by the next refresh',
    async (expiresAt) => {
      await createSecret('aws-iam-app-orders', { 'kube-aws-iam/expires-at': expiresAt });
      expect((await refresh()).report.counts).toMatchObject({ renewed: 1 });
      expect(Object.keys((await secret('aws-iam-app-orders')).data ?? {})).toContain('credentials');
    },
  );

  it('a forged label does not allow a role in a namespace', async () => {
    await allow('poor', undefined);
    await admin.createNamespacedSecret({
      namespace: 'poor',
      body: {
        metadata: {
          name: 'aws-iam-app-orders',
          labels: { heritage: 'kube-aws-iam-controller' },
          annotations: {
            'kube-aws-iam/expires-at': '2020-01-01T00:00:00Z',
            'kube-aws-iam/role-arn': 'arn:aws:iam::123456789012:role/app-orders',
            [ALLOWED]: '["*"]',
          },
        },
      },
    });
    await createPod('web', ['aws-iam-app-orders'], 'poor');
    expect((await refresh()).report.counts).toMatchObject({ refused: 1, renewed: 0 });
    expect(assumed()).toBe(0);
  });

  it("a user's own Secret of a requested name is not changed", async () => {
    await createSecret('aws-iam-app-orders', {}, {});
    await createPod('web', ['aws-iam-app-orders']);
    const { report } = await refresh();
    expect(report).toMatchObject({ counts: { refused: 0, failed: 0 }, ignored: 1 });
    expect(assumed()).toBe(0);
    expect(Object.keys((await secret('aws-iam-app-orders')).data ?? {})).toEqual(['mine']);
  });

  it('a Secret that has the label but is not managed is neither changed nor removed', async () => {
    await createSecret('orders', { 'kube-aws-iam/unused-since': '2020-01-01T00:00:00Z' });
    const { resourceVersion } = (await secret('orders')).metadata ?? {};
    await sweep();
    deployment.clock.advance(3_600);
    await sweep();
    expect((await secret('orders')).metadata?.resourceVersion).toBe(resourceVersion);
  });

  it('concurrent passes create one Secret without failures', async () => {
    await createPod('web', ['aws-iam-app-orders']);
    const results = await Promise.all([refresh(), refresh(), sweep()]);
    for (const { report } of results)
      expect(report.counts).toMatchObject({ failed: 0, refused: 0 });
    expect(await secretNames()).toEqual(['aws-iam-app-orders']);
    expect((await refresh()).report.counts).toMatchObject({ kept: 1 });
  });

  it('a check changes nothing, and returns the planned changes', async () => {
    await createPod('web', ['aws-iam-app-orders', 'aws-iam-other']);
    expect((await run(REFRESH, { pass: 'check' })).wouldDo).toMatchObject([
      { action: 'create', secret: 'aws-iam-app-orders' },
      { action: 'refuse', secret: 'aws-iam-other', reason: 'role-not-assumable' },
    ]);
    expect(await secretNames()).toEqual([]);
  });

  it('the deployed handler is the wrapped one: log lines contain the request ID, and metrics are written', async () => {
    await refresh();
    const { lines } = deployment.cloud.logs;
    expect(lines.find(({ text }) => text.includes('refresh pass'))?.text).toContain(
      `"function_request_id":"${lines[0]?.requestId}"`,
    );
    expect(lastMetrics()).toMatchObject({ service: 'refresh', Cluster: CLUSTER_NAME, PodsSeen: 0 });
  });

  it('an invalid event is an error that names the valid ones', async () => {
    await expect(run(REFRESH, { pass: 'sweep' })).rejects.toThrow(
      /PassEventError.*send {\\\\?"pass\\\\?": \\\\?"refresh/,
    );
  });
});

describe('with failures', () => {
  beforeEach(() => start());

  /** Enough pods for a list of two pages; the pod that requests a Secret is on the first. */
  async function twoPages(): Promise<void> {
    await createPod('a-web', ['aws-iam-app-orders']);
    const names = Array.from({ length: 520 }, (_, i) => `b-${i}`);
    await pMap(names, (name) => createPod(name, []), { concurrency: 8 });
  }

  const isSecondPage = ({ path, query }: { path: string; query: URLSearchParams }) =>
    path === '/api/v1/pods' && query.has('continue');

  it('with an incomplete list, a pass creates the Secrets that are known to be requested, removes nothing, and fails', async () => {
    await createSecret('aws-iam-app-old', {
      'kube-aws-iam/unused-since': '2020-01-01T00:00:00Z',
      'kube-aws-iam/expires-at': '2020-01-01T00:00:00Z',
    });
    await twoPages();
    deployment.cluster.faults.add({
      effect: { kind: 'refuse', status: 403 },
      match: isSecondPage,
      times: Number.POSITIVE_INFINITY,
    });
    await expect(sweep()).rejects.toThrow('IncompleteViewError');
    expect(await secretNames()).toEqual(['aws-iam-app-old', 'aws-iam-app-orders']);
    expect(lastMetrics()).toMatchObject({ SecretsCreated: 1, SecretsRemoved: 0 });
    deployment.cluster.faults.clear();
    expect((await sweep()).report.counts).toMatchObject({ removed: 1, kept: 1 });
  });

  it('an expired list is restarted', async () => {
    await twoPages();
    deployment.cluster.faults.add({ effect: { kind: 'expire' }, match: isSecondPage });
    expect((await sweep()).report).toMatchObject({ podsSeen: 521, counts: { created: 1 } });
  });

  it('requests are retried within the pass after 429 and 5xx', async () => {
    await createPod('web', ['aws-iam-app-orders']);
    deployment.cluster.faults.add({ effect: { kind: 'refuse', status: 503 } });
    deployment.cluster.faults.add({
      effect: { kind: 'refuse', status: 429, retryAfterSeconds: 1 },
    });
    deployment.cluster.faults.add({
      effect: { kind: 'refuse', status: 500 },
      match: ({ method }) => method === 'POST',
    });
    expect((await refresh()).report.counts).toMatchObject({ created: 1, failed: 0 });
  });

  it('connections that were lost while the function was frozen are replaced without a failure', async () => {
    await createPod('web', ['aws-iam-app-orders']);
    await refresh();
    deployment.cluster.dropConnections();
    expect((await refresh()).report.counts).toMatchObject({ kept: 1, failed: 0 });
  });

  it('the brake holds back the removal of most Secrets, until it is confirmed', async () => {
    const annotations = {
      'kube-aws-iam/expires-at': '2020-01-01T00:00:00Z',
      'kube-aws-iam/unused-since': '2020-01-01T00:00:00Z',
    };
    await Promise.all(
      Array.from({ length: 12 }, (_, i) => createSecret(`aws-iam-app-${i}`, annotations)),
    );
    const { report } = await sweep();
    expect(report.brake).toMatchObject({ heldBack: 12, managed: 12 });
    expect(lastMetrics()).toMatchObject({ RemovalBraked: 1 });
    const confirmed = await run(SWEEP, { pass: 'sweep', confirm: true });
    expect(confirmed.report.counts).toMatchObject({ removed: 12 });
    expect(lastMetrics()).toMatchObject({ RemovalBraked: 0 });
  });

  it('an outage of STS keeps the Secrets, is visible in the metrics, and recovers by itself', async () => {
    await createPod('web', ['aws-iam-app-orders']);
    await refresh();
    const before = (await secret('aws-iam-app-orders')).data;
    deployment.clock.advance(40 * 60);
    const removeFault = deployment.cloud.sts.faults.add({
      effect: { kind: 'error', status: 503, code: 'ServiceUnavailable', message: 'down' },
      match: ({ action }) => action === 'AssumeRole',
      times: Number.POSITIVE_INFINITY,
    });
    expect((await refresh()).report).toMatchObject({ counts: { failed: 1 }, renewalsOverdue: 1 });
    expect(lastMetrics()).toMatchObject({ SecretsFailed: 1, RenewalsOverdue: 1 });
    expect((await secret('aws-iam-app-orders')).data).toEqual(before);
    removeFault();
    expect((await refresh()).report).toMatchObject({ counts: { renewed: 1 }, renewalsOverdue: 0 });
  });

  it('the SDK retries calls that STS throttles', async () => {
    await createPod('web', ['aws-iam-app-orders']);
    deployment.cloud.sts.faults.add({
      effect: STS_THROTTLING,
      match: ({ action }) => action === 'AssumeRole',
    });
    expect((await refresh()).report.counts).toMatchObject({ created: 1, failed: 0 });
  });

  it('writes credentials only to the Secret', async () => {
    await createPod('web', ['aws-iam-app-orders', 'aws-iam-app-locked']);
    deployment.cloud.sts.faults.add({
      effect: {
        kind: 'garbage',
        body: '<AssumeRoleResponse><SecretAccessKey>marked-secret</oops>',
      },
      match: ({ action }) => action === 'AssumeRole',
    });
    await refresh();
    deployment.clock.advance(40 * 60);
    deployment.cluster.faults.add({
      effect: { kind: 'refuse', status: 422 },
      match: ({ method }) => method === 'PATCH',
    });
    await refresh();
    await refresh();
    deployment.cluster.faults.add({ effect: { kind: 'refuse', status: 403 }, times: 3 });
    await expect(refresh()).rejects.toThrow('IncompleteViewError');
    const { data = {} } = await secret('aws-iam-app-orders');
    const json = JSON.parse(Buffer.from(data['credentials.json'] ?? '', 'base64').toString());
    const log = deployment.cloud.logs.lines.map(({ text }) => text).join('\n');
    expect(log).toContain('failed Secret');
    for (const value of [json.AccessKeyId, json.SecretAccessKey, json.SessionToken]) {
      expect(log).not.toContain(value);
    }
    expect(log).not.toMatch(/marked-secret|k8s-aws-v1|X-Amz-Signature|Bearer/);
  });
});

describe('with a wrong setup', () => {
  it('a cluster without access entries is an error with the remedy', async () => {
    await start();
    const { url: endpoint, caPem } = deployment.cluster;
    deployment.cloud.eks.addCluster({
      name: CLUSTER_NAME,
      endpoint,
      caPem,
      authenticationMode: 'CONFIG_MAP',
    });
    await expect(refresh()).rejects.toThrow(
      /ClusterSetupError.*authenticationMode=API_AND_CONFIG_MAP/,
    );
  });

  it('a private API server is an error that names the settings and the security group', async () => {
    await start();
    const { url: endpoint, caPem } = deployment.cluster;
    await deployment.cluster.stop();
    deployment.cloud.eks.addCluster({
      name: CLUSTER_NAME,
      endpoint,
      caPem,
      vpcConfig: {
        vpcId: 'vpc-0123456789abcdef0',
        clusterSecurityGroupId: 'sg-0123456789abcdef0',
        endpointPublicAccess: false,
        endpointPrivateAccess: true,
        publicAccessCidrs: [],
      },
    });
    const message =
      /ClusterUnreachableError.*endpoint is private.*outside of any VPC\. Set \W*vpc\W* in cdk\.json to .* in vpc-0123456789abcdef0.*cluster security group sg-0123456789abcdef0/;
    await expect(refresh()).rejects.toThrow(message);
    await expect(run(REFRESH, { pass: 'check' })).rejects.toThrow(message);
  });

  it('a cluster without the chart is an error that names the chart', async () => {
    await start();
    await deployment.cluster.stop();
    const cluster = await startEmbeddedCluster({
      clock: deployment.clock,
      authenticate: deployment.cloud.authenticateToken(CLUSTER_NAME),
    });
    const { url: endpoint, caPem } = cluster;
    deployment.cloud.eks.addCluster({ name: CLUSTER_NAME, endpoint, caPem });
    try {
      await expect(refresh()).rejects.toThrow(/chart/);
    } finally {
      await cluster.stop();
    }
  });

  it('only the configured namespaces are observed, for pods and for Secrets', async () => {
    await start({ namespaces: ['shop'] });
    await allow('bank', '["app-*"]');
    await createPod('web', ['aws-iam-app-orders']);
    await createPod('ledger', ['aws-iam-app-orders'], 'bank');
    expect((await refresh()).report.counts).toMatchObject({ created: 1 });
    expect(await secretNames('bank')).toEqual([]);
    const listed = deployment.cluster.log.requests.map(({ path }) => path);
    expect(listed).not.toContain('/api/v1/pods');
    expect(listed).not.toContain('/api/v1/secrets');
  });
});
