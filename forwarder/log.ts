/** What a line may say beside its message. Anything else is left out, so that no object is logged with all it holds. */
const FIELDS = [
  'version',
  'port',
  'namespaces',
  'excludedNamespaces',
  'eventBusName',
  'reason',
  'status',
  'error',
  'remedy',
  'waiting',
  'unsent',
  'seconds',
  'signal',
] as const;

export type LogFields = Partial<
  Record<(typeof FIELDS)[number], string | number | readonly string[] | undefined>
>;

/** Writes one line of JSON each. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export interface LogDeps {
  now(): Date;
  /** Takes a line with its end. */
  write(line: string): void;
}

/** The first line of a long text says what is wrong; what follows may quote a request with its token. */
const LONGEST_TEXT = 400;

/** Makes a log of lines that hold a level, the time, a message and the fields that are allowed. */
export function createLog({ now, write }: LogDeps): Log {
  const line =
    (level: string) =>
    (message: string, fields: LogFields = {}) => {
      const allowed = FIELDS.map((name) => [name, shortened(fields[name])]);
      write(
        `${JSON.stringify({ level, time: now().toISOString(), message, ...Object.fromEntries(allowed) })}\n`,
      );
    };
  return { info: line('info'), warn: line('warn'), error: line('error') };
}

function shortened(value: LogFields[keyof LogFields]): LogFields[keyof LogFields] {
  return typeof value === 'string' ? value.split('\n', 1)[0]?.slice(0, LONGEST_TEXT) : value;
}
