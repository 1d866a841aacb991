/** A fault that is injected into a server, and the requests that it affects. */
interface Fault<Effect, Request> {
  readonly effect: Effect;
  /** Selects requests. @default - all requests */
  readonly match?: (request: Request) => boolean;
  /** Number of matching requests that are not affected first: N - 1 for page N of a list. @default 0 */
  readonly skip?: number;
  /** Number of requests that are affected after that; infinite until the fault is removed. @default 1 */
  readonly times?: number;
}

/** The faults of a server, as tests inject them. */
export interface Faults<Effect, Request> {
  /** Injects a fault. Returns a function that removes it. */
  add(fault: Fault<Effect, Request>): () => void;
  /** Removes every fault. */
  clear(): void;
}

/** The faults of a server, as the server applies them. */
export interface FaultPlan<Effect, Request> extends Faults<Effect, Request> {
  /** Counts a request and returns the effects on it, in the order in which the faults were added. */
  take(request: Request): readonly Effect[];
}

/**
 * Creates a plan without faults.
 *
 * @param isExclusive - effects of which only the first applies to a request; none by default
 */
export function createFaultPlan<Effect, Request>(
  isExclusive: (effect: Effect) => boolean = () => false,
): FaultPlan<Effect, Request> {
  const faults = new Set<InjectedFault<Effect, Request>>();
  return {
    add({ effect, match = () => true, skip = 0, times = 1 }) {
      const fault = { effect, match, toSkip: skip, remaining: times };
      faults.add(fault);
      return () => faults.delete(fault);
    },
    clear: () => faults.clear(),
    take(request) {
      const effects: Effect[] = [];
      for (const fault of faults) {
        const isSuperseded = isExclusive(fault.effect) && effects.some(isExclusive);
        if (!fault.match(request) || isSuperseded) continue;
        if (fault.toSkip > 0) fault.toSkip -= 1;
        else effects.push(use(fault));
      }
      return effects;
    },
  };

  function use(fault: InjectedFault<Effect, Request>): Effect {
    fault.remaining -= 1;
    if (fault.remaining <= 0) faults.delete(fault);
    return fault.effect;
  }
}

interface InjectedFault<Effect, Request> {
  readonly effect: Effect;
  readonly match: (request: Request) => boolean;
  toSkip: number;
  remaining: number;
}
