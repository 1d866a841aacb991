/** What an Event is about: a pod, or an AWSIAMRole. */
export interface EventRegarding {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** What is to be told to whoever looks at an object of the cluster: an Event, less its name and its time. */
export interface ClusterEvent {
  readonly regarding: EventRegarding;
  /** Which Secret it is about. Only what is said of the same Secret to the same object can be a repetition. */
  readonly secretName: string;
  readonly type: 'Normal' | 'Warning';
  /** For machines, in CamelCase. */
  readonly reason: string;
  /** For people; at most {@link MAX_NOTE_BYTES} once it is through {@link truncateNote}. */
  readonly note: string;
}

/** The longest `note` that events.k8s.io/v1 takes, in bytes of UTF-8; what is longer is refused. */
const MAX_NOTE_BYTES = 1_024;
const CUT_OFF = '…';

/** The text as a note: cut between two characters, and marked as cut, where it is too long. */
export function truncateNote(text: string): string {
  const encoder = new TextEncoder();
  const whole = encoder.encodeInto(text, new Uint8Array(MAX_NOTE_BYTES));
  if (whole.read === text.length) return text;
  const room = MAX_NOTE_BYTES - Buffer.byteLength(CUT_OFF);
  const { read } = encoder.encodeInto(text, new Uint8Array(room));
  return text.slice(0, read) + CUT_OFF;
}

/** All that a role's name, an ARN or a Secret's name can have, and nothing that means something to a shell or a terminal. */
const UNSAFE_CHARACTERS = /[^A-Za-z0-9+=,.@_:/-]/g;

/** A name that a user wrote, and that nothing has judged yet, as it can be shown. */
export function sanitizeName(name: string, mostCharacters: number): string {
  return name.slice(0, mostCharacters).replace(UNSAFE_CHARACTERS, '?');
}
