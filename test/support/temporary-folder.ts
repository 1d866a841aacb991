import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { runFolder } from './run-folder.ts';

/** Creates a folder that is removed at the end of the test run, or of the process. */
export function temporaryFolder(): string {
  return mkdtempSync(join(runFolder(), 'out-'));
}
