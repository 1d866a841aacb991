import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { baseRoleArnOf, clusterRoles } from '../../../infra/access/cluster-roles.ts';
import { writeClusterChart } from '../../../infra/chart/chart-files.ts';
import {
  type ChartValues,
  chartValues,
  type InClusterChartValues,
  inClusterChartValues,
} from '../../../infra/chart/chart-values.ts';
import { functionsEnvironment } from '../../../infra/functions/functions-environment.ts';
import type { ClusterSettings } from '../../../infra/settings/cluster-settings.ts';
import { canRunLayerBinaries, layerBinary } from '../../../tools/helm/layer-binary.ts';
import { printable } from '../../../tools/terminal/printable.ts';
import { quotePath } from '../../../tools/terminal/shell-quote.ts';
import { partitionOf } from '../../aws/partition-of.ts';
import { readCdkJson } from '../../cluster/cdk-json.ts';
import { cdkDefaults, configuredAccount, resolveRegion } from '../../cluster/region-and-account.ts';
import type { ClusterOptions } from '../../options/cluster-options.ts';

export interface ManifestsOptions extends ClusterOptions {
  /** Folder to write the chart to, instead of rendering it. */
  readonly chart?: string;
}

/** Name of the Helm release; it appears in labels. */
const RELEASE = 'kube-aws-iam';

/** In bytes. The rendered chart has about 250 KB, with the forwarder's code. */
const MAX_OUTPUT_BYTES = 16_777_216;

/**
 * Prints the manifests that `cdk deploy` would install, or writes them as a chart with its values.
 *
 * @throws {SettingsError} when the settings are invalid
 */
export async function printManifests(options: ManifestsOptions): Promise<void> {
  const settings = readCdkJson(options);
  const region = await resolveRegion(settings, options, cdkDefaults);
  const values = valuesOf(settings, region, options);
  if (options.chart !== undefined) {
    writeClusterChart(options.chart, values);
    // Without --reset-values, Helm would keep the values of an earlier installation.
    console.error(
      `Wrote the chart to ${printable(options.chart)}. Install or upgrade it with:\n  helm upgrade ${RELEASE} ${quotePath(options.chart)} --install --namespace kube-aws-iam --create-namespace --reset-values`,
    );
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'kube-aws-iam-'));
  try {
    writeClusterChart(folder, values);
    process.stdout.write(await render(folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function valuesOf(
  settings: ClusterSettings,
  region: string,
  options: ClusterOptions,
): ChartValues | InClusterChartValues {
  if (settings.runsIn === 'lambda') {
    return chartValues(settings, region, baseRoleArnIn(region, settings, options));
  }
  const account = configuredAccount(settings, options);
  if (account === undefined) {
    throw new Error(
      `the Deployment of cluster "${settings.clusterName}" needs its account: use --account, or set "account" in cdk.json`,
    );
  }
  const location = { partition: partitionOf(region), account, region };
  const roles = clusterRoles(settings, location);
  const toJson = (value: unknown) => JSON.stringify(value);
  const environment = functionsEnvironment({ settings, location, roles, toJson });
  return inClusterChartValues(settings, region, roles, environment);
}

/** The base role ARN of the stack. Only pod injection uses it; otherwise it may be empty. */
function baseRoleArnIn(region: string, settings: ClusterSettings, options: ClusterOptions): string {
  const { baseRoleArn, clusterName, podInjection } = settings;
  const account = configuredAccount(settings, options);
  if (!podInjection || baseRoleArn !== undefined) return baseRoleArn ?? '';
  if (account !== undefined) return baseRoleArnOf(settings, partitionOf(region), account);
  throw new Error(
    `podInjection needs the account of cluster "${clusterName}": use --account, or set "account" or "baseRoleArn" in cdk.json`,
  );
}

/** Renders with the Helm of a deployment if it runs on this machine, else with the installed one. */
async function render(folder: string): Promise<string> {
  const helm = canRunLayerBinaries() ? await layerBinary('helm') : 'helm';
  try {
    const { stdout } = await promisify(execFile)(helm, ['template', RELEASE, folder], {
      maxBuffer: MAX_OUTPUT_BYTES,
    });
    return stdout;
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause;
    throw new Error(
      'helm is not installed: install it (https://helm.sh), or use --chart FOLDER and render the chart elsewhere',
      { cause },
    );
  }
}
