import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Metafile } from 'esbuild';
import { bundleProcess } from './process-bundle.ts';

/** The forwarder's code as the chart contains it. */
export interface ForwarderBundle {
  /** One CommonJS file, gzipped. The output is reproducible. */
  readonly gzipped: Uint8Array;
  /** The inputs of the bundle. */
  readonly metafile: Metafile;
  /** Warnings of esbuild, with the file. */
  readonly warnings: readonly string[];
}

/**
 * Script that loads the bundle in a stock Node image: `node -e "$FORWARDER_BOOT" FILE`. It writes nothing, so the file
 * system can be read-only.
 */
export const FORWARDER_BOOT = [
  "const code = require('node:zlib').gunzipSync(require('node:fs').readFileSync(process.argv[1])).toString();",
  "const load = require('node:vm').compileFunction(code, ['require', 'module', 'exports'], { filename: 'forwarder.cjs' });",
  'const bundle = { exports: {} };',
  'load(require, bundle, bundle.exports);',
].join('\n');

const ROOT = join(import.meta.dirname, '../..');

/**
 * Bundles the forwarder.
 *
 * @param entry - the entry point
 * @throws if a source cannot be bundled; the message names it
 */
export function bundleForwarder(entry = join(ROOT, 'forwarder', 'main.ts')): ForwarderBundle {
  const { code, metafile, warnings } = bundleProcess(entry, 'forwarder.cjs');
  return { gzipped: reproducibleGzip(code), metafile, warnings };
}

/** Offset of the operating system in a gzip header, and the value for "unknown" (RFC 1952, section 2.3). */
const GZIP_OS = { offset: 9, unknown: 255 };

/** Compresses without naming the operating system: otherwise, each platform has another asset hash and redeploys the chart. */
function reproducibleGzip(contents: Uint8Array | string): Uint8Array {
  const gzipped = gzipSync(contents, { level: 9 });
  gzipped[GZIP_OS.offset] = GZIP_OS.unknown;
  return gzipped;
}
