/** Something that goes wrong with a call, instead of or before its answer. */
export type CallFault =
  /** The answer comes later, by the machine's clock; the call is otherwise carried out. */
  | { readonly kind: 'latency'; readonly milliseconds: number }
  /** An error in the words of the service. */
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly code: string;
      readonly message: string;
    }
  /** The connection ends without an answer. */
  | { readonly kind: 'dropped' }
  /** Status 200 with a body that is no answer. */
  | { readonly kind: 'garbage'; readonly body: string };

/** STS over its quota, in its own words. */
export const STS_THROTTLING: CallFault = {
  kind: 'error',
  status: 400,
  code: 'Throttling',
  message: 'Rate exceeded',
};

/** What is known of a call when a fault is chosen for it. */
export interface CallTarget {
  /** E.g. `AssumeRole`. */
  readonly action: string;
  /** What it acts on: a role's ARN, a cluster's name. */
  readonly resource: string | undefined;
}

/** Which calls a fault meets. */
export interface FaultScope {
  /** Without it, every call. */
  readonly when?: (call: CallTarget) => boolean;
  /** How many calls it meets; without it, until it is taken away. */
  readonly times?: number;
}

/** The faults that are injected into a server. */
export interface CallFaults {
  /** Injects a fault; the result takes it away. Of several that fit a call, all latencies and the first other one meet it. */
  inject(fault: CallFault, scope?: FaultScope): () => void;
  /** Takes every fault away. */
  clear(): void;
  /** The faults for this call, counted as used. */
  take(call: CallTarget): readonly CallFault[];
}

/** No faults yet. */
export function createFaults(): CallFaults {
  const injected = new Set<{ fault: CallFault; scope: FaultScope; left: number }>();
  return {
    inject(fault, scope = {}) {
      const entry = { fault, scope, left: scope.times ?? Number.POSITIVE_INFINITY };
      injected.add(entry);
      return () => injected.delete(entry);
    },
    clear: () => injected.clear(),
    take(call) {
      const fitting = [...injected].filter(({ scope }) => scope.when?.(call) ?? true);
      const ending = fitting.find(({ fault }) => fault.kind !== 'latency');
      const taken = fitting.filter((entry) => entry.fault.kind === 'latency' || entry === ending);
      for (const entry of taken) {
        entry.left -= 1;
        if (entry.left <= 0) injected.delete(entry);
      }
      return taken.map(({ fault }) => fault);
    },
  };
}
