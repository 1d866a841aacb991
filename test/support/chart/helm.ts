import { loadAllYaml } from '@kubernetes/client-node';
import { forwarderCode, writeChart } from '../../../infra/chart/chart-files.ts';
import type { ChartValues } from '../../../infra/chart/chart-values.ts';
import { helm } from '../../../local/helm.ts';
import { temporaryFolder } from '../temporary-folder.ts';

export { CHART_FOLDER } from '../../../infra/chart/chart-files.ts';
export { helm } from '../../../local/helm.ts';

/** The values that the chart has no defaults for. */
export const REQUIRED_VALUES: Readonly<Record<string, unknown>> = {
  'forwarder.region': 'eu-central-1',
  'forwarder.eventBusName': 'kube-aws-iam-test',
  'forwarder.credentials': {
    source: 'secret',
    roleName: 'kube-aws-iam-forwarder-eu-central-1-test',
  } satisfies ChartValues['forwarder']['credentials'],
};

/** A rendered manifest, with the fields that tests use. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

let made: string | undefined;

/** Returns the folder of the complete chart, written once in each worker. */
export function madeChart(): string {
  made ??= makeChart();
  return made;
}

/** Writes the complete chart to a new folder, with other code of the forwarder if given. */
export function makeChart(forwarder?: Uint8Array): string {
  const folder = temporaryFolder();
  writeChart(folder, forwarderCode(forwarder));
  return folder;
}

/** Returns the parameters of Helm that set `values`; the keys are paths such as `forwarder.region`. */
export function setting(values: object): readonly string[] {
  return Object.entries(values).flatMap(([path, value]) => [
    '--set-json',
    `${path}=${JSON.stringify(value)}`,
  ]);
}

/** Runs `helm template` with the required values and `values`, and returns the YAML. */
export function renderYaml(values: object = {}, chart: string = madeChart()): Promise<string> {
  return helm('template', 'kube-aws-iam', chart, ...setting({ ...REQUIRED_VALUES, ...values }));
}

/** Renders the manifests that an installation with the required values and `values` applies. */
export async function renderChart(
  values: object = {},
  chart: string = madeChart(),
): Promise<readonly Manifest[]> {
  const yaml = await renderYaml(values, chart);
  return loadAllYaml(yaml).filter((manifest) => manifest !== null);
}

/** Returns the manifest of a kind with this name. @throws {Error} if there is none */
export function manifestNamed(
  manifests: readonly Manifest[],
  kind: string,
  name: string,
): Manifest {
  const found = manifests.find((one) => one.kind === kind && one.metadata.name === name);
  if (found === undefined) throw new Error(`the chart has no ${kind} ${name}`);
  return found;
}
