import { styleText } from 'node:util';
import ora from 'ora';
import { printable, printableJson } from './printable.ts';
import { formatTable, type StyledText, type Table } from './table.ts';

/** Prints a line of detail below the title of a step. */
export type PrintDetail = (line: string) => void;

/**
 * Output of a program: results on standard output, notes and spinners on standard error. Styled on a terminal, plain
 * lines in a pipe. All text is made printable first.
 */
export interface Terminal {
  line(text?: string | StyledText): void;
  table(table: Table): void;
  /** Prints the one JSON document of `--output json`. */
  json(value: unknown): void;
  /** Prints a remark to standard error. */
  note(text: string | StyledText): void;
  /** Shows a spinner on standard error while the work is in progress, which can change the title; nothing in a pipe. */
  withSpinner<T>(title: string, work: (retitle: (title: string) => void) => Promise<T>): Promise<T>;
  /** Runs one step of a longer job and prints its title, details, duration and whether it failed. */
  step<T>(title: string, work: (print: PrintDetail) => Promise<T>): Promise<T>;
  /** Whether a person reads the notes. */
  readonly isInteractive: boolean;
}

/** Creates the terminal of the process, or of the given streams. */
export function createTerminal(
  stdout: NodeJS.WriteStream = process.stdout,
  stderr: NodeJS.WriteStream = process.stderr,
): Terminal {
  const line = (text: string | StyledText = '') => write(stdout, text);
  return {
    isInteractive: stderr.isTTY,
    line,
    note: (text) => write(stderr, text),
    json: (value) => void stdout.write(`${printableJson(value)}\n`),
    table(table) {
      // Some pseudo-terminals report zero columns.
      const columns = (stdout.isTTY && stdout.columns) || undefined;
      for (const row of formatTable(table, (cell) => styled(stdout, cell), columns))
        stdout.write(`${row}\n`);
    },
    async withSpinner(title, work) {
      const spinner = startSpinner(stderr, title);
      shown = spinner;
      try {
        return await work((changed) => {
          if (spinner !== undefined) spinner.text = printable(changed);
        });
      } finally {
        shown = undefined;
        spinner?.stop();
      }
    },
    step: (title, work) => runStep(stdout, title, work),
  };
}

async function runStep<T>(
  stream: NodeJS.WriteStream,
  title: string,
  work: (print: PrintDetail) => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  const spinner = startSpinner(stream, title);
  if (spinner === undefined) write(stream, `... ${title}`);
  const end = (mark: StyledText) => {
    spinner?.stop();
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    const shownTitle = styled(stream, { text: title, style: 'bold' });
    stream.write(`${styled(stream, mark)} ${shownTitle} (${seconds} s)\n`);
  };
  try {
    const result = await work((detail) => {
      spinner?.clear();
      stream.write(`      ${styled(stream, { text: detail, style: 'dim' })}\n`);
    });
    end({ text: 'ok ', style: 'green' });
    return result;
  } catch (error) {
    end({ text: 'FAILED', style: 'red' });
    throw error;
  }
}

/** The spinner that is shown. A process has one terminal. */
let shown: ReturnType<typeof startSpinner>;

/**
 * Hides the spinner while other work uses the terminal: it would overwrite a question, and discard what the user types.
 */
export async function releaseTerminal<T>(work: () => Promise<T>): Promise<T> {
  const spinner = shown;
  spinner?.stop();
  try {
    return await work();
  } finally {
    spinner?.start();
  }
}

/** Starts a spinner, except on a terminal that reports zero columns: ora would clear lines forever. */
function startSpinner(stream: NodeJS.WriteStream, title: string) {
  if (!stream.isTTY || stream.columns === 0) return undefined;
  return ora({ text: printable(title), stream }).start();
}

function write(stream: NodeJS.WriteStream, text: string | StyledText): void {
  stream.write(`${typeof text === 'string' ? printable(text) : styled(stream, text)}\n`);
}

/** Styles text for a terminal; a pipe or `NO_COLOR` disables styles. */
function styled(stream: NodeJS.WriteStream, { text, style }: StyledText): string {
  return styleText(style, printable(text), { stream });
}
