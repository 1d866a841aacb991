import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { join } from 'node:path';

/** The versions, flags and cache key of the build. */
export interface Recipe {
  /** Version of Kubernetes, e.g. `1.36.3`. */
  readonly kubernetes: string;
  /** Minimum version of Go, e.g. `1.26.0`. */
  readonly go: string;
  /** Flags of `go build`, without the output. */
  readonly buildFlags: readonly string[];
  /** Hash of everything that determines the binary. */
  readonly key: string;
}

const SOURCES = ['go.mod', 'go.sum', 'main.go'];

/** Go package with the version of Kubernetes, which the linker sets. */
const VERSION = 'k8s.io/component-base/version';

/** Reads the recipe of the Go module in a folder. @throws Error when `go.mod` lacks a version */
export async function readRecipe(folder: string): Promise<Recipe> {
  const contents = await Promise.all(SOURCES.map((name) => readFile(join(folder, name), 'utf8')));
  const [goMod = ''] = contents;
  const go = find(goMod, /^go (\S+)$/m);
  const kubernetes = find(goMod, /^\tk8s\.io\/kubernetes v(\S+)$/m);
  const [major, minor] = kubernetes.split('.');
  const stamp = `-X ${VERSION}.gitVersion=v${kubernetes} -X ${VERSION}.gitMajor=${major} -X ${VERSION}.gitMinor=${minor}`;
  // Makes the build reproducible: no paths and no commit in the binary.
  const buildFlags = ['-trimpath', '-buildvcs=false', '-ldflags', `-s -w ${stamp}`];
  const hash = createHash('sha256');
  hash.update(JSON.stringify([contents, buildFlags, platform(), arch()]));
  return { kubernetes, go, buildFlags, key: hash.digest('hex') };
}

function find(goMod: string, line: RegExp): string {
  const found = line.exec(goMod)?.[1];
  if (found === undefined) throw new Error(`go.mod has no line that matches ${line}`);
  return found;
}
