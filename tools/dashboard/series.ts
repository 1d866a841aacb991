/** The time range of a picture. */
export interface TimeRange {
  readonly from: Date;
  readonly to: Date;
}

/** A point of a line. A period without data has no value. */
export interface Point {
  readonly at: Date;
  readonly value: number | undefined;
}

/** The data of a row of a widget. */
export interface Series {
  readonly label: string;
  readonly color: string;
  readonly yAxis: 'left' | 'right';
  readonly points: readonly Point[];
}

/** Returns the values of a series, without periods that have no data. */
export function valuesOf({ points }: Series): readonly number[] {
  return points.map(({ value }) => value).filter((value) => value !== undefined);
}
