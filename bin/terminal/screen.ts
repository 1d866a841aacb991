import { styleText } from 'node:util';
import ora from 'ora';
import { printable, printableJson } from './printable.ts';
import type { Styled } from './styled.ts';
import { formatTable, type Table } from './table.ts';

/**
 * Where a command shows what it found: results on standard output, everything else on standard error. In a pipe both are
 * plain lines. Whatever is shown is made printable first.
 */
export interface Screen {
  line(text?: string | Styled): void;
  table(table: Table): void;
  /** The one JSON document of `--output json`. */
  json(value: unknown): void;
  /** A remark beside the results. */
  note(text: string | Styled): void;
  /** Shows on a terminal that work goes on, until it ends. */
  during<T>(title: string, work: () => Promise<T>): Promise<T>;
  /** Whether a person sees what is noted. */
  readonly isWatched: boolean;
}

/** Makes the screen of a process. */
export function createScreen(
  stdout: NodeJS.WriteStream = process.stdout,
  stderr: NodeJS.WriteStream = process.stderr,
): Screen {
  const write = (stream: NodeJS.WriteStream, text: string | Styled) =>
    stream.write(`${typeof text === 'string' ? printable(text) : styled(stream, text)}\n`);
  return {
    isWatched: stderr.isTTY,
    line: (text = '') => write(stdout, text),
    note: (text) => write(stderr, text),
    json: (value) => stdout.write(`${printableJson(value)}\n`),
    table(table) {
      // Some that are no terminals pretend to be one without a column.
      const columns = (stdout.isTTY && stdout.columns) || undefined;
      for (const line of formatTable(table, (cell) => styled(stdout, cell), columns))
        stdout.write(`${line}\n`);
    },
    async during(title, work) {
      // On a terminal that is no column wide, as some that are none pretend to be, ora would clear lines for ever.
      if (!stderr.isTTY || stderr.columns === 0) return work();
      const spinner = ora({ text: printable(title), stream: stderr }).start();
      try {
        return await work();
      } finally {
        spinner.stop();
      }
    },
  };
}

/** Colours are for terminals; `NO_COLOR` takes them away there too. */
function styled(stream: NodeJS.WriteStream, { text, style }: Styled): string {
  return styleText(style, printable(text), { stream });
}
