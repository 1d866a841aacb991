import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrintDetail, Terminal } from '../../../tools/terminal/terminal.ts';
import { COMPONENTS } from '../components.ts';
import { type Recipe, readRecipe } from './recipe.ts';
import { isGoMissing, runGo } from './run-go.ts';

/** What is built, and where to. */
export interface ClusterBuild {
  /** The folder of the Go module. */
  readonly sources: string;
  /** The folder that the binary is put into, with links to it by the names of its parts. */
  readonly into: string;
  readonly terminal: Terminal;
}

/** The binary, and everything that it can be called by. */
const BINARY = 'kubernetes';
const LINKS = [...COMPONENTS, 'kubectl'];

/**
 * Builds the binary that is a whole cluster, unless the one that is there was built from the same sources.
 *
 * @throws when there is no Go, or it fails; what was there before stays
 */
export async function buildCluster(build: ClusterBuild): Promise<void> {
  const { sources, into, terminal } = build;
  const recipe = await readRecipe(sources);
  const keyFile = join(into, `${BINARY}.key`);
  const builtKey = await readFile(keyFile, 'utf8').catch(() => undefined);
  if (builtKey === recipe.key && existsSync(join(into, BINARY))) {
    terminal.line(`Kubernetes ${recipe.kubernetes} is there, in ${into}`);
    return;
  }
  const packages = await terminal.step('Download the Go modules', () =>
    listPackages(build, recipe),
  );
  await mkdir(into, { recursive: true });
  // Beside the other until it is whole: who runs a cluster meanwhile, or ends this, keeps one that works.
  const unfinished = join(into, `${BINARY}.unfinished`);
  const title = `Compile Kubernetes ${recipe.kubernetes}: ten minutes on two cores the first time`;
  await terminal.step(title, async (say) => {
    await runGo(['build', '-v', ...recipe.buildFlags, '-o', unfinished, '.'], {
      folder: sources,
      onProgress: tellTenths(packages, say),
    });
  });
  await rm(keyFile, { force: true });
  await rename(unfinished, join(into, BINARY));
  for (const name of LINKS) {
    await rm(join(into, name), { force: true });
    await symlink(BINARY, join(into, name));
  }
  await writeFile(keyFile, recipe.key);
  terminal.line(`Kubernetes ${recipe.kubernetes} is built, in ${into}`);
}

/** How many packages the binary has. To list them Go has to have them. */
async function listPackages({ sources }: ClusterBuild, { go }: Recipe): Promise<number> {
  try {
    return (await runGo(['list', '-deps', '.'], { folder: sources })).length;
  } catch (error) {
    if (!isGoMissing(error)) throw error;
    throw new Error(`there is no Go: install ${go} or later from https://go.dev/dl/`);
  }
}

/** Says how far Go is, ten times. It names each package that it compiles, and none that it has from an earlier time. */
function tellTenths(packages: number, say: PrintDetail): () => void {
  let compiled = 0;
  return () => {
    const before = compiled++;
    const tenthsOf = (count: number) => Math.floor((count / packages) * 10);
    if (tenthsOf(compiled) > tenthsOf(before)) say(`${compiled} of ${packages} packages`);
  };
}
