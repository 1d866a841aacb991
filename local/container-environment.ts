import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MOUNT_PATH } from '../contract/secret.ts';

/** What stands in for a container's file system. */
export interface ContainerFiles {
  /** Where the files are that the container sees at the mount path. */
  readonly mounted: string;
  /** Which of the files the SDK is pointed to. */
  readonly file: 'credentials' | 'credentials.process';
  /** A folder for the rest. */
  readonly folder: string;
}

/**
 * The environment by which a process finds its credentials as it would in a container. There are no containers here, so
 * `cat` is one that finds the mount path in another folder: the mounted files stay as they are.
 */
export async function containerEnvironment({
  mounted,
  file,
  folder,
}: ContainerFiles): Promise<Readonly<Record<string, string>>> {
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  const cat = join(bin, 'cat');
  await writeFile(cat, `#!/bin/sh\ncommand -p cat "${mounted}\${1#${MOUNT_PATH}}"\n`);
  await chmod(cat, 0o755);
  return {
    PATH: `${bin}:/usr/bin:/bin`,
    AWS_SHARED_CREDENTIALS_FILE: join(mounted, file),
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
