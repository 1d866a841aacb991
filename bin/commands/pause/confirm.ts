import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';

/** Asks whether to go on. */
export type Confirm = (question: string) => Promise<boolean>;

/** The streams of a terminal. */
export interface Terminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

/**
 * A question to a person on the terminal. With `--yes` nobody is asked. Where there is nobody to ask, `--yes` has to be said:
 * that is a mistake of whoever called, and ends the command before it does anything.
 */
export function confirmBy(
  command: Command,
  isSure: boolean,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Confirm {
  if (isSure) return async () => true;
  if (!input.isTTY || !output.isTTY) {
    return command.error('error: there is no terminal to ask on: say --yes');
  }
  return async (question) => {
    const lines = createInterface({ input, output });
    try {
      return /^y(?:es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
    } finally {
      lines.close();
    }
  };
}
