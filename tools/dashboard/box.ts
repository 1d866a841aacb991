/** A rectangle of the picture, in pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Returns a box without its margins. */
export function inset(
  { x, y, width, height }: Box,
  margin: {
    readonly top?: number;
    readonly right?: number;
    readonly bottom?: number;
    readonly left?: number;
  },
): Box {
  const { top = 0, right = 0, bottom = 0, left = 0 } = margin;
  return { x: x + left, y: y + top, width: width - left - right, height: height - top - bottom };
}
