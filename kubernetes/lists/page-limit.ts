/**
 * Maximum size of a page, in bytes. A larger page is not received to its end, but requested again with fewer objects. etcd
 * rejects objects of more than 1.5 MiB, so that one object always fits.
 */
export const MAX_PAGE_BYTES = 8_388_608;

/** Intended size of a page, in bytes: 500 ordinary pods. */
const TARGET_PAGE_BYTES = 4_194_304;

/** Maximum number of objects in a page: about 4 MB of ordinary pods. One page is in memory at a time. */
export const MAX_PAGE_LIMIT = 500;

/** A page that was too large is requested again with this part of its objects. */
const SHRINKING = 1 / 8;
/** The limit grows at most by this factor from page to page, because the next objects may be large again. */
const GROWTH = 4;

/** Returns the limit with which a page that was too large is requested again; undefined when it was one object. */
export function limitAfterTooLarge(limit: number): number | undefined {
  return limit === 1 ? undefined : Math.max(1, Math.floor(limit * SHRINKING));
}

/** Returns the limit of the next page: as many objects as fit if they are as large as those of the last page. */
export function limitAfter(
  limit: number,
  { bytes, objects }: { readonly bytes: number; readonly objects: number },
): number {
  const fitting = Math.floor((TARGET_PAGE_BYTES * Math.max(1, objects)) / Math.max(1, bytes));
  return Math.max(1, Math.min(fitting, limit * GROWTH, MAX_PAGE_LIMIT));
}
