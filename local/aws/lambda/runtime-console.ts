import { format } from 'node:util';

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;
type Level = (typeof LEVELS)[number];

/** What the runtime itself logs. */
export interface RuntimeLog {
  /** Logs an error that a handler threw, with all of its fields. `what` is "Invoke Error" or "Init Error". */
  error(what: string, thrown: unknown): void;
}

/**
 * Replaces the methods of `console` as Lambda's Node.js runtime does, by the log format and level in the environment: each
 * call writes one line to stdout, as JSON or as text with tabs. What code writes to `process.stdout` is not changed.
 *
 * @param requestId - the ID of the running invocation; `-` before the first
 */
export function replaceConsole(requestId: () => string): RuntimeLog {
  const { AWS_LAMBDA_LOG_FORMAT = '', AWS_LAMBDA_LOG_LEVEL = '' } = process.env;
  const isJson = AWS_LAMBDA_LOG_FORMAT.toUpperCase() === 'JSON';
  const render = isJson ? jsonLine : textLine;
  const minLevel = LEVELS.indexOf(AWS_LAMBDA_LOG_LEVEL.toUpperCase() as Level);
  const method =
    (level: Level) =>
    (message?: unknown, ...more: unknown[]) => {
      if (LEVELS.indexOf(level) < minLevel) return;
      const line = render({ at: new Date().toISOString(), requestId: requestId(), level }, [
        message,
        ...more,
      ]);
      process.stdout.write(`${line.replaceAll('\n', '\r')}\n`);
    };
  const logError = method('ERROR');
  Object.assign(console, {
    trace: method('TRACE'),
    debug: method('DEBUG'),
    info: method('INFO'),
    log: method('INFO'),
    warn: method('WARN'),
    error: logError,
    fatal: method('FATAL'),
  });
  return {
    error(what, thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      if (isJson) logError(error);
      else logError(what, `\t${JSON.stringify(error, textFields)}`);
    },
  };
}

interface LineHeader {
  readonly at: string;
  readonly requestId: string;
  readonly level: Level;
}

function textLine({ at, requestId, level }: LineHeader, values: readonly unknown[]): string {
  return [at, requestId, level, format(...values)].join('\t');
}

function jsonLine(
  { at: timestamp, level, requestId }: LineHeader,
  values: readonly unknown[],
): string {
  const line = { timestamp, level, requestId };
  if (values.length > 1) {
    const error = values.slice(1).find((value) => value instanceof Error);
    return JSON.stringify({ ...line, message: format(...values), ...(error && fieldsOf(error)) });
  }
  const [message] = values;
  try {
    return JSON.stringify({ ...line, message }, (_, value) =>
      value instanceof Error ? { ...fieldsOf(value), ...value } : value,
    );
  } catch {
    return JSON.stringify({ ...line, message: format(message) });
  }
}

function fieldsOf(error: Error) {
  const { message: errorMessage, stack } = error;
  return { errorType: error.constructor.name, errorMessage, stackTrace: stack?.split('\n') };
}

/** Replacer of JSON that keeps the fields of errors. */
function textFields(_: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name: errorType, message: errorMessage, stack } = value;
  return { errorType, errorMessage, ...value, stack: stack?.split('\n') };
}
