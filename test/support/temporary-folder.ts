import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { runFolder } from './run-folder.ts';

/** A new folder that is gone when the tests, or the benchmark, are over. */
export function temporaryFolder(): string {
  return mkdtempSync(join(runFolder(), 'out-'));
}
