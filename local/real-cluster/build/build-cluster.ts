import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrintDetail, Terminal } from '../../../tools/terminal/terminal.ts';
import { COMPONENTS } from '../components.ts';
import { type Recipe, readRecipe } from './recipe.ts';
import { isGoMissing, runGo } from './run-go.ts';

interface ClusterBuild {
  /** Folder of the Go module. */
  readonly sources: string;
  /** Minor version of Kubernetes, if it is not that of `go.mod`. */
  readonly version?: string | undefined;
  /** Output folder for the binary, and for links to it with the names of the components. */
  readonly into: string;
  readonly terminal: Terminal;
}

const BINARY = 'kubernetes';
const LINKS = [...COMPONENTS, 'kubectl'];

/**
 * Builds the binary that contains all components, unless the existing one was built from the same sources.
 *
 * @throws Error when Go is not installed or fails; an existing binary remains
 */
export async function buildCluster(build: ClusterBuild): Promise<void> {
  const { sources, version, into, terminal } = build;
  const recipe = await readRecipe(sources, version);
  const keyFile = join(into, `${BINARY}.key`);
  const builtKey = await readFile(keyFile, 'utf8').catch(() => undefined);
  if (builtKey === recipe.key && existsSync(join(into, BINARY))) {
    terminal.line(`Kubernetes ${recipe.kubernetes} is already in ${into}`);
    return;
  }
  const packages = await terminal.step('Download the Go modules', () =>
    listPackages(build, recipe),
  );
  await mkdir(into, { recursive: true });
  // Built next to the existing binary, which stays usable until the build succeeds.
  const unfinished = join(into, `${BINARY}.unfinished`);
  const title = `Compile Kubernetes ${recipe.kubernetes} (the first time about ten minutes on two cores)`;
  await terminal.step(title, async (print) => {
    await runGo(
      ['build', '-v', ...recipe.moduleFlags, ...recipe.buildFlags, '-o', unfinished, '.'],
      {
        folder: sources,
        onProgress: reportTenths(packages, print),
      },
    );
  });
  await rm(keyFile, { force: true });
  await rename(unfinished, join(into, BINARY));
  for (const name of LINKS) {
    await rm(join(into, name), { force: true });
    await symlink(BINARY, join(into, name));
  }
  await writeFile(keyFile, recipe.key);
  terminal.line(`Kubernetes ${recipe.kubernetes} is built in ${into}`);
}

/** Counts the packages of the binary, which downloads them. */
async function listPackages(
  { sources }: ClusterBuild,
  { go, moduleFlags }: Recipe,
): Promise<number> {
  try {
    return (await runGo(['list', '-deps', ...moduleFlags, '.'], { folder: sources })).length;
  } catch (error) {
    if (!isGoMissing(error)) throw error;
    throw new Error(`Go is not installed: install Go ${go} or later from https://go.dev/dl/`);
  }
}

/** Prints progress after each tenth of the packages. Go reports each package that it compiles, but not cached ones. */
function reportTenths(packages: number, print: PrintDetail): () => void {
  let compiled = 0;
  return () => {
    const before = compiled++;
    const tenthsOf = (count: number) => Math.floor((count / packages) * 10);
    if (tenthsOf(compiled) > tenthsOf(before)) print(`${compiled} of ${packages} packages`);
  };
}
