import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { folderOfRun } from './folder-of-run.ts';

/** A new folder that is gone when the tests, or the benchmark, are over. */
export function temporaryFolder(): string {
  return mkdtempSync(join(folderOfRun(), 'out-'));
}
