import { styleText } from 'node:util';
import ora from 'ora';

/** Prints a line that belongs to a step. */
export type Say = (line: string) => void;

/** Where the demo is shown: live on a terminal, plain lines in a pipe. */
export interface Screen {
  /** Runs one step under its title; `say` prints lines that belong to it. */
  step<T>(title: string, run: (say: Say) => Promise<T>): Promise<T>;
  /** Prints rows under a header, in columns. */
  table(header: readonly string[], rows: readonly (readonly string[])[]): void;
  line(text: string): void;
}

/** Makes a screen on the process's standard output. */
export function createScreen(stream: NodeJS.WriteStream = process.stdout): Screen {
  const style = (format: 'bold' | 'dim' | 'green' | 'red', text: string) =>
    styleText(format, text, { stream });
  const line = (text: string) => stream.write(`${text}\n`);
  return {
    line,
    async step(title, run) {
      const startedAt = performance.now();
      // A terminal that says it has no columns has no lines either, and ora would clear them for ever.
      const isLive = stream.isTTY && stream.columns !== 0;
      const spinner = isLive ? ora({ text: title, stream }).start() : undefined;
      if (spinner === undefined) line(`... ${title}`);
      const say = (text: string) => {
        spinner?.clear();
        line(`      ${style('dim', text)}`);
      };
      const end = (mark: string) => {
        spinner?.stop();
        const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
        line(`${mark} ${style('bold', title)} (${seconds} s)`);
      };
      try {
        const result = await run(say);
        end(style('green', 'ok '));
        return result;
      } catch (error) {
        end(style('red', 'FAILED'));
        throw error;
      }
    },
    table(header, rows) {
      const widths = header.map((_, column) =>
        Math.max(...[header, ...rows].map((row) => row[column]?.length ?? 0)),
      );
      const format = (row: readonly string[]) =>
        row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd();
      line(style('bold', format(header)));
      for (const row of rows) line(format(row));
    },
  };
}
