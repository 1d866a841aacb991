import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { MOUNT_PATH } from '../../../contract/kubernetes/secret.ts';
import { REGION } from '../../../local/installation/installation.ts';
import { endWithParent } from '../../../tools/processes/end-with-parent.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const SCRIPT = join(import.meta.dirname, 'container-root.sh');

/** Runs a command in a mount namespace. Users other than root also need a user namespace. */
const UNSHARE = [
  'unshare',
  '--mount',
  ...(process.getuid?.() === 0 ? [] : ['--map-root-user']),
] as const;

/** A command that writes one line of output for each line of input. */
export type ReaderCommand = readonly [string, ...string[]];

/** A process that reads the credentials at the mount path with the default settings of its SDK. */
export interface Reader {
  /** Calls GetCallerIdentity in the process. Returns the ARN or the error of the SDK. */
  whoAmI(): Promise<string>;
  /** Returns how often the process has run `cat` since the last call. */
  catsRun(): Promise<number>;
  stop(): Promise<void>;
}

/** Whether a command can run with its own root folder and mounts, which requires user namespaces. */
export function containerRootsWork(): boolean {
  const [command, ...parameters] = UNSHARE;
  const folder = mkdtempSync(join(tmpdir(), 'container-root-'));
  const [root, mounted] = [join(folder, 'root'), join(folder, 'mounted')];
  for (const each of [root, mounted]) mkdirSync(each);
  const script = [SCRIPT, root, mounted, MOUNT_PATH, '--', 'test', '-d', MOUNT_PATH];
  const works = spawnSync(command, [...parameters, 'sh', ...script]).status === 0;
  rmSync(folder, { recursive: true });
  return works;
}

/** The volumes and environment of a reader. */
export interface ReaderEnvironment {
  /** Folders of the volumes by mount path. */
  readonly volumes: Readonly<Record<string, string>>;
  /** Path of the file in the variables that name a credentials file. */
  readonly file: string;
  /** @default - the profile `default` */
  readonly profile?: string;
  /** Endpoint of the embedded STS. */
  readonly stsUrl: string;
}

/**
 * Starts a reader with the volumes at their mount paths, as in a container, and the environment variables of the README.
 * `cat` is replaced by a script that counts its runs.
 */
export async function startReader(
  reader: ReaderCommand,
  { volumes, file, profile, stsUrl }: ReaderEnvironment,
): Promise<Reader> {
  const [command, ...parameters] = UNSHARE;
  const { bin, count } = await countingCat();
  const mounts = Object.entries(volumes).flatMap(([path, folder]) => [folder, path]);
  const script = [SCRIPT, temporaryFolder(), ...mounts, '--', ...reader];
  const child = endWithParent(() =>
    spawn(command, [...parameters, 'sh', ...script], {
      // It starts the reader, which starts shells.
      detached: true,
      env: {
        PATH: `${bin}:${process.env['PATH']}`,
        HOME: temporaryFolder(),
        AWS_REGION: REGION,
        // For the CLI and boto3.
        AWS_DEFAULT_REGION: REGION,
        AWS_SHARED_CREDENTIALS_FILE: file,
        // For version 1 of the SDK for Java.
        AWS_CREDENTIAL_PROFILES_FILE: file,
        ...(profile === undefined ? {} : { AWS_PROFILE: profile }),
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_ENDPOINT_URL_STS: stsUrl,
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  );
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let counted = 0;
  return {
    async whoAmI() {
      child.stdin.write('\n');
      const line = await lines.next();
      if (line.done) throw new Error(`${reader[0]} exited`);
      return line.value.trim();
    },
    async catsRun() {
      const before = counted;
      counted = (await readFile(count, 'utf8')).length;
      return counted - before;
    },
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

/** Creates a `cat` that appends a byte to a file on each run. */
async function countingCat() {
  const folder = temporaryFolder();
  const [bin, count] = [join(folder, 'bin'), join(folder, 'count')];
  await mkdir(bin);
  await writeFile(count, '');
  const script = `#!/bin/sh\n/bin/cat "$@"\nstatus=$?\nprintf . >> '${count}'\nexit $status\n`;
  await writeFile(join(bin, 'cat'), script, { mode: 0o755 });
  return { bin, count };
}
