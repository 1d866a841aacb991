import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';

/** Asks the user a yes/no question. */
export type Confirm = (question: string) => Promise<boolean>;

/** Streams for question and answer. */
export interface PromptStreams {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

/**
 * Creates the confirmation prompt of a command. With `--yes` it confirms without asking; without a terminal, `--yes` is
 * required, and the command ends with a usage error before it does anything.
 */
export function createConfirm(
  command: Command,
  isConfirmed: boolean,
  { input, output }: PromptStreams = { input: process.stdin, output: process.stderr },
): Confirm {
  if (isConfirmed) return async () => true;
  if (!input.isTTY || !output.isTTY) {
    return command.error('error: no terminal to ask for confirmation: use --yes');
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
