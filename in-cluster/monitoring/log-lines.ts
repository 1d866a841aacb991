/** Receives a line of the log, without its newline. */
export type ReceiveLine = (line: string) => void;

/**
 * Diverts what is written to the standard output: lines in the embedded metric format go to `metrics` only, all others to
 * `log` and to the output. Powertools writes both there, as Lambda expects; a log collector of the cluster would otherwise
 * count the metrics a second time.
 */
export function divertOutput(
  stream: NodeJS.WriteStream,
  { metrics, log }: { readonly metrics: ReceiveLine; readonly log: ReceiveLine },
): void {
  const write = stream.write.bind(stream);
  let rest = '';
  stream.write = (chunk: string | Uint8Array, ...others: unknown[]): boolean => {
    const lines = (
      rest + (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())
    ).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (isMetrics(line)) {
        metrics(line);
      } else {
        log(line);
        write(`${line}\n`);
      }
    }
    // Callers wait for the callback, which may be in the place of the encoding.
    const callback = others.find((other) => typeof other === 'function');
    if (callback !== undefined) process.nextTick(callback as () => void);
    return true;
  };
}

/** Powertools writes `_aws` first (its `serializeMetrics`); a log line begins with its level. */
function isMetrics(line: string): boolean {
  return line.startsWith('{"_aws":');
}
