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
 * Updates the files of a folder atomically, like the real kubelet: the files are in a new folder, the link `..data` to it
 * is replaced by a rename, and the names that a pod opens are links through `..data`.
 *
 * @returns whether anything changed
 */
export async function writeVolumeFiles(
  folder: string,
  files: ReadonlyMap<string, VolumeFile>,
): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  const data = join(folder, '..data');
  const old = await readlink(data).catch(() => undefined);
  if (old !== undefined && (await hasExactly(join(folder, old), files))) return false;
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

async function hasExactly(
  payload: string,
  files: ReadonlyMap<string, VolumeFile>,
): Promise<boolean> {
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
