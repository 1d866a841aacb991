/** When something that the product needs was away. Times are in milliseconds. */
export interface Health {
  begin(at: number): void;
  end(at: number): void;
  /** When it was away after `from`, the latest first. */
  gapsAfter(from: number): readonly Gap[];
}

interface Gap {
  readonly from: number;
  readonly to: number;
}

/** Health without trouble. Troubles may overlap: it is there again when the last of them ends. */
export function createHealth(): Health {
  let troubles = 0;
  const gaps: { from: number; to: number }[] = [];
  return {
    begin(at) {
      troubles += 1;
      if (troubles === 1) gaps.push({ from: at, to: Number.POSITIVE_INFINITY });
    },
    end(at) {
      troubles -= 1;
      const last = gaps.at(-1);
      if (troubles === 0 && last !== undefined) last.to = at;
    },
    gapsAfter(from) {
      const after: Gap[] = [];
      for (let i = gaps.length - 1; i >= 0; i -= 1) {
        const gap = gaps[i];
        if (gap === undefined || gap.to <= from) break;
        after.push(gap);
      }
      return after;
    },
  };
}

/** Whether all of them were there without a break for `length` between `from` and `to`. */
export function hadStretch(
  healths: readonly Health[],
  { from, to, length }: { readonly from: number; readonly to: number; readonly length: number },
): boolean {
  const gaps = healths.flatMap((health) => health.gapsAfter(from));
  let since = from;
  for (const gap of gaps.toSorted((one, other) => one.from - other.from)) {
    if (gap.from - since >= length) return true;
    since = Math.max(since, gap.to);
  }
  return to - since >= length;
}
