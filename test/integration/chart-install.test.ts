import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FORWARDER_SERVICE_ACCOUNT, PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import { apiClient } from '../../local/api-client.ts';
import { type RealCluster, startRealCluster } from '../../local/real-cluster/real-cluster.ts';
import { waitUntil } from '../../local/wait-until.ts';
import {
  awsIamRoleDefinition,
  awsIamRoles,
  DEFINITION_FILE,
  DEFINITION_NAME,
  DEFINITIONS,
  HEADER,
} from '../support/awsiamrole-definition.ts';
import { type ChartCluster, chartCluster } from '../support/chart-cluster.ts';
import { describeChartOnRealCluster } from '../support/describe-chart-on-real-cluster.ts';
import { CHART_FOLDER, helm, makeChart, REQUIRED_VALUES, setting } from '../support/helm.ts';

const CONFIG_MAP = `/api/v1/namespaces/${PRODUCT_NAMESPACE}/configmaps/${FORWARDER_SERVICE_ACCOUNT}`;
const NAMESPACE = `/api/v1/namespaces/${PRODUCT_NAMESPACE}`;
/** The most code that the chart is made for; it cannot be compressed, so Helm's own record of it is as large as it gets. */
const MOST_CODE = 180_000;

/** A definition as the controller of 2018 and after brings it: without conditions, and without what the chart says. */
function originalDefinition(): object {
  const spec = { type: 'object', properties: { roleReference: { type: 'string', minLength: 3 } } };
  const status = { type: 'object', properties: { roleARN: { type: 'string' } } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: DEFINITION_NAME },
    spec: {
      group: 'zalando.org',
      scope: 'Namespaced',
      names: { kind: 'AWSIAMRole', plural: 'awsiamroles', singular: 'awsiamrole' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: 'object', properties: { spec, status } } },
        },
      ],
    },
  };
}

/** The chart's definition without its columns, as an earlier chart might have had it. */
function olderDefinition(): string {
  const text = readFileSync(join(CHART_FOLDER, DEFINITION_FILE), 'utf8');
  return text.replace(/^ {6}additionalPrinterColumns:\n(?: {8}.*\n)+/m, '');
}

describeChartOnRealCluster('the chart, installed by Helm', () => {
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
    await waitUntil('the namespace to be gone', async () =>
      (await cluster.admin('GET', NAMESPACE)).status === 404 ? true : undefined,
    );
  });

  const run = (command: string, ...parameters: readonly string[]) =>
    helm(command, 'kube-aws-iam', ...parameters, '--kubeconfig', server.kubeconfigPath);
  const installed = async () => (await cluster.admin('GET', CONFIG_MAP)).body['binaryData'];
  const codeOf = (code: Buffer) => ({ 'forwarder.cjs.gz': code.toString('base64') });
  const upgradeTo = (chart: string, namespace: string) =>
    run(
      'upgrade',
      ...[chart, '--install', '--namespace', namespace, '--create-namespace'],
      ...setting(REQUIRED_VALUES),
    );
  const upgrade = (namespace: string, code: Buffer) => upgradeTo(makeChart(code), namespace);

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

  describe('the definition of AWSIAMRoles', () => {
    const DEFINITION = `${DEFINITIONS}/${DEFINITION_NAME}`;
    const CODE = Buffer.from('code');
    const spec = awsIamRoleDefinition()['spec'] as object;
    const definition = async () => (await cluster.admin('GET', DEFINITION)).body;
    const isDefined = async (wanted: boolean) => {
      const api = apiClient({ ...server, token: server.adminToken });
      await waitUntil(`AWSIAMRoles to be ${wanted ? 'served' : 'gone'}`, async () => {
        const answer = await api.open('GET', awsIamRoles());
        await answer.text();
        return answer.status === (wanted ? 200 : 404) || undefined;
      });
      await api.close();
    };
    const createRole = async () => {
      const body = { ...HEADER, metadata: { name: 'orders' }, spec: { roleReference: 'app-a' } };
      const path = awsIamRoles('default');
      expect((await cluster.admin('POST', path, body)).status).toBe(201);
    };
    beforeEach(async () => {
      await cluster.admin('DELETE', DEFINITION);
      await isDefined(false);
    });

    it('comes to a cluster that has none, and stays there with all AWSIAMRoles', async () => {
      await upgrade(PRODUCT_NAMESPACE, CODE);
      await isDefined(true);
      expect((await definition())['spec']).toMatchObject(spec);
      await createRole();
      await run('uninstall', '--namespace', PRODUCT_NAMESPACE);
      expect((await cluster.admin('GET', `${awsIamRoles('default')}/orders`)).status).toBe(200);
    });

    it('is left as it is when somebody else brought it', async () => {
      await cluster.admin('POST', DEFINITIONS, originalDefinition());
      await isDefined(true);
      await createRole();
      const before = await definition();
      for (const code of [CODE, Buffer.from('other')]) await upgrade(PRODUCT_NAMESPACE, code);
      await run('uninstall', '--namespace', PRODUCT_NAMESPACE);
      const after = await definition();
      expect(after['spec']).toEqual(before['spec']);
      expect(after.metadata).toMatchObject({ uid: before.metadata.uid, generation: 1 });
      expect((await cluster.admin('GET', `${awsIamRoles('default')}/orders`)).status).toBe(200);
    });

    it('is brought and changed by an upgrade of the release that it came with', async () => {
      const older = makeChart(CODE);
      writeFileSync(join(older, DEFINITION_FILE), olderDefinition());
      await upgradeTo(older, PRODUCT_NAMESPACE);
      expect((await definition())['spec']).not.toMatchObject(spec);
      await upgrade(PRODUCT_NAMESPACE, CODE);
      expect((await definition())['spec']).toMatchObject(spec);
      await cluster.admin('DELETE', DEFINITION);
      await isDefined(false);
      // A release from before there was a definition is in the same place.
      await upgrade(PRODUCT_NAMESPACE, Buffer.from('other'));
      await isDefined(true);
      await run('uninstall', '--namespace', PRODUCT_NAMESPACE);
      await upgradeTo(older, PRODUCT_NAMESPACE);
      expect((await definition())['spec']).not.toMatchObject(spec);
      await run('uninstall', '--namespace', PRODUCT_NAMESPACE);
    });
  });
});
