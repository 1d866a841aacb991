import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** How Go is run. */
export interface GoCall {
  /** The module's folder. */
  readonly folder: string;
  /** Hears each line that it writes about its progress. */
  readonly onProgress?: (line: string) => void;
}

/** How much of what Go complained about is told. */
const TOLD_LINES = 10;

/** Runs Go and returns the lines of its standard output. @throws when it fails, with what it complained about */
export async function runGo(
  parameters: readonly string[],
  { folder, onProgress }: GoCall,
): Promise<readonly string[]> {
  const child = spawn('go', parameters, {
    cwd: folder,
    // Without cgo a C compiler is not needed; and a workspace around the checkout is none of ours.
    env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const lastProgress: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  createInterface({ input: child.stderr }).on('line', (line) => {
    lastProgress.push(line);
    if (lastProgress.length > TOLD_LINES) lastProgress.shift();
    onProgress?.(line);
  });
  const [code]: (number | null)[] = await once(child, 'close');
  if (code === 0) return lines;
  throw new Error(`go ${parameters[0]} ended with ${code}:\n${lastProgress.join('\n')}`);
}

/** Whether an error means that there is no Go. */
export function isGoMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
