import { createHash } from 'node:crypto';
import { MAX_OBJECT_NAME_LENGTH } from '../../../contract/kubernetes/object-name.ts';

/** The object that an Event is about: a pod or an AWSIAMRole. */
interface EventRegarding {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** A Kubernetes Event without its name and time. */
export interface ClusterEvent {
  readonly regarding: EventRegarding;
  /** The Secret that it is about. An Event can only repeat one about the same object and the same Secret. */
  readonly secretName: string;
  readonly type: 'Normal' | 'Warning';
  /** Machine-readable, in PascalCase. */
  readonly reason: string;
  /** Human-readable, at most {@link MAX_NOTE_BYTES}; see {@link truncateNote}. */
  readonly note: string;
}

/** Maximum length of `note` in events.k8s.io/v1, in bytes of UTF-8. The API rejects longer notes. */
const MAX_NOTE_BYTES = 1_024;
const ELLIPSIS = '…';

/** Truncates a note between two characters and appends an ellipsis, if it is too long. */
export function truncateNote(text: string): string {
  const encoder = new TextEncoder();
  const whole = encoder.encodeInto(text, new Uint8Array(MAX_NOTE_BYTES));
  if (whole.read === text.length) return text;
  const room = MAX_NOTE_BYTES - Buffer.byteLength(ELLIPSIS);
  const { read } = encoder.encodeInto(text, new Uint8Array(room));
  return text.slice(0, read) + ELLIPSIS;
}

/** Length of the hash in an Event's name. */
const HASH_DIGITS = 16;

/**
 * Returns the name of an Event, `<name of the object>.<hash>`. Equal Events have the same name, so that containers continue each
 * other's series. Different Events have different names, because the series is the only field that can be updated.
 */
export function eventName({ regarding, type, reason, note }: ClusterEvent): string {
  const identity = JSON.stringify([regarding.kind, regarding.uid, type, reason, note]);
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, HASH_DIGITS);
  // A label must end with a letter or a digit, also where it is truncated.
  const object = regarding.name
    .slice(0, MAX_OBJECT_NAME_LENGTH - 1 - HASH_DIGITS)
    .replace(/[-.]+$/, '');
  return `${object}.${hash}`;
}
