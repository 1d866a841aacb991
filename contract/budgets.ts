/**
 * Budgets for what a tenant can make large or many. What exceeds a budget is cut when it is observed, and costs nothing
 * from then on.
 */

/**
 * Maximum size of one page of a list, in bytes. A larger page is not received to its end, but requested again with fewer
 * objects. etcd rejects objects of more than 1.5 MiB, so that one object always fits.
 */
export const MAX_PAGE_BYTES = 8_388_608;

/** Aimed-at size of a page, in bytes: 500 ordinary pods. */
export const TARGET_PAGE_BYTES = 4_194_304;

/**
 * Maximum number of elements that are decoded of a list inside an object: of the volumes of a pod, and of the sources of
 * a projected volume. A pod of the maximum size has room for 70,000 sources.
 */
export const MAX_ELEMENTS = 1_000;
