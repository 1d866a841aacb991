import { readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { sharedFolder } from '../run-folder.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** What the bundle loads from node_modules: CDK is large and finds its own files by path. */
const EXTERNAL = ['aws-cdk-lib', 'aws-cdk-lib/*', '@aws-cdk/*', 'cdk-nag', 'constructs', 'esbuild'];

/** For CommonJS packages in an ES module. */
const BANNER =
  "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);";

/**
 * Bundles the CLI, once in a test run, and returns the path of the program. It takes a third of the CPU time of the sources,
 * whose types Node.js strips in each process.
 */
export async function bundledProgram(): Promise<string> {
  const folder = await sharedFolder('cli', async (outdir) => {
    await build({
      entryPoints: [join(ROOT, 'bin/kube-aws-iam.ts')],
      outdir,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      platform: 'node',
      format: 'esm',
      external: EXTERNAL,
      banner: { js: BANNER },
      plugins: [keepSourcePaths],
      logLevel: 'error',
    });
    await symlink(join(ROOT, 'node_modules'), join(outdir, 'node_modules'));
  });
  return join(folder, 'kube-aws-iam.mjs');
}

/** Keeps the paths of the sources, by which they find other files. */
const keepSourcePaths: Plugin = {
  name: 'keep-source-paths',
  setup(building) {
    building.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const contents = source
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
        // Not in the banner that infra/functions/bundle.ts writes to its own bundles.
        .replaceAll(/(?<!OfBundle\()import\.meta\.url/g, JSON.stringify(pathToFileURL(path).href));
      return { contents, loader: 'ts' };
    });
  },
};
