import { type Command, Option } from 'commander';

/** Output format of a command. */
export interface OutputOptions {
  readonly output: 'table' | 'json';
}

/** Adds the option of {@link OutputOptions} to a command. */
export function withOutputOption(command: Command): Command {
  return command.addOption(
    new Option('-o, --output <format>', 'output format')
      .choices(['table', 'json'])
      .default('table'),
  );
}
