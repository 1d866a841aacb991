import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FOLDER = mkdtempSync(join(tmpdir(), 'kube-aws-iam-'));
const remove = () => rmSync(FOLDER, { recursive: true, force: true });

// The test runner ends its processes without their exit handlers, and a benchmark has no runner.
if (process.env['VITEST'] === undefined) process.once('exit', remove);
else (await import('vitest')).afterAll(remove);

/** A new folder that is gone when the tests of this file, or the benchmark, are over. */
export function temporaryFolder(): string {
  return mkdtempSync(join(FOLDER, 'out-'));
}
