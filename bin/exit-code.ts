import { CommanderError } from 'commander';
import { printable } from '../tools/terminal/printable.ts';

/** What a process ends with: all is well, something is wrong, or it was called wrongly. */
export const EXIT = { ok: 0, wrong: 1, usage: 2 } as const;

/**
 * The exit code for an error that ended a command, after it has been told. What commander finds wrong it has told itself,
 * and help that was asked for is no error.
 */
export function exitCodeOf(error: unknown, tell: (line: string) => void): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const message = error instanceof Error ? error.message : String(error);
  // A server or a proxy may have written a part of it.
  for (const line of `error: ${message}`.split('\n')) tell(printable(line));
  return EXIT.wrong;
}
