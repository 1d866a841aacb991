import { dirname, join, relative } from 'node:path';
import { buildSync, type Metafile } from 'esbuild';

/** The functions of the product; each has a module of that name in the entry folder, and exports `handler`. */
export const FUNCTIONS = ['refresh', 'sweep'] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

/** A file of the bundle. */
export interface BundleFile {
  /** Relative to the folder that is deployed, with `/`. */
  readonly path: string;
  readonly contents: Uint8Array;
}

/** What is deployed, and how it came to be. */
export interface Bundle {
  readonly files: readonly BundleFile[];
  /** What each file imports, and how: statically or when asked. */
  readonly metafile: Metafile;
  /** What the bundler found doubtful, with the file. */
  readonly warnings: readonly string[];
}

/**
 * CommonJS packages call `require`, which an ES module does not have. The name is long because the line is put before
 * each output file, whose own names are short.
 */
const BANNER =
  "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);";

/**
 * Bundles both functions with code splitting: `refresh.mjs`, `sweep.mjs`, and in `chunks/` what they share and what is
 * loaded only when asked (ADR 0001). The same sources give the same bytes, wherever the checkout and the output are.
 *
 * @param entryFolder - holds `refresh.ts` and `sweep.ts`
 * @throws when a source cannot be bundled; the message names it
 */
export function bundleFunctions(entryFolder: string): Bundle {
  const root = dirname(entryFolder);
  // Nothing is written here. A fixed place beside the sources keeps the paths in the source maps the same for everybody.
  const outdir = join(root, 'bundle');
  const { outputFiles, metafile, warnings } = buildSync({
    absWorkingDir: root,
    entryPoints: FUNCTIONS.map((name) => ({ in: join(entryFolder, `${name}.ts`), out: name })),
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
    // Error names are read by people, and by code that compares them.
    keepNames: true,
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    // Errors are thrown with their text, and warnings handed over.
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
