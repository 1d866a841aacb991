/** A request as faults and the request log see it. */
export interface RequestFacts {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** What goes wrong with a request. */
export type FaultEffect =
  /** The answer comes later. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** The server refuses, e.g. with 401, 429, 500 or 503, and perhaps says when to come again. */
  | { readonly kind: 'refuse'; readonly status: number; readonly retryAfterSeconds?: number }
  /** Something in the server refuses a write, as an admission webhook of anybody's may, and quotes what was to be written. */
  | { readonly kind: 'quote'; readonly status: number }
  /** The connection ends before an answer, or in the middle of its body. */
  | { readonly kind: 'drop'; readonly when: 'before' | 'mid-body' }
  /** A page of a list is 410: its continue token is too old. A first page is not affected. */
  | { readonly kind: 'expire' };

/** A fault that waits for its requests. */
export interface Fault<Effect = FaultEffect> {
  readonly effect: Effect;
  /** Which requests; all by default. */
  readonly match?: (request: RequestFacts) => boolean;
  /** How many matching requests pass first; none by default. Page N of a list comes after N - 1 others. */
  readonly skip?: number;
  /** How many requests it hits after that; one by default, `Infinity` until it is removed. */
  readonly times?: number;
}

/** Makes requests go wrong, to see what clients do about it. */
export interface Faults<Effect = FaultEffect> {
  /** Adds a fault; the result removes it. */
  add(fault: Fault<Effect>): () => void;
  clear(): void;
}

/** The faults, and what each request is given of them. */
export interface FaultPlan<Effect = FaultEffect> extends Faults<Effect> {
  /** The effects on a request, in the order in which their faults were added. Counts the request. */
  take(request: RequestFacts): readonly Effect[];
}

/** A plan without faults. */
export function faultPlan<Effect = FaultEffect>(): FaultPlan<Effect> {
  const faults = new Set<Fault<Effect> & { seen: number }>();
  return {
    add(fault) {
      const counted = { ...fault, seen: 0 };
      faults.add(counted);
      return () => faults.delete(counted);
    },
    clear: () => faults.clear(),
    take: (request) =>
      [...faults].flatMap((fault) => {
        const { effect, match = () => true, skip = 0, times = 1 } = fault;
        if (!match(request)) return [];
        fault.seen += 1;
        return fault.seen > skip && fault.seen <= skip + times ? [effect] : [];
      }),
  };
}
