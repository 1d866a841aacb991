import {
  type CredentialRequest,
  MAX_DETAIL_BYTES,
  MAX_REQUESTS,
} from '../../contract/pod-event.ts';
import type { SeenRequest } from './seen-request.ts';

/** The `detail` of an event. */
export function detailOf(wanted: readonly CredentialRequest[]): string {
  return JSON.stringify({ wanted });
}

const EMPTY_DETAIL_BYTES = detailOf([]).length;

/**
 * The first wants that fit into one event, in their order. Names in Kubernetes have at most 253 characters, so one want
 * always fits.
 */
export function firstBatch(seen: Iterable<SeenRequest>): readonly SeenRequest[] {
  const batch: SeenRequest[] = [];
  let bytes = EMPTY_DETAIL_BYTES;
  for (const one of seen) {
    // One more for the comma, or for none.
    bytes += Buffer.byteLength(JSON.stringify(one.request)) + 1;
    if (batch.length === MAX_REQUESTS || bytes > MAX_DETAIL_BYTES) break;
    batch.push(one);
  }
  return batch;
}
