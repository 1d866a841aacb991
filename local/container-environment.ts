import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MOUNT_PATH } from '../contract/kubernetes/secret.ts';
import { shellQuote } from '../tools/terminal/shell-quote.ts';

/** The folders that replace a container's file system. */
export interface ContainerFiles {
  /** Folder with the files that a container has at the mount path. */
  readonly mounted: string;
  /** The file that `AWS_SHARED_CREDENTIALS_FILE` refers to. */
  readonly file: 'credentials' | 'credentials.process';
  /** Folder for temporary files. */
  readonly folder: string;
}

/**
 * Returns the environment variables with which a process finds its credentials as in a container. As the mount path does
 * not exist outside a container, `PATH` starts with a `cat` that reads from the folder instead; the mounted files remain
 * unchanged.
 */
export async function containerEnvironment({
  mounted,
  file,
  folder,
}: ContainerFiles): Promise<Readonly<Record<string, string>>> {
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  const cat = join(bin, 'cat');
  await writeFile(cat, `#!/bin/sh\ncommand -p cat ${shellQuote(mounted)}"\${1#${MOUNT_PATH}}"\n`);
  await chmod(cat, 0o755);
  return {
    PATH: `${bin}:/usr/bin:/bin`,
    AWS_SHARED_CREDENTIALS_FILE: join(mounted, file),
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
