import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import { type RealCluster, startRealCluster } from '../../../local/real-cluster/real-cluster.ts';
import {
  helm,
  type Manifest,
  madeChart,
  REQUIRED_VALUES,
  renderChart,
  renderYaml,
  setting,
} from '../../support/chart/helm.ts';
import { kubectl } from '../../support/chart/kubectl.ts';
import { describeInjectionOnRealCluster } from '../../support/describe-real-cluster.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** Values that set every optional part of the chart. */
const ALL_VALUES = {
  namespaces: ['default', PRODUCT_NAMESPACE],
  'migration.exemptUsers': ['system:serviceaccount:velero:velero'],
  'injection.enabled': true,
  'injection.baseRoleArn': 'arn:aws:iam::123456789012:role/',
  'forwarder.podAnnotations': { 'prometheus.io/scrape': 'true' },
  'forwarder.imagePullSecrets': [{ name: 'registry' }],
  'forwarder.priorityClassName': 'system-cluster-critical',
  'forwarder.tolerations': [{ key: 'dedicated', operator: 'Exists' }],
  'forwarder.topologySpreadConstraints': [
    { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' },
  ],
};

/** Writes the rendered chart to a file. */
async function manifestFile(values: object): Promise<string> {
  const file = join(temporaryFolder(), 'chart.yaml');
  writeFileSync(file, await renderYaml(values));
  return file;
}

/** Ways to install the chart, and to upgrade it to other values. */
const INSTALLERS: Readonly<
  Record<string, (cluster: RealCluster, values: object) => Promise<void>>
> = {
  async 'kubectl apply'(cluster, values) {
    await kubectl(cluster, 'apply', '-f', await manifestFile(values));
  },
  async 'kubectl apply --server-side'(cluster, values) {
    await kubectl(cluster, 'apply', '--server-side', '-f', await manifestFile(values));
  },
  async 'helm upgrade --install'(cluster, values) {
    await helm(
      ...['upgrade', 'kube-aws-iam', madeChart(), '--install'],
      ...['--kubeconfig', cluster.kubeconfigPath],
      ...setting({ ...REQUIRED_VALUES, ...values }),
    );
  },
};

describeInjectionOnRealCluster('the chart and several field managers', () => {
  describe.each(Object.entries(INSTALLERS))('after %s', (_, install) => {
    let cluster: RealCluster;
    let manifests: readonly Manifest[];
    let file: string;
    beforeAll(async () => {
      manifests = await renderChart(ALL_VALUES);
      file = await manifestFile(ALL_VALUES);
      cluster = await startRealCluster();
      // The upgrade adds objects to those of the installation, and changes them.
      await install(cluster, {});
      await install(cluster, ALL_VALUES);
    });
    afterAll(() => cluster.stop());

    /** Applies the chart server-side, without `--force-conflicts`, and returns the result of each object. */
    const applyAs = async (manager: string) => {
      const words = ['apply', '--server-side', `--field-manager=${manager}`, '-f', file];
      const { stdout, stderr } = await kubectl(cluster, ...words);
      expect(stderr).toBe('');
      return stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[1]);
    };

    it.each(['kubectl', 'argocd-controller', 'kustomize-controller'])(
      'is applied server-side by %s without a conflict',
      async (manager) => {
        expect(await applyAs(manager)).toEqual(manifests.map(() => 'serverside-applied'));
      },
    );

    it('is installed again without a conflict', async () => {
      await install(cluster, ALL_VALUES);
    });

    it('has admission policies and bindings with exactly the fields of the manifests', async () => {
      const admission = manifests.filter(({ kind }) => kind.includes('AdmissionPolicy'));
      expect(admission).toHaveLength(8);
      for (const { kind, metadata, spec } of admission) {
        const { stdout } = await kubectl(cluster, 'get', kind, metadata.name, '--output=json');
        expect(JSON.parse(stdout).spec).toEqual(spec);
      }
    });
  });
});
