import { createHash } from 'node:crypto';
import type { ClusterEvent } from './cluster-event.ts';

/** The longest name of an Event: a DNS-1123 subdomain (Kubernetes object names). */
const MAX_NAME_LENGTH = 253;
const HASH_DIGITS = 16;

/**
 * The name of an Event, `<name of the object>.<hash>`: the same for everybody who says the same of the same object, and
 * another for whatever differs, since of an Event only its series can be changed.
 */
export function eventName({ regarding, type, reason, note }: ClusterEvent): string {
  const said = JSON.stringify([regarding.kind, regarding.uid, type, reason, note]);
  const hash = createHash('sha256').update(said).digest('hex').slice(0, HASH_DIGITS);
  // What stands before the dot must end in a letter or a digit, wherever it was cut.
  const object = regarding.name.slice(0, MAX_NAME_LENGTH - 1 - HASH_DIGITS).replace(/[-.]+$/, '');
  return `${object}.${hash}`;
}
