import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { endWithNpm, removeWithParent } from '../../tools/processes/end-with-parent.ts';

/** Names the folder that all files of a test run write to. */
const VARIABLE = 'TEST_RUN_FOLDER';

/** Creates the folder before the first test file. vitest calls this once for each of its projects. */
export function setup(): void {
  if (process.env[VARIABLE] !== undefined) return;
  const folder = mkdtempSync(join(tmpdir(), 'kube-aws-iam-'));
  process.env[VARIABLE] = folder;
  removeWithParent(folder);
  endWithNpm();
  // Processes that the tests start compile the same modules.
  process.env['NODE_COMPILE_CACHE'] ??= join(folder, 'compile-cache');
}

/** Removes it after the last test file, as processes of test files end without their exit handlers. */
export function teardown(): void {
  const folder = process.env[VARIABLE];
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}

/** Returns the folder of the test run, or one for this process outside a test run, such as in a benchmark. */
export function runFolder(): string {
  const folder = process.env[VARIABLE];
  if (folder !== undefined) return folder;
  process.once('exit', teardown);
  setup();
  return runFolder();
}

/**
 * Makes the contents of a folder once in a test run, for all files and workers that name the same key.
 *
 * @param key - path of the folder inside the run's folder
 * @param make - writes the contents into the folder that it receives
 */
export async function sharedFolder(
  key: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(runFolder(), key);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const unfinished = `${folder}.${process.pid}`;
  await make(unfinished);
  // Another worker may have finished first.
  await rename(unfinished, folder).catch((error: unknown) => {
    if (!existsSync(folder)) throw error;
  });
  return folder;
}
