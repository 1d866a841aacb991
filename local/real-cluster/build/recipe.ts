import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { join } from 'node:path';

/** How a Go module is built. */
export interface Recipe {
  /** Of Kubernetes, for example `1.36.3`. */
  readonly kubernetes: string;
  /** The least version of Go, for example `1.26.0`. */
  readonly go: string;
  /** What `go build` gets, but for where the result goes. */
  readonly buildFlags: readonly string[];
  /** Another one for everything that makes another binary. */
  readonly key: string;
}

/** What the binary is made from. */
const SOURCES = ['go.mod', 'go.sum', 'main.go'];

/** Where Kubernetes keeps its own version, which its releases are stamped with. */
const VERSION = 'k8s.io/component-base/version';

/** Reads the recipe of the module in a folder. @throws when `go.mod` does not say what it has to */
export async function readRecipe(folder: string): Promise<Recipe> {
  const contents = await Promise.all(SOURCES.map((name) => readFile(join(folder, name), 'utf8')));
  const [goMod = ''] = contents;
  const go = find(goMod, /^go (\S+)$/m);
  const kubernetes = find(goMod, /^\tk8s\.io\/kubernetes v(\S+)$/m);
  const [major, minor] = kubernetes.split('.');
  const stamp = `-X ${VERSION}.gitVersion=v${kubernetes} -X ${VERSION}.gitMajor=${major} -X ${VERSION}.gitMinor=${minor}`;
  // The same sources give the same bytes, whatever folder and commit they are in.
  const buildFlags = ['-trimpath', '-buildvcs=false', '-ldflags', `-s -w ${stamp}`];
  const hash = createHash('sha256');
  hash.update(JSON.stringify([contents, buildFlags, platform(), arch()]));
  return { kubernetes, go, buildFlags, key: hash.digest('hex') };
}

function find(goMod: string, line: RegExp): string {
  const found = line.exec(goMod)?.[1];
  if (found === undefined) throw new Error(`go.mod has no line that is like ${line}`);
  return found;
}
