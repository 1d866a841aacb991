import { randomUUID } from 'node:crypto';
import { lstatSync, mkdirSync, renameSync, rmSync, type Stats, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Contents by path, relative to a folder and with `/`. */
export type Files = ReadonlyMap<string, string | Uint8Array>;

/**
 * Writes files to a folder, which is created if it does not exist; its other files stay. Writes nothing through a link: anyone
 * who can write to the folder could redirect the write to another file of the user. The parent folders are the user's choice
 * and may be links.
 *
 * @throws if the folder, one of its subfolders or an existing file is a symbolic link or of another kind; then it has written
 * nothing, unless the folder has changed meanwhile
 */
export function writeFiles(folder: string, files: Files): void {
  // Without a slash at the end, with which a link to a folder is a folder.
  const root = resolve(folder);
  const paths = [...files.keys()].map((path) => join(root, path));
  const folders = [...new Set([root, ...paths.flatMap((path) => foldersBetween(root, path))])];
  for (const path of folders) assertKind(path, 'folder');
  for (const path of paths) assertKind(path, 'file');
  mkdirSync(dirname(root), { recursive: true });
  for (const path of folders) {
    // Without `recursive`, which accepts a link to a folder.
    if (assertKind(path, 'folder') === undefined) mkdirSync(path);
  }
  for (const [path, content] of files) replaceFile(join(root, path), content);
}

/** Replaces a file by renaming: a link that somebody has created meanwhile is replaced, and not followed. */
function replaceFile(path: string, content: string | Uint8Array): void {
  const unfinished = `${path}.${randomUUID()}`;
  try {
    writeFileSync(unfinished, content, { flag: 'wx' });
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

/** The folders between `root` and a file below it, from the outermost. */
function foldersBetween(root: string, file: string): readonly string[] {
  const parent = dirname(file);
  return parent === root ? [] : [...foldersBetween(root, parent), parent];
}

const KINDS = {
  folder: (stats: Stats) => stats.isDirectory(),
  file: (stats: Stats) => stats.isFile(),
};

/** Returns undefined if nothing has the path. @throws if it is a link or of another kind */
function assertKind(path: string, kind: keyof typeof KINDS): Stats | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined || KINDS[kind](stats)) return stats;
  const actual = stats.isSymbolicLink() ? 'a symbolic link' : `not a ${kind}`;
  throw new Error(`"${path}" is ${actual}: remove it, or choose another folder`);
}
