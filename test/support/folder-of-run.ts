import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Names the folder that all files of this run of the tests write to. */
const FOLDER_OF_RUN = 'TEST_FOLDER_OF_RUN';

/** Makes the folder before the first test file. */
export function setup(): void {
  process.env[FOLDER_OF_RUN] = mkdtempSync(join(tmpdir(), 'kube-aws-iam-'));
}

/** Removes it after the last: the processes of the test files are ended without their exit handlers. */
export function teardown(): void {
  const folder = process.env[FOLDER_OF_RUN];
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}

/** The folder of this run, or of this process where no tests run, a benchmark for example. */
export function folderOfRun(): string {
  const folder = process.env[FOLDER_OF_RUN];
  if (folder !== undefined) return folder;
  process.once('exit', teardown);
  setup();
  return folderOfRun();
}
