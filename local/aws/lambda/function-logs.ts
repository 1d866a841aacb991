/** A line that a function wrote. */
export interface LogLine {
  readonly at: Date;
  readonly functionName: string;
  readonly logGroupName: string;
  /** Of the invocation during which it was written; absent before the first. */
  readonly requestId: string | undefined;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** What CloudWatch Logs would hold. */
export interface FunctionLogs {
  /** Every line so far, the oldest first. */
  readonly lines: readonly LogLine[];
  /** The functions whose lines are lost, as their role may not write them to their log group. */
  readonly refused: ReadonlySet<string>;
  append(line: LogLine): void;
  refuse(functionName: string): void;
  /** Calls `listener` with each new line; the result ends that. */
  onLine(listener: (line: LogLine) => void): () => void;
}

/** Logs without a line. */
export function createFunctionLogs(): FunctionLogs {
  const lines: LogLine[] = [];
  const refused = new Set<string>();
  const listeners = new Set<(line: LogLine) => void>();
  return {
    lines,
    refused,
    append: (line) => {
      lines.push(line);
      for (const listener of listeners) listener(line);
    },
    refuse: (functionName) => {
      refused.add(functionName);
    },
    onLine: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
