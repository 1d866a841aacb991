/**
 * Loaded before Lambda's runtime. Sets the process's `Date` to the embedded clock, marks the end of an invocation's output,
 * and fails on request.
 */
import { END_OF_OUTPUT } from '../../../local/aws/lambda/messages.ts';
import { installMovableDate } from '../../../local/movable-date.ts';
import type { PreloadMessage } from './real-runtime.ts';

const setClockOffset = installMovableDate();
setClockOffset(Number(new URL(import.meta.url).searchParams.get('clockOffsetMs')));

process.on('message', (message: PreloadMessage) => {
  if (message.kind === 'clock') setClockOffset(message.clockOffsetMs);
  // Not caught, wherever the function currently is.
  if (message.kind === 'crash') throw new Error('crashed on request');
  if (message.kind === 'end-output') {
    process.stdout.write(`${END_OF_OUTPUT}\n`);
    process.stderr.write(`${END_OF_OUTPUT}\n`);
  }
});
// The channel must not keep the process alive.
process.channel?.unref();
