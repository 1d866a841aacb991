/**
 * Preloaded before the forwarder's code. Sets the process's `Date` to the embedded clock, which the parent sends, and
 * exits with the parent.
 */
import { installMovableDate } from '../movable-date.ts';

const moveDate = installMovableDate();
process.on('message', (offsetMs: number) => moveDate(offsetMs));
process.on('disconnect', () => process.exit());
// The channel must not keep the process alive.
process.channel?.unref();
