import { BUDGET } from '../../contract/budgets.ts';

/** Intended size of a page, in bytes: 400 to 500 ordinary pods. */
const TARGET_PAGE_BYTES = 3_145_728;

/**
 * Limit of the first page, when nothing is known about the size of the objects. The API server prepares the whole page before
 * it sends some of it, even if only a part of it is received.
 */
export const FIRST_LIMIT = 100;

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
  return Math.max(1, Math.min(fitting, limit * GROWTH, BUDGET.pageObjects));
}
