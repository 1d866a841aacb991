/**
 * Preloaded in the process of a function: writes its peak memory to the file `PEAK_MEMORY_FILE` before each reply to the
 * parent process. The variable is removed, because a function does not have it on AWS.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const { PEAK_MEMORY_FILE: file = '' } = process.env;
delete process.env['PEAK_MEMORY_FILE'];
const send = process.send?.bind(process);
process.send = (message: unknown) => {
  // `maxRSS` of Node.js includes the memory that the parent process had when it started this one.
  writeFileSync(
    file,
    /VmHWM: *\t*(.*) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '',
  );
  return send?.(message, undefined, undefined, () => undefined) ?? false;
};
