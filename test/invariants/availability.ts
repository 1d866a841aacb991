/** The outages of something that the product depends on. Times are in milliseconds. */
export interface Availability {
  beginOutage(at: number): void;
  endOutage(at: number): void;
  /** Returns the outages that ended after `from`, the latest first. */
  outagesAfter(from: number): readonly Outage[];
}

interface Outage {
  readonly from: number;
  readonly to: number;
}

/** Creates an availability without outages. Faults may overlap: an outage lasts until the last of them ends. */
export function createAvailability(): Availability {
  let faults = 0;
  const outages: { from: number; to: number }[] = [];
  return {
    beginOutage(at) {
      faults += 1;
      if (faults === 1) outages.push({ from: at, to: Number.POSITIVE_INFINITY });
    },
    endOutage(at) {
      faults -= 1;
      const last = outages.at(-1);
      if (faults === 0 && last !== undefined) last.to = at;
    },
    outagesAfter(from) {
      const after: Outage[] = [];
      for (let i = outages.length - 1; i >= 0; i -= 1) {
        const outage = outages[i];
        if (outage === undefined || outage.to <= from) break;
        after.push(outage);
      }
      return after;
    },
  };
}

/** Whether all dependencies were available for `length` without a break, between `from` and `to`. */
export function wasAvailableFor(
  dependencies: readonly Availability[],
  { from, to, length }: { readonly from: number; readonly to: number; readonly length: number },
): boolean {
  const outages = dependencies.flatMap((dependency) => dependency.outagesAfter(from));
  let since = from;
  for (const outage of outages.toSorted((a, b) => a.from - b.from)) {
    if (outage.from - since >= length) return true;
    since = Math.max(since, outage.to);
  }
  return to - since >= length;
}
