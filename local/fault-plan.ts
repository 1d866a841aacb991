/** A fault that is injected into a server, and the requests that it affects. */
export interface Fault<Effect, Request> {
  readonly effect: Effect;
  /** Which requests are affected; all by default. */
  readonly match?: (request: Request) => boolean;
  /** How many matching requests are served first; 0 by default. Page N of a list comes after N - 1 others. */
  readonly skip?: number;
  /** How many requests are affected after that; 1 by default, infinitely many until the fault is removed. */
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
  /** Returns the effects on a request, in the order in which their faults were added, and counts the request. */
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
