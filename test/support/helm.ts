import { loadAllYaml } from '@kubernetes/client-node';
import { writeChart } from '../../infra/chart/chart-files.ts';
import type { ChartValues } from '../../infra/chart/chart-values.ts';
import { helm } from '../../local/helm.ts';
import { temporaryFolder } from './temporary-folder.ts';

export { CHART_FOLDER } from '../../infra/chart/chart-files.ts';
export { helm } from '../../local/helm.ts';

/** The values that the chart has no defaults for. */
export const REQUIRED_VALUES: Readonly<Record<string, unknown>> = {
  'forwarder.region': 'eu-central-1',
  'forwarder.eventBusName': 'kube-aws-iam-test',
  'forwarder.credentials': {
    source: 'secret',
    roleName: 'kube-aws-iam-forwarder-eu-central-1-test',
  } satisfies ChartValues['forwarder']['credentials'],
};

/** A manifest as the chart renders it, typed as far as tests navigate in one. */
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

/** The product's chart with the forwarder in it, made once for a file's tests; it is gone when they are over. */
export function madeChart(): string {
  made ??= makeChart();
  return made;
}

/** Makes a chart, with other code in place of the forwarder when it is given. */
export function makeChart(forwarder?: Uint8Array): string {
  const folder = temporaryFolder();
  writeChart(folder, forwarder);
  return folder;
}

/** Parameters of Helm that set `values`, whose keys are paths such as `forwarder.region`. */
export function setting(values: object): readonly string[] {
  return Object.entries(values).flatMap(([path, value]) => [
    '--set-json',
    `${path}=${JSON.stringify(value)}`,
  ]);
}

/** The chart as `helm template` prints it, with `values` beside those that are required. */
export function renderYaml(values: object = {}, chart: string = madeChart()): Promise<string> {
  return helm('template', 'kube-aws-iam', chart, ...setting({ ...REQUIRED_VALUES, ...values }));
}

/** The chart's manifests with `values` beside those that are required, as an installation would apply them. */
export async function renderChart(
  values: object = {},
  chart: string = madeChart(),
): Promise<readonly Manifest[]> {
  const yaml = await renderYaml(values, chart);
  return loadAllYaml(yaml).filter((manifest) => manifest !== null);
}

/** The only manifest of a kind that has the name. */
export function manifestNamed(
  manifests: readonly Manifest[],
  kind: string,
  name: string,
): Manifest {
  const found = manifests.find((one) => one.kind === kind && one.metadata.name === name);
  if (found === undefined) throw new Error(`the chart has no ${kind} ${name}`);
  return found;
}
