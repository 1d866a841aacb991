import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { ClusterSettings } from '../settings/cluster-settings.ts';
import type { ChartValues, InClusterChartValues } from './chart-values.ts';
import { bundleForwarder, FORWARDER_BOOT } from './forwarder-bundle.ts';
import { bundleRefresher, REFRESHER_BOOT } from './refresher-bundle.ts';
import { writeFiles } from './write-files.ts';

/** The sources of the chart, without the bundled files. */
export const CHART_FOLDER = join(import.meta.dirname, 'kube-aws-iam');

const VALUES_FILE = 'values.yaml';

/** Files of the chart by path that are generated from sources of the product. */
type CodeFiles = ReadonlyMap<string, string | Uint8Array>;

/** Returns the code of the forwarder and its loader. */
export function forwarderCode(gzipped: Uint8Array = bundleForwarder().gzipped): CodeFiles {
  return new Map<string, string | Uint8Array>([
    ['files/forwarder.cjs.gz', gzipped],
    ['files/boot.cjs', FORWARDER_BOOT],
  ]);
}

/** Returns the code of the refresher in the cluster, in parts, and its loader. */
export function refresherCode(parts: readonly Uint8Array[] = bundleRefresher().parts): CodeFiles {
  return new Map<string, string | Uint8Array>([
    ...parts.map((part, i) => [`files/refresher.cjs.br.${i}`, part] as const),
    ['files/boot.cjs', REFRESHER_BOOT],
  ]);
}

/** Returns the code of the process that the chart of a cluster runs. A Helm release has no room for both. */
export function codeOf({ runsIn }: Pick<ClusterSettings, 'runsIn'>): CodeFiles {
  return runsIn === 'cluster' ? refresherCode() : forwarderCode();
}

/**
 * Writes the complete chart to a folder: its sources, and the code of its process. The output is reproducible.
 *
 * @param code - by default, the forwarder, bundled from source
 * @throws if a source of the process cannot be bundled, or the folder cannot be written
 */
export function writeChart(folder: string, code: CodeFiles = forwarderCode()): void {
  writeFiles(folder, chartFiles(code));
}

/**
 * Writes the complete chart of one cluster to a folder: as {@link writeChart}, with the values of the cluster as defaults in
 * `values.yaml`. So `helm lint`, `helm template` and GitOps tools need no other values.
 *
 * @throws if the folder contains links, so that the write would change files elsewhere
 */
export function writeClusterChart(
  folder: string,
  values: ChartValues | InClusterChartValues,
): void {
  const runsIn = 'forwarder' in values ? 'lambda' : 'cluster';
  const files = chartFiles(codeOf({ runsIn }));
  const text = readFileSync(join(CHART_FOLDER, VALUES_FILE), 'utf8');
  writeFiles(folder, files.set(VALUES_FILE, setDefaults(text, values)));
}

function chartFiles(code: CodeFiles): Map<string, string | Uint8Array> {
  const sources = readdirSync(CHART_FOLDER, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return new Map<string, string | Uint8Array>([
    ...sources.map(
      (path) => [relative(CHART_FOLDER, path).replaceAll(sep, '/'), readFileSync(path)] as const,
    ),
    ...code,
  ]);
}

/**
 * Sets defaults in the text of a `values.yaml`, and keeps its comments. A key without a default is a comment: `# region:`.
 *
 * @throws if the text has no such key
 */
export function setDefaults(text: string, values: object): string {
  const lines = text.split('\n');
  const setIn = (parent: object, start: number, indent: string) => {
    const endsBlock = (line: string) => line !== '' && !line.startsWith(indent);
    for (const [key, value] of Object.entries(parent)) {
      const definesKey = new RegExp(`^${indent}(# )?${key}:`);
      const found = lines
        .slice(start)
        .findIndex((line) => definesKey.test(line) || endsBlock(line));
      const line = lines[start + found] ?? '';
      if (!definesKey.test(line)) throw new Error(`values.yaml has no key "${key}"`);
      if (line === `${indent}${key}:`) setIn(value, start + found + 1, `${indent}  `);
      // JSON is valid YAML.
      else lines[start + found] = `${indent}${key}: ${JSON.stringify(value)}`;
    }
  };
  setIn(values, 0, '');
  return lines.join('\n');
}
