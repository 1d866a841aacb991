import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { ChartValues } from './chart-values.ts';
import { bundleForwarder, FORWARDER_BOOT } from './forwarder-bundle.ts';
import { writeFiles } from './write-files.ts';

/** The sources of the chart, without the bundled files. */
export const CHART_FOLDER = join(import.meta.dirname, 'kube-aws-iam');

const VALUES_FILE = 'values.yaml';

/**
 * Writes the complete chart to a folder: its sources, the forwarder as `files/forwarder.cjs.gz`, and its loader as
 * `files/boot.cjs`. The output is reproducible.
 *
 * @param forwarder - the gzipped code; by default, it is bundled from source
 * @throws if a source of the forwarder cannot be bundled, or the folder cannot be written
 */
export function writeChart(
  folder: string,
  forwarder: Uint8Array = bundleForwarder().gzipped,
): void {
  writeFiles(folder, chartFiles(forwarder));
}

/**
 * Writes the complete chart of one cluster to a folder: as {@link writeChart}, with the values of the cluster as defaults in
 * `values.yaml`. So `helm lint`, `helm template` and GitOps tools need no other values.
 *
 * @throws if the folder contains links, so that the write would change files elsewhere
 */
export function writeClusterChart(folder: string, values: ChartValues): void {
  const files = chartFiles(bundleForwarder().gzipped);
  const text = readFileSync(join(CHART_FOLDER, VALUES_FILE), 'utf8');
  writeFiles(folder, files.set(VALUES_FILE, setDefaults(text, values)));
}

function chartFiles(forwarder: Uint8Array): Map<string, string | Uint8Array> {
  const sources = readdirSync(CHART_FOLDER, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return new Map<string, string | Uint8Array>([
    ...sources.map(
      (path) => [relative(CHART_FOLDER, path).replaceAll(sep, '/'), readFileSync(path)] as const,
    ),
    ['files/forwarder.cjs.gz', forwarder],
    ['files/boot.cjs', FORWARDER_BOOT],
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
