import {
  type CredentialRequest,
  MAX_DETAIL_BYTES,
  MAX_REQUESTS,
} from '../../contract/pod-event.ts';

/** A credential request, and the change that caused it. */
export interface SeenRequest {
  readonly request: CredentialRequest;
  /** Identifies the change: the same request with the same cause need not be sent twice. */
  readonly cause: string;
}

/** Returns the `detail` of an event. */
export function detailOf(wanted: readonly CredentialRequest[]): string {
  return JSON.stringify({ wanted });
}

const EMPTY_DETAIL_BYTES = detailOf([]).length;

/**
 * Returns the first requests that fit into one event, in their order. One always fits, because Kubernetes names have at
 * most 253 characters.
 */
export function firstBatch(seen: Iterable<SeenRequest>): readonly SeenRequest[] {
  const batch: SeenRequest[] = [];
  let bytes = EMPTY_DETAIL_BYTES;
  for (const one of seen) {
    // Plus a comma, which the first one does not have.
    bytes += Buffer.byteLength(JSON.stringify(one.request)) + 1;
    if (batch.length === MAX_REQUESTS || bytes > MAX_DETAIL_BYTES) break;
    batch.push(one);
  }
  return batch;
}
