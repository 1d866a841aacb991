import { CommanderError } from 'commander';
import { errorMessageOf } from '../contract/errors.ts';
import { printable } from '../tools/terminal/printable.ts';

/** Exit codes of the process: success, a problem or an error, usage error. */
export const EXIT = { ok: 0, error: 1, usage: 2 } as const;

/**
 * Prints the error that ended a command and returns the exit code. Commander prints its own errors, and uses an error
 * with exit code 0 for `--help` and `--version`.
 */
export function reportError(error: unknown, print: (line: string) => void): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const message = errorMessageOf(error);
  // The message may quote a server or a proxy.
  for (const line of `error: ${message}`.split('\n')) print(printable(line));
  return EXIT.error;
}
