import type { CredentialRequest } from '../../contract/pod-event.ts';

/** A want, and what it was seen by. */
export interface SeenRequest {
  readonly request: CredentialRequest;
  /** What made it be wanted: of two sights with the same occasion the second is no news. */
  readonly occasion: string;
}
