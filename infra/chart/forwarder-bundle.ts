import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildSync, type Metafile } from 'esbuild';

/** The forwarder as the chart carries it. */
export interface ForwarderBundle {
  /** One file of CommonJS, gzipped: the same sources give the same bytes. */
  readonly gzipped: Uint8Array;
  /** What went into it. */
  readonly metafile: Metafile;
  /** What the bundler found doubtful, with the file. */
  readonly warnings: readonly string[];
}

/**
 * What a stock Node image runs, as `node -e "$FORWARDER_BOOT" FILE`, to load the bundle from the file that is named
 * behind it. Nothing is written, so the file system may be read-only.
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
 * @param entry - the module to start with
 * @throws when a source cannot be bundled; the message names it
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
    // The image is the user's choice.
    target: 'node22',
    mainFields: ['module', 'main'],
    // As in tsconfig.json, whose place would otherwise decide.
    tsconfigRaw: { compilerOptions: { strict: true } },
    // Code that `vm` compiles has no loader for them; `require` does as well.
    supported: { 'dynamic-import': false },
    minify: true,
    // The log names errors.
    keepNames: true,
    metafile: true,
    // Errors are thrown with their text, and warnings handed over.
    logLevel: 'silent',
  });
  return {
    gzipped: gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }),
    metafile,
    warnings: warnings.map(({ text, location }) => `${location?.file}: ${text}`),
  };
}
