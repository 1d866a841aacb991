/** The first wait of a series, in milliseconds; each next one is twice as long. */
const BASE_MILLISECONDS = 200;

/** No wait is longer, whatever a server asks for: a run is over before. */
const MAX_MILLISECONDS = 30_000;

export interface RetryDelayDeps {
  now(): Date;
  /** From 0 up to 1, as `Math.random`. */
  random(): number;
}

/**
 * How long to wait before try number `attempt` (the first retry is 1), in milliseconds: what the server asks for with
 * `Retry-After`, in seconds or as a date, or else twice as long each time. Half of the latter is chance, and a tenth on
 * top of the former, so that 25 requests that were turned away together do not come back together.
 */
export function retryDelay(
  { now, random }: RetryDelayDeps,
  attempt: number,
  retryAfter: string | undefined,
): number {
  const asked = askedFor(retryAfter, now());
  const delay =
    asked === undefined
      ? BASE_MILLISECONDS * 2 ** (attempt - 1) * (0.5 + random() / 2)
      : asked * (1 + random() / 10);
  return Math.min(delay, MAX_MILLISECONDS);
}

function askedFor(retryAfter: string | undefined, now: Date): number | undefined {
  if (retryAfter === undefined) return undefined;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1_000;
  // A date begins with its day; of `1.5`, JavaScript makes one that is long past.
  const until = /^[A-Za-z]/.test(retryAfter) ? Date.parse(retryAfter) : Number.NaN;
  return Number.isNaN(until) ? undefined : Math.max(0, until - now.getTime());
}
