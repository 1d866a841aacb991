import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Made when it is needed: a file whose tests are all skipped runs no hook that would remove it. */
let parent: string | undefined;

const remove = () => {
  if (parent !== undefined) rmSync(parent, { recursive: true, force: true });
};

// The test runner ends its processes without their exit handlers, and a benchmark has no runner.
if (process.env['VITEST'] === undefined) process.once('exit', remove);
else (await import('vitest')).afterAll(remove);

/** A new folder that is gone when the tests of this file, or the benchmark, are over. */
export function temporaryFolder(): string {
  parent ??= mkdtempSync(join(tmpdir(), 'kube-aws-iam-'));
  return mkdtempSync(join(parent, 'out-'));
}
