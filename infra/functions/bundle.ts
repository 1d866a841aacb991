import { dirname, join, relative } from 'node:path';
import { buildSync, type Metafile } from 'esbuild';
import { FUNCTION_NAMES } from '../names.ts';

/** The sources of the functions. */
export const FUNCTIONS_FOLDER = join(import.meta.dirname, '../../lambda');

interface BundleFile {
  /** Path relative to the deployed folder, with `/`. */
  readonly path: string;
  readonly contents: Uint8Array;
}

/** The code of the functions as it is deployed. */
export interface Bundle {
  readonly files: readonly BundleFile[];
  /** The inputs of each file, and whether they are imported statically or dynamically. */
  readonly metafile: Metafile;
  /** Warnings of esbuild, with the file. */
  readonly warnings: readonly string[];
}

/**
 * Defines `require` for CommonJS packages, which an ES module does not have. The name is long because esbuild prepends
 * the line to each output file without renaming it.
 */
const BANNER =
  "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);";

/**
 * Bundles the functions with code splitting: a file for each, such as `refresh.mjs`, and in `chunks/` what they share and
 * what they import dynamically (ADR 0001). The output is reproducible and does not depend on the location of the checkout.
 *
 * @param entryFolder - contains a module for each function, such as `refresh.ts`
 * @throws if a source cannot be bundled; the message names it
 */
export function bundleFunctions(entryFolder: string): Bundle {
  const root = dirname(entryFolder);
  // Nothing is written here. A fixed folder next to the sources keeps the paths in source maps the same everywhere.
  const outdir = join(root, 'bundle');
  const { outputFiles, metafile, warnings } = buildSync({
    absWorkingDir: root,
    entryPoints: FUNCTION_NAMES.map((name) => ({ in: join(entryFolder, `${name}.ts`), out: name })),
    outdir,
    write: false,
    bundle: true,
    splitting: true,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    banner: { js: BANNER },
    minify: true,
    // Error names appear in the log, and some code compares them.
    keepNames: true,
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    // Errors are thrown and warnings are returned.
    logLevel: 'silent',
  });
  return {
    files: outputFiles.map(({ path, contents }) => ({
      path: relative(outdir, path).replaceAll('\\', '/'),
      contents,
    })),
    metafile,
    warnings: warnings.map(({ text, location }) => `${location?.file}: ${text}`),
  };
}
