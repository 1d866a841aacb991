import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildSync, type Metafile } from 'esbuild';

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
  const { outputFiles, metafile, warnings } = buildSync({
    absWorkingDir: dirname(dirname(entry)),
    entryPoints: [entry],
    outfile: join(dirname(dirname(entry)), 'forwarder.cjs'),
    write: false,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    // The oldest Node version that the chart's documentation allows for a custom image.
    target: 'node22',
    mainFields: ['module', 'main'],
    // As in tsconfig.json, which esbuild would not find for every location of the entry point.
    tsconfigRaw: { compilerOptions: { strict: true } },
    // Code compiled by `vm` has no loader for dynamic imports; esbuild replaces them by `require`.
    supported: { 'dynamic-import': false },
    minify: true,
    // Error names appear in the log.
    keepNames: true,
    metafile: true,
    // Errors are thrown and warnings are returned.
    logLevel: 'silent',
  });
  return {
    gzipped: reproducibleGzip(outputFiles[0]?.contents ?? ''),
    metafile,
    warnings: warnings.map(({ text, location }) => `${location?.file}: ${text}`),
  };
}

/** Offset of the operating system in a gzip header, and the value for "unknown" (RFC 1952, section 2.3). */
const GZIP_OS = { offset: 9, unknown: 255 };

/** Compresses without naming the operating system: otherwise, each platform has another asset hash and redeploys the chart. */
function reproducibleGzip(contents: Uint8Array | string): Uint8Array {
  const gzipped = gzipSync(contents, { level: 9 });
  gzipped[GZIP_OS.offset] = GZIP_OS.unknown;
  return gzipped;
}
