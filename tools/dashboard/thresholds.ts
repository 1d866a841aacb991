import { element, type Svg } from '../picture/svg.ts';
import { fitText, textWidth } from '../picture/text-width.ts';
import type { ValueScale } from './axes.ts';
import type { Box } from './box.ts';
import { COLOR, SIZE } from './theme.ts';
import type { Annotation } from './widget.ts';

const DASHES = '5 3';
const HEIGHT = SIZE.axis + 3;
const MARGIN = 4;
/** Where a label may be, in parts of the room that it leaves. */
const SHARES = [0, 0.25, 0.5, 0.75, 1];

/** What thresholds are drawn among. */
export interface Surroundings {
  readonly y: ValueScale;
  readonly plot: Box;
  /** Where the lines of the chart run. */
  readonly lines: readonly Box[];
}

/** Horizontal lines at thresholds, each with its label where it covers least. */
export function drawThresholds(
  annotations: readonly Annotation[],
  around: Surroundings,
): readonly Svg[] {
  const taken: Box[] = [];
  const labels = annotations
    .filter(({ label }) => label !== '')
    .map((annotation) => {
      const place = placeOf(annotation, around, taken);
      taken.push(place);
      return drawLabel(annotation, place);
    });
  return [...annotations.map((one) => drawThreshold(one, around)), ...labels];
}

function drawThreshold({ value, color }: Annotation, { y, plot }: Surroundings): Svg {
  return element('line', {
    x1: plot.x,
    x2: plot.x + plot.width,
    y1: y(value),
    y2: y(value),
    stroke: color,
    'stroke-width': 1.3,
    'stroke-dasharray': DASHES,
  });
}

/** Above or below the threshold, from left to right: the first of those places that cover least. */
function placeOf({ value, label }: Annotation, around: Surroundings, taken: readonly Box[]): Box {
  const { plot, y } = around;
  const width = Math.min(textWidth(label, SIZE.axis), plot.width - 2 * MARGIN);
  const room = plot.width - 2 * MARGIN - width;
  const places = [y(value) - HEIGHT - 2, y(value) + 2].flatMap((top) =>
    SHARES.map((share) => ({
      x: plot.x + MARGIN + share * room,
      y: top,
      width,
      height: HEIGHT,
    })),
  );
  const costs = places.map((place) => costOf(place, around, taken));
  return places[costs.indexOf(Math.min(...costs))] ?? plot;
}

/** How much a label would cover: a label or the edge of the chart is worse than any number of lines. */
function costOf(place: Box, { lines, plot }: Surroundings, taken: readonly Box[]): number {
  const covered = lines.filter((line) => overlap(place, line)).length;
  const isOutside = place.y < plot.y || place.y + place.height > plot.y + plot.height;
  const isTaken = taken.some((other) => overlap(place, other));
  return covered + (isOutside ? 1_000 : 0) + (isTaken ? 10_000 : 0);
}

function overlap(one: Box, other: Box): boolean {
  return (
    one.x <= other.x + other.width &&
    other.x <= one.x + one.width &&
    one.y <= other.y + other.height &&
    other.y <= one.y + one.height
  );
}

/** With a halo, as lines may run behind it. */
function drawLabel({ label, color }: Annotation, { x, y, width }: Box): Svg {
  return element(
    'text',
    {
      x,
      y: y + SIZE.axis,
      'font-size': SIZE.axis,
      fill: color,
      stroke: COLOR.widget,
      'stroke-width': 3,
      'paint-order': 'stroke',
    },
    [fitText(label, width + 1, SIZE.axis)],
  );
}
