/** What goes wrong in the forwarder and is tried again. No message holds a credential. */
abstract class ForwarderError extends Error {
  abstract override readonly name: string;
}

/** Nothing came over a connection for too long: it is dead, or its other end is. */
export class SilenceError extends ForwarderError {
  override readonly name = 'SilenceError';
}

/** EventBridge took the request and not the event. */
export class EntryRefusedError extends ForwarderError {
  override readonly name: string;
  /** @param code - of the entry, such as `ThrottlingException` */
  constructor(code: string, message: string) {
    super(message);
    this.name = code;
  }
}
