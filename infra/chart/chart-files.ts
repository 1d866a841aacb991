import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleForwarder, FORWARDER_BOOT } from './forwarder-bundle.ts';

/** The chart's sources; what is bundled is missing in them. */
export const CHART_FOLDER = join(import.meta.dirname, 'kube-aws-iam');

/**
 * Makes the whole chart in a folder: its sources, the forwarder as `files/forwarder.cjs.gz`, and as `files/boot.cjs` what
 * loads it. The same sources give the same bytes.
 *
 * @param forwarder - the gzipped code; bundled from source when it is left out
 * @throws when a source of the forwarder cannot be bundled, or the folder cannot be written
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
