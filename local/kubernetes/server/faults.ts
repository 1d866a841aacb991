/** The part of a request that faults match on. */
export interface RequestFacts {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** The effect of a fault on a request. */
export type FaultEffect =
  /** Delays the response. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** Responds with an error, e.g. 401, 429, 500 or 503, optionally with `Retry-After`. */
  | { readonly kind: 'refuse'; readonly status: number; readonly retryAfterSeconds?: number }
  /** Refuses a write like an admission webhook whose message quotes the body. */
  | { readonly kind: 'quote'; readonly status: number }
  /** Drops the connection before the response, or in the middle of its body. */
  | { readonly kind: 'drop'; readonly when: 'before' | 'mid-body' }
  /** Expires the continue token of a list (410). The first page is not affected. */
  | { readonly kind: 'expire' };
