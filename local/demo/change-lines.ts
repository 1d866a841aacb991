import type { FunctionLogs } from '../aws/lambda/function-logs.ts';

/** A log line of the functions about a Secret. */
export interface ChangeLine {
  /** `created`, `renewed`, `refused`, ... */
  readonly change: string;
  readonly text: string;
}

/** Collects the functions' log lines about Secrets. The caller takes lines out of the array when it shows them. */
export function watchChanges(logs: FunctionLogs): ChangeLine[] {
  const lines: ChangeLine[] = [];
  logs.onLine(({ text }) => {
    const line = changeLine(text);
    if (line !== undefined) lines.push(line);
  });
  return lines;
}

function changeLine(text: string): ChangeLine | undefined {
  const fields: Record<string, unknown> = text.startsWith('{') ? JSON.parse(text) : {};
  const change = /^(\w+) Secret$/.exec(String(fields['message']))?.[1];
  if (change === undefined) return undefined;
  const pod = fields['pod'] === undefined ? '' : ` for pod ${fields['pod']}`;
  const expiry = fields['expiresAt'] === undefined ? '' : `, expires ${fields['expiresAt']}`;
  const outcome =
    fields['reason'] === undefined ? expiry : `: ${fields['reason']}: ${fields['explanation']}`;
  return { change, text: `${change} ${fields['namespace']}/${fields['secret']}${pod}${outcome}` };
}

/** Counts the lines about one kind of change. */
export function countChanges(lines: readonly ChangeLine[], change: string): number {
  return lines.filter((line) => line.change === change).length;
}
