import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import type { Metafile } from 'esbuild';
import { bundleProcess } from './process-bundle.ts';

/** The code of the refresher in the cluster, as the chart contains it. */
export interface RefresherBundle {
  /** One CommonJS file, compressed with Brotli and cut into parts, each for a ConfigMap. The output is reproducible. */
  readonly parts: readonly Uint8Array[];
  /** The inputs of the bundle. */
  readonly metafile: Metafile;
  /** Warnings of esbuild, with the file. */
  readonly warnings: readonly string[];
}

/**
 * Script that loads the bundle in a stock Node image: `node -e "$REFRESHER_BOOT" PART...`. It writes nothing, so the file system
 * can be read-only.
 */
export const REFRESHER_BOOT = [
  "const parts = process.argv.slice(1).map((file) => require('node:fs').readFileSync(file));",
  "const code = require('node:zlib').brotliDecompressSync(Buffer.concat(parts)).toString();",
  "const load = require('node:vm').compileFunction(code, ['require', 'module', 'exports'], { filename: 'refresher.cjs' });",
  'const bundle = { exports: {} };',
  'load(require, bundle, bundle.exports);',
].join('\n');

/**
 * Maximum size of a part, in bytes. `kubectl apply` stores an object, in which the part is encoded as base64, in an annotation
 * of at most 262,144 bytes.
 */
export const MAX_PART_BYTES = 180_000;

/**
 * Bundles the refresher in the cluster.
 *
 * @param entry - the entry point
 * @throws if a source cannot be bundled; the message names it
 */
export function bundleRefresher(
  entry = join(import.meta.dirname, '../..', 'in-cluster', 'main.ts'),
): RefresherBundle {
  const { code, metafile, warnings } = bundleProcess(entry, 'refresher.cjs');
  const compressed = brotliCompressSync(code, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: code.length,
    },
  });
  const count = Math.ceil(compressed.length / MAX_PART_BYTES);
  return {
    parts: [...Array(count).keys()].map((i) =>
      compressed.subarray(i * MAX_PART_BYTES, (i + 1) * MAX_PART_BYTES),
    ),
    metafile,
    warnings,
  };
}
