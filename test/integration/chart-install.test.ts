import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FORWARDER_SERVICE_ACCOUNT, PRODUCT_NAMESPACE } from '../../lambda/contract/forwarder.ts';
import { type ChartCluster, chartCluster } from '../support/chart-cluster.ts';
import { helm, helmAvailable, makeChart, REQUIRED_VALUES, setting } from '../support/helm.ts';
import { until } from '../support/real-cluster/until.ts';
import {
  describeRealCluster,
  type RealCluster,
  startRealCluster,
} from '../support/real-cluster.ts';

const CONFIG_MAP = `/api/v1/namespaces/${PRODUCT_NAMESPACE}/configmaps/${FORWARDER_SERVICE_ACCOUNT}`;
const NAMESPACE = `/api/v1/namespaces/${PRODUCT_NAMESPACE}`;
/** The most code that the chart is made for; it cannot be compressed, so Helm's own record of it is as large as it gets. */
const MOST_CODE = 180_000;

const suite = helmAvailable()
  ? describeRealCluster
  : (title: string, tests: () => void) =>
      describe.skip(`${title} (skipped: Helm comes for Linux on x86-64 only)`, tests);

suite('the chart, installed by Helm', () => {
  let server: RealCluster;
  let cluster: ChartCluster;
  beforeAll(async () => {
    server = await startRealCluster({ controllers: true });
    cluster = chartCluster(server);
  });
  afterAll(async () => {
    await cluster.close();
    await server.stop();
  });
  beforeEach(async () => {
    await cluster.admin('DELETE', NAMESPACE);
    await until('the namespace to be gone', async () =>
      (await cluster.admin('GET', NAMESPACE)).status === 404 ? true : undefined,
    );
  });

  const run = (command: string, ...parameters: readonly string[]) =>
    helm(command, 'kube-aws-iam', ...parameters, '--kubeconfig', server.kubeconfigPath);
  const installed = async () => (await cluster.admin('GET', CONFIG_MAP)).body['binaryData'];
  const codeOf = (code: Buffer) => ({ 'forwarder.cjs.gz': code.toString('base64') });
  const upgrade = (namespace: string, code: Buffer) =>
    run(
      'upgrade',
      ...[makeChart(code), '--install', '--namespace', namespace, '--create-namespace'],
      ...setting(REQUIRED_VALUES),
    );

  it.each([
    ['its own namespace, which Helm makes', PRODUCT_NAMESPACE],
    ['another namespace', 'default'],
  ])(
    'is installed, upgraded and removed from %s, with all the code that it may have',
    async (_, namespace) => {
      for (const code of [randomBytes(MOST_CODE), randomBytes(MOST_CODE)]) {
        await upgrade(namespace, code);
        expect(await installed()).toEqual(codeOf(code));
      }
      await run('uninstall', '--namespace', namespace);
      expect((await cluster.admin('GET', CONFIG_MAP)).status).toBe(404);
    },
  );
});
