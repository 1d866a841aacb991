import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { endWithParent } from '../../../tools/processes/end-with-parent.ts';

interface GoOptions {
  /** Folder of the module. */
  readonly folder: string;
  /** Called with each line of standard error. */
  readonly onProgress?: (line: string) => void;
}

/** Maximum lines of standard error in an error. */
const MAX_ERROR_LINES = 10;

/** Runs Go. Returns the lines of its standard output. @throws Error with its last lines of standard error when it fails */
export async function runGo(
  parameters: readonly string[],
  { folder, onProgress }: GoOptions,
): Promise<readonly string[]> {
  const child = endWithParent(() =>
    spawn('go', parameters, {
      cwd: folder,
      // Needs no C compiler, and ignores a Go workspace around the checkout.
      env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
      stdio: ['ignore', 'pipe', 'pipe'],
      // It starts compilers.
      detached: true,
    }),
  );
  const lines: string[] = [];
  const lastProgress: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  createInterface({ input: child.stderr }).on('line', (line) => {
    lastProgress.push(line);
    if (lastProgress.length > MAX_ERROR_LINES) lastProgress.shift();
    onProgress?.(line);
  });
  const [code]: (number | null)[] = await once(child, 'close');
  if (code === 0) return lines;
  throw new Error(`go ${parameters[0]} failed with exit code ${code}:\n${lastProgress.join('\n')}`);
}

/** Whether an error means that Go is not installed. */
export function isGoMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
