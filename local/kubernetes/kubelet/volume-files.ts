import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { VolumeFile } from './pod-volumes.ts';

/**
 * Makes a folder hold exactly `files`, all old until one moment and all new from then on: the files are in a folder of
 * their own, the link `..data` leads there and is replaced by a rename, and what a pod opens are links through it. So
 * does the real kubelet, which is why readers of a volume see a file change under an open name.
 *
 * @returns whether anything had to change
 */
export async function writeVolumeFiles(
  folder: string,
  files: ReadonlyMap<string, VolumeFile>,
): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  const data = join(folder, '..data');
  const old = await readlink(data).catch(() => undefined);
  if (old !== undefined && (await holds(join(folder, old), files))) return false;
  const payload = await mkdtemp(join(folder, `..${new Date().toISOString().replace(/\W/g, '_')}.`));
  for (const [path, { content, mode }] of files) {
    await mkdir(dirname(join(payload, path)), { recursive: true });
    await writeFile(join(payload, path), content, { mode });
  }
  await symlink(payload.slice(folder.length + 1), join(folder, '..data_tmp'));
  await rename(join(folder, '..data_tmp'), data);
  await linkNames(folder, new Set([...files.keys()].map((path) => path.split('/')[0] ?? path)));
  if (old !== undefined) await rm(join(folder, old), { recursive: true });
  return true;
}

async function holds(payload: string, files: ReadonlyMap<string, VolumeFile>): Promise<boolean> {
  const entries = await readdir(payload, { recursive: true, withFileTypes: true });
  if (entries.filter((entry) => entry.isFile()).length !== files.size) return false;
  for (const [path, { content }] of files) {
    const present = await readFile(join(payload, path)).catch(() => undefined);
    if (!present?.equals(content)) return false;
  }
  return true;
}

async function linkNames(folder: string, names: ReadonlySet<string>): Promise<void> {
  const present = (await readdir(folder)).filter((name) => !name.startsWith('..'));
  for (const name of present) if (!names.has(name)) await rm(join(folder, name));
  for (const name of names)
    if (!present.includes(name)) await symlink(join('..data', name), join(folder, name));
}
