/** Base of the errors that the forwarder retries. No message contains a credential. */
abstract class ForwarderError extends Error {
  abstract override readonly name: string;
}

/** A connection received nothing for too long: it, or its other end, is dead. */
export class SilenceError extends ForwarderError {
  override readonly name = 'SilenceError';
}

/** EventBridge accepted the request, but not its entry. */
export class EntryRefusedError extends ForwarderError {
  override readonly name: string;
  /** @param code - error code of the entry, such as `ThrottlingException` */
  constructor(code: string, message: string) {
    super(message);
    this.name = code;
  }
}
