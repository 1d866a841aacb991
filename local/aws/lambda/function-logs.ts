/** A line of a function's log. */
export interface LogLine {
  readonly at: Date;
  readonly functionName: string;
  readonly logGroupName: string;
  /** The invocation during which it was written; undefined before the first. */
  readonly requestId: string | undefined;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** The logs of all functions, as in CloudWatch Logs. */
export interface FunctionLogs {
  /** Every line, oldest first. */
  readonly lines: readonly LogLine[];
  /** Names of the functions whose lines are lost because their role cannot write to their log group. */
  readonly denied: ReadonlySet<string>;
  append(line: LogLine): void;
  /** Records that a function's lines are lost. */
  deny(functionName: string): void;
  /** Calls `listener` for each new line. Returns a function that removes the listener. */
  onLine(listener: (line: LogLine) => void): () => void;
}

/** Creates empty logs. */
export function createFunctionLogs(): FunctionLogs {
  const lines: LogLine[] = [];
  const denied = new Set<string>();
  const listeners = new Set<(line: LogLine) => void>();
  return {
    lines,
    denied,
    append: (line) => {
      lines.push(line);
      for (const listener of listeners) listener(line);
    },
    deny: (functionName) => {
      denied.add(functionName);
    },
    onLine: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
