import { dirname, join } from 'node:path';
import { buildSync, type Metafile } from 'esbuild';

/** The code of a process in the cluster. */
interface ProcessBundle {
  /** One CommonJS file. The output is reproducible. */
  readonly code: Uint8Array;
  /** The inputs of the bundle. */
  readonly metafile: Metafile;
  /** Warnings of esbuild, with the file. */
  readonly warnings: readonly string[];
}

/**
 * Bundles a process that runs in a stock Node image.
 *
 * @param entry - the entry point
 * @param fileName - of the bundle, as in stack traces
 * @throws if a source cannot be bundled; the message names it
 */
export function bundleProcess(entry: string, fileName: string): ProcessBundle {
  const root = dirname(dirname(entry));
  const { outputFiles, metafile, warnings } = buildSync({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: join(root, fileName),
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
    code: outputFiles[0]?.contents ?? new Uint8Array(),
    metafile,
    warnings: warnings.map(({ text, location }) => `${location?.file}: ${text}`),
  };
}
