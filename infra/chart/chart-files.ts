import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleForwarder, FORWARDER_BOOT } from './forwarder-bundle.ts';

/** The sources of the chart, without the bundled files. */
export const CHART_FOLDER = join(import.meta.dirname, 'kube-aws-iam');

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
  cpSync(CHART_FOLDER, folder, { recursive: true });
  const files = join(folder, 'files');
  mkdirSync(files, { recursive: true });
  writeFileSync(join(files, 'forwarder.cjs.gz'), forwarder);
  writeFileSync(join(files, 'boot.cjs'), FORWARDER_BOOT);
}
