import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { join } from 'node:path';

/** The versions, flags and cache key of the build. */
export interface Recipe {
  /** Version of Kubernetes, e.g. `1.36.3`. */
  readonly kubernetes: string;
  /** Minimum version of Go, e.g. `1.26.0`. */
  readonly go: string;
  /** Flags of every command of Go that select the versions of the modules. */
  readonly moduleFlags: readonly string[];
  /** Flags of `go build`, without the output. */
  readonly buildFlags: readonly string[];
  /** Hash of everything that determines the binary. */
  readonly key: string;
}

/** Go package with the version of Kubernetes, which the linker sets. */
const VERSION = 'k8s.io/component-base/version';

/**
 * Reads a recipe of the Go module in a folder.
 *
 * @param version - minor version of Kubernetes with a `go-<version>.mod` of its own; by default that of `go.mod`
 * @throws Error when there is no such file, or when it lacks a version
 */
export async function readRecipe(folder: string, version?: string): Promise<Recipe> {
  const modFile = version === undefined ? 'go.mod' : `go-${version}.mod`;
  await assertExists(folder, modFile);
  const sources = [modFile, modFile.replace(/mod$/, 'sum'), 'main.go'];
  const contents = await Promise.all(sources.map((name) => readFile(join(folder, name), 'utf8')));
  const [goMod = ''] = contents;
  const go = find(goMod, /^go (\S+)$/m);
  const kubernetes = find(goMod, /^\tk8s\.io\/kubernetes v(\S+)$/m);
  const [major, minor] = kubernetes.split('.');
  const stamp = `-X ${VERSION}.gitVersion=v${kubernetes} -X ${VERSION}.gitMajor=${major} -X ${VERSION}.gitMinor=${minor}`;
  // Makes the build reproducible: no paths and no commit in the binary.
  const buildFlags = ['-trimpath', '-buildvcs=false', '-ldflags', `-s -w ${stamp}`];
  const moduleFlags = version === undefined ? [] : [`-modfile=${modFile}`];
  const hash = createHash('sha256');
  hash.update(JSON.stringify([contents, buildFlags, platform(), arch()]));
  return { kubernetes, go, moduleFlags, buildFlags, key: hash.digest('hex') };
}

function find(goMod: string, line: RegExp): string {
  const found = line.exec(goMod)?.[1];
  if (found === undefined) throw new Error(`go.mod has no line that matches ${line}`);
  return found;
}

async function assertExists(folder: string, modFile: string): Promise<void> {
  const names = await readdir(folder);
  if (names.includes(modFile)) return;
  const others = names.flatMap((name) => /^go-(.+)\.mod$/.exec(name)?.[1] ?? []);
  throw new Error(
    `${folder} has no ${modFile}: omit the version, or use one of these: ${others.join(', ')}`,
  );
}
