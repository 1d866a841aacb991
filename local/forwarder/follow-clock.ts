/**
 * Loaded before the forwarder's own code, which knows nothing of it: has the process follow the embedded clock, from what
 * its parent tells it, and end with its parent.
 */
import { installMovableDate } from '../movable-date.ts';

const moveDate = installMovableDate();
process.on('message', (offsetMilliseconds: number) => moveDate(offsetMilliseconds));
process.on('disconnect', () => process.exit());
// Messages are no reason to go on when the forwarder has ended.
process.channel?.unref();
