import { type Command, Option } from 'commander';

/** How a command prints what it found. */
export interface OutputOptions {
  readonly output: 'table' | 'json';
}

/** Gives a command the option of {@link OutputOptions}. */
export function withOutputOption(command: Command): Command {
  return command.addOption(
    new Option('-o, --output <format>', 'how to print: for people, or one JSON document')
      .choices(['table', 'json'])
      .default('table'),
  );
}
