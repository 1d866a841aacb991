import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FORWARDER_SERVICE_ACCOUNT, PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import { apiClient } from '../../local/api-client.ts';
import { installedMinorVersion } from '../../local/real-cluster/components.ts';
import { type RealCluster, startRealCluster } from '../../local/real-cluster/real-cluster.ts';
import { waitUntil } from '../../local/wait-until.ts';
import {
  awsIamRoleDefinition,
  awsIamRoles,
  DEFINITION_FILE,
  DEFINITION_NAME,
  DEFINITIONS,
  HEADER,
} from '../support/chart/awsiamrole-definition.ts';
import { type ChartCluster, chartCluster } from '../support/chart/chart-cluster.ts';
import { CHART_FOLDER, helm, makeChart, REQUIRED_VALUES, setting } from '../support/chart/helm.ts';
import { describeChartOnRealCluster } from '../support/describe-real-cluster.ts';

const CONFIG_MAP = `/api/v1/namespaces/${PRODUCT_NAMESPACE}/configmaps/${FORWARDER_SERVICE_ACCOUNT}`;
const NAMESPACE = `/api/v1/namespaces/${PRODUCT_NAMESPACE}`;
/** Maximum size of the forwarder's code, in bytes. Random bytes do not compress, so Helm's release Secret has its maximum size. */
const MAX_CODE_BYTES = 180_000;

/** A CRD like that of Zalando's controller: without conditions. */
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

/** The chart's CRD without printer columns, like that of an earlier version. */
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
    ['its own namespace, which Helm creates', PRODUCT_NAMESPACE],
    ['another namespace', 'default'],
  ])(
    'is installed in, upgraded in and removed from %s, with code of the maximum size',
    async (_, namespace) => {
      for (const code of [randomBytes(MAX_CODE_BYTES), randomBytes(MAX_CODE_BYTES)]) {
        await upgrade(namespace, code);
        expect(await installed()).toEqual(codeOf(code));
      }
      await run('uninstall', '--namespace', namespace);
      expect((await cluster.admin('GET', CONFIG_MAP)).status).toBe(404);
    },
  );

  // The second part runs with the binaries of `npm run cluster:build -- 1.32` in KUBEBUILDER_ASSETS.
  it('is installed with injection by MutatingAdmissionPolicies, or says that they are missing', async () => {
    const values = setting({ ...REQUIRED_VALUES, 'injection.enabled': true });
    const chart = makeChart(Buffer.from('code'));
    const install = run(
      'upgrade',
      ...[chart, '--install', '--namespace', PRODUCT_NAMESPACE, '--create-namespace', ...values],
    );
    if ((installedMinorVersion() ?? 0) >= 36) {
      await install;
      await run('uninstall', '--namespace', PRODUCT_NAMESPACE);
    } else {
      await expect(install).rejects.toThrow(
        /injection.enabled requires Kubernetes 1.36, and this cluster has v1\.\d+\.\d+: upgrade it, or set podInjection to false/,
      );
    }
  });

  describe('the CRD of AWSIAMRoles', () => {
    const DEFINITION = `${DEFINITIONS}/${DEFINITION_NAME}`;
    const CODE = Buffer.from('code');
    const spec = awsIamRoleDefinition()['spec'] as object;
    const definition = async () => (await cluster.admin('GET', DEFINITION)).body;
    const isDefined = async (served: boolean) => {
      const api = apiClient({ ...server, token: server.adminToken });
      await waitUntil(`AWSIAMRoles to be ${served ? 'served' : 'gone'}`, async () => {
        const answer = await api.open('GET', awsIamRoles());
        await answer.text();
        return answer.status === (served ? 200 : 404) || undefined;
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

    it('is installed if there is none, and kept with all AWSIAMRoles', async () => {
      await upgrade(PRODUCT_NAMESPACE, CODE);
      await isDefined(true);
      expect((await definition())['spec']).toMatchObject(spec);
      await createRole();
      await run('uninstall', '--namespace', PRODUCT_NAMESPACE);
      expect((await cluster.admin('GET', `${awsIamRoles('default')}/orders`)).status).toBe(200);
    });

    it('is not changed if it is from elsewhere', async () => {
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

    it('is installed and upgraded with its release', async () => {
      const older = makeChart(CODE);
      writeFileSync(join(older, DEFINITION_FILE), olderDefinition());
      await upgradeTo(older, PRODUCT_NAMESPACE);
      expect((await definition())['spec']).not.toMatchObject(spec);
      await upgrade(PRODUCT_NAMESPACE, CODE);
      expect((await definition())['spec']).toMatchObject(spec);
      await cluster.admin('DELETE', DEFINITION);
      await isDefined(false);
      // Like the upgrade of a release that had no CRD.
      await upgrade(PRODUCT_NAMESPACE, Buffer.from('other'));
      await isDefined(true);
      await run('uninstall', '--namespace', PRODUCT_NAMESPACE);
      await upgradeTo(older, PRODUCT_NAMESPACE);
      expect((await definition())['spec']).not.toMatchObject(spec);
      await run('uninstall', '--namespace', PRODUCT_NAMESPACE);
    });
  });
});
