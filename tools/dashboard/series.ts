/** One point of a line; a period without data has no value. */
export interface Point {
  readonly at: Date;
  readonly value: number | undefined;
}

/** What a row of a widget shows. */
export interface Series {
  readonly label: string;
  readonly color: string;
  readonly yAxis: 'left' | 'right';
  readonly points: readonly Point[];
}

/** The values of a series, without the periods that have none. */
export function valuesOf({ points }: Series): readonly number[] {
  return points.map(({ value }) => value).filter((value) => value !== undefined);
}
