/** The fields that a line may contain. All others are dropped, so that no object is logged with its whole content. */
const FIELDS = [
  'version',
  'port',
  'namespace',
  'namespaces',
  'excludedNamespaces',
  'eventBusName',
  'reason',
  'status',
  'error',
  'remedy',
  'unsent',
  'seconds',
  'signal',
  'leader',
  'lines',
] as const;

export type LogFields = Partial<
  Record<(typeof FIELDS)[number], string | number | readonly string[] | undefined>
>;

/** Writes JSON lines. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

interface LogDeps {
  now(): Date;
  /** Writes a line that ends in a newline. */
  write(line: string): void;
}

/** Only the first line of a text is logged: the following ones may quote a request with its token. */
const MAX_TEXT_LENGTH = 400;

/** Creates a log whose lines contain a level, the time, a message and the allowed fields. */
export function createLog({ now, write }: LogDeps): Log {
  const line =
    (level: string) =>
    (message: string, fields: LogFields = {}) => {
      const allowed = FIELDS.map((name) => [name, truncated(fields[name])]);
      write(
        `${JSON.stringify({ level, time: now().toISOString(), message, ...Object.fromEntries(allowed) })}\n`,
      );
    };
  return { info: line('info'), warn: line('warn'), error: line('error') };
}

function truncated(value: LogFields[keyof LogFields]): LogFields[keyof LogFields] {
  return typeof value === 'string' ? value.split('\n', 1)[0]?.slice(0, MAX_TEXT_LENGTH) : value;
}
