import { RefresherError } from '../contract/errors.ts';

/** The function was invoked with something that is none of its passes. A retry does not help. */
export class PassEventError extends RefresherError {
  override readonly name = 'PassEventError';
}
