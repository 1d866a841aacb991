import { element, type Svg } from '../picture/svg.ts';
import { fitText } from '../picture/text-width.ts';
import type { ValueScale } from './axes.ts';
import type { Box } from './box.ts';
import { COLOR, SIZE } from './theme.ts';
import type { Annotation } from './widget.ts';

/** The colour of a threshold that has none of its own. */
const OWN_COLOR = '#d13212';
const DASHES = '5 3';

/** Horizontal lines at thresholds, each with its label, and shade on the side that is meant. */
export function drawThresholds(
  annotations: readonly Annotation[],
  scale: ValueScale,
  box: Box,
): readonly Svg[] {
  return annotations.flatMap(({ value, label = '', color = OWN_COLOR, fill }) => {
    const y = scale(value);
    const line = { x1: box.x, x2: box.x + box.width, y1: y, y2: y };
    return [
      ...shade(fill, y, box, color),
      element('line', { ...line, stroke: color, 'stroke-width': 1.3, 'stroke-dasharray': DASHES }),
      ...(label === '' ? [] : [drawLabel(label, y, box, color)]),
    ];
  });
}

function shade(fill: Annotation['fill'], y: number, box: Box, color: string): readonly Svg[] {
  if (fill === 'none') return [];
  const [from, to] = fill === 'above' ? [box.y, y] : [y, box.y + box.height];
  const { x, width } = box;
  return [element('rect', { x, y: from, width, height: to - from, fill: color, opacity: 0.06 })];
}

/** Above the line, or below where the box ends; with a halo, as lines may run behind it. */
function drawLabel(label: string, y: number, box: Box, color: string): Svg {
  const isAtTop = y - box.y < SIZE.axis + 4;
  return element(
    'text',
    {
      x: box.x + 4,
      y: isAtTop ? y + SIZE.axis + 2 : y - 4,
      'font-size': SIZE.axis,
      fill: color,
      stroke: COLOR.widget,
      'stroke-width': 3,
      'paint-order': 'stroke',
    },
    [fitText(label, box.width - 8, SIZE.axis)],
  );
}
