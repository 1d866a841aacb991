import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { MOUNT_PATH } from '../../../contract/secret.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const SCRIPT = join(import.meta.dirname, 'container-root.sh');

/** Root needs a mount namespace; anybody else becomes root in a user namespace first. */
const UNSHARE = [
  'unshare',
  '--mount',
  ...(process.getuid?.() === 0 ? [] : ['--map-root-user']),
] as const;

/** A command that answers each line of its input with one of its output. */
export type ReaderCommand = readonly [string, ...string[]];

/** A process that reads the credentials at the mount path, by itself and with nobody's help. */
export interface Reader {
  /** Has it ask AWS who it is, and returns the ARN or the SDK's error. */
  whoAmI(): Promise<string>;
  /** How many times it has run `cat` since this was last asked. */
  catsRun(): Promise<number>;
  stop(): Promise<void>;
}

/** Whether a command can be run here in a root folder with a mount path; it cannot where user namespaces are forbidden. */
export function containerRootsWork(): boolean {
  const [command, ...parameters] = UNSHARE;
  const folder = mkdtempSync(join(tmpdir(), 'container-root-'));
  const [root, mounted] = [join(folder, 'root'), join(folder, 'mounted')];
  for (const each of [root, mounted]) mkdirSync(each);
  const script = [SCRIPT, root, mounted, MOUNT_PATH, 'test', '-d', MOUNT_PATH];
  const works = spawnSync(command, [...parameters, 'sh', ...script]).status === 0;
  rmSync(folder, { recursive: true });
  return works;
}

/** Whether a command runs here and ends well. */
export function runs(command: string, ...parameters: readonly string[]): boolean {
  return spawnSync(command, parameters, { stdio: 'ignore' }).status === 0;
}

/** What a reader finds around itself. */
export interface ReaderSurroundings {
  /** Where the kubelet keeps the volume. */
  readonly mounted: string;
  /** Which of the files the SDK is pointed to. */
  readonly file: 'credentials' | 'credentials.process';
  /** The embedded STS, which the SDK is sent to. */
  readonly stsUrl: string;
  readonly region: string;
}

/**
 * Starts a reader with a mounted volume at the mount path, as in a container, and the environment that the README gives a
 * pod. `cat` is this machine's, behind one that counts.
 */
export async function startReader(
  reader: ReaderCommand,
  { mounted, file, stsUrl, region }: ReaderSurroundings,
): Promise<Reader> {
  const [command, ...parameters] = UNSHARE;
  const { bin, count } = await countingCat();
  const script = [SCRIPT, temporaryFolder(), mounted, MOUNT_PATH, ...reader];
  const child = spawn(command, [...parameters, 'sh', ...script], {
    env: {
      PATH: `${bin}:${process.env['PATH']}`,
      HOME: temporaryFolder(),
      AWS_REGION: region,
      // The name that the CLI and boto3 know.
      AWS_DEFAULT_REGION: region,
      AWS_SHARED_CREDENTIALS_FILE: `${MOUNT_PATH}/${file}`,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL_STS: stsUrl,
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let counted = 0;
  return {
    async whoAmI() {
      child.stdin.write('\n');
      const line = await lines.next();
      if (line.done) throw new Error(`${reader[0]} ended`);
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

/** A `cat` that leaves a byte in a file each time it has run. */
async function countingCat() {
  const folder = temporaryFolder();
  const [bin, count] = [join(folder, 'bin'), join(folder, 'count')];
  await mkdir(bin);
  await writeFile(count, '');
  const script = `#!/bin/sh\n/bin/cat "$@"\nstatus=$?\nprintf . >> '${count}'\nexit $status\n`;
  await writeFile(join(bin, 'cat'), script, { mode: 0o755 });
  return { bin, count };
}
