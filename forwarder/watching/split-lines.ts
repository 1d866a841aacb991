const NEW_LINE = 0x0a;

/** Objects have at most 1.5 MB in etcd, and their JSON some more. */
const LONGEST_LINE_BYTES = 16_000_000;

/**
 * Makes a function that takes a stream's chunks and returns the lines that each completes. A line, and a character,
 * may be split anywhere. Empty lines are left out.
 *
 * @throws Error (the function) for a line that is longer than any event can be
 */
export function lineSplitter(longestBytes = LONGEST_LINE_BYTES): (chunk: Buffer) => string[] {
  let begun: Buffer[] = [];
  let begunBytes = 0;
  return (chunk) => {
    const lines: string[] = [];
    let from = 0;
    for (let end = chunk.indexOf(NEW_LINE); end >= 0; end = chunk.indexOf(NEW_LINE, from)) {
      lines.push(Buffer.concat([...begun, chunk.subarray(from, end)]).toString());
      begun = [];
      begunBytes = 0;
      from = end + 1;
    }
    begun.push(chunk.subarray(from));
    begunBytes += chunk.length - from;
    if (begunBytes > longestBytes) throw new Error(`a line has more than ${longestBytes} bytes`);
    return lines.filter((line) => line.trim() !== '');
  };
}
