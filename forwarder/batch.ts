import { MOST_DETAIL_BYTES, MOST_WANTS, type Want } from '../lambda/contract/pod-event.ts';
import type { SeenWant } from './seen-want.ts';

/** The `detail` of an event. */
export function detailOf(wanted: readonly Want[]): string {
  return JSON.stringify({ wanted });
}

const EMPTY_DETAIL_BYTES = detailOf([]).length;

/**
 * The first wants that fit into one event, in their order. Names in Kubernetes have at most 253 characters, so one want
 * always fits.
 */
export function firstBatch(seen: Iterable<SeenWant>): readonly SeenWant[] {
  const batch: SeenWant[] = [];
  let bytes = EMPTY_DETAIL_BYTES;
  for (const one of seen) {
    // One more for the comma, or for none.
    bytes += Buffer.byteLength(JSON.stringify(one.want)) + 1;
    if (batch.length === MOST_WANTS || bytes > MOST_DETAIL_BYTES) break;
    batch.push(one);
  }
  return batch;
}
