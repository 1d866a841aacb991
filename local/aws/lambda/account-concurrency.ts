/** A function, as far as the concurrency of its account is concerned. */
interface ConcurrentFunction {
  reservedConcurrency(): number | undefined;
}

/** The concurrency of an account in a Region, of which functions can reserve a part (developer guide, "reserved concurrency"). */
export interface AccountConcurrency {
  /** Whether this many invocations of functions without reserved concurrency can run at once. */
  hasRoomFor(invocations: number): boolean;
  /** Why a function cannot reserve this concurrency; undefined if it can. */
  problemWith(fn: ConcurrentFunction, concurrency: number): string | undefined;
}

/** What must remain unreserved, in an account with a higher limit. */
const MIN_UNRESERVED = 100;

/** Creates the concurrency of an account whose functions are the values of `functions`. */
export function createAccountConcurrency(
  limit: number,
  functions: ReadonlyMap<string, ConcurrentFunction>,
): AccountConcurrency {
  const reservedByOthers = (fn?: ConcurrentFunction) =>
    [...functions.values()]
      .filter((other) => other !== fn)
      .reduce((sum, other) => sum + (other.reservedConcurrency() ?? 0), 0);
  return {
    hasRoomFor: (invocations) => invocations <= limit - reservedByOthers(),
    problemWith(fn, concurrency) {
      const minimum = Math.min(MIN_UNRESERVED, limit);
      if (concurrency === 0 || limit - reservedByOthers(fn) - concurrency >= minimum) {
        return undefined;
      }
      return `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${minimum}].`;
    },
  };
}
