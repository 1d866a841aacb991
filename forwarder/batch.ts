import { MOST_DETAIL_BYTES, MOST_WANTS, type Want } from '../lambda/contract/pod-event.ts';

/** The `detail` of an event. */
export function detailOf(wanted: readonly Want[]): string {
  return JSON.stringify({ wanted });
}

const EMPTY_DETAIL_BYTES = detailOf([]).length;

/**
 * The first wants that fit into one event, in their order. Names in Kubernetes have at most 253 characters, so one want
 * always fits.
 */
export function firstBatch(wants: Iterable<Want>): readonly Want[] {
  const batch: Want[] = [];
  let bytes = EMPTY_DETAIL_BYTES;
  for (const want of wants) {
    // One more for the comma, or for none.
    bytes += Buffer.byteLength(JSON.stringify(want)) + 1;
    if (batch.length === MOST_WANTS || bytes > MOST_DETAIL_BYTES) break;
    batch.push(want);
  }
  return batch;
}
