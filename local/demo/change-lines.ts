import type { FunctionLogs } from '../aws/lambda/function-logs.ts';

/** A line of the functions' log that tells of a Secret. */
export interface ChangeLine {
  /** What became of it: `created`, `renewed`, `refused` … */
  readonly change: string;
  readonly text: string;
}

/** Collects the lines about Secrets as the functions write them; who shows them takes them out. */
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
  const expires = fields['expiresAt'] === undefined ? '' : `, until ${fields['expiresAt']}`;
  const reason =
    fields['reason'] === undefined ? '' : `: ${fields['reason']}: ${fields['explanation']}`;
  const tail = reason === '' ? expires : reason;
  return { change, text: `${change} ${fields['namespace']}/${fields['secret']}${pod}${tail}` };
}

/** How many lines tell of a change of that kind. */
export function countChanges(lines: readonly ChangeLine[], change: string): number {
  return lines.filter((line) => line.change === change).length;
}
