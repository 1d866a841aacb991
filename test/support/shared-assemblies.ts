import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Names the folder of what was synthesized in this run of the tests, for all files of it. */
export const SHARED_ASSEMBLIES = 'TEST_SHARED_ASSEMBLIES';

/** Makes the folder before the first test file. */
export function setup(): void {
  process.env[SHARED_ASSEMBLIES] = mkdtempSync(join(tmpdir(), 'kube-aws-iam-assemblies-'));
}

/** Removes it after the last. */
export function teardown(): void {
  const folder = process.env[SHARED_ASSEMBLIES];
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}
