import type { AlarmState } from '../../../local/aws/cloudwatch/evaluate-alarm.ts';
import { element, type Svg } from '../../picture/svg.ts';
import { fitText } from '../../picture/text-width.ts';
import { type Box, inset } from '../box.ts';
import { COLOR, SIZE, STATE_LOOKS } from '../theme.ts';

/** The content of an alarm's tile. */
export interface AlarmTile {
  readonly severity: string;
  readonly name: string;
  readonly state: AlarmState;
}

const NAME_SIZE = 11.5;
const GAP = 7;
const STRIPE = 4;
const MIN_WIDTH = 150;
const MAX_HEIGHT = 44;

/** Draws a tile for each alarm, in the color of its state. */
export function drawAlarmStatus(tiles: readonly AlarmTile[], room: Box): readonly Svg[] {
  const columns = Math.min(tiles.length, Math.max(1, Math.floor(room.width / MIN_WIDTH)));
  const rows = Math.ceil(tiles.length / columns);
  const width = (room.width - GAP * (columns - 1)) / columns;
  const height = Math.min(MAX_HEIGHT, (room.height - GAP * (rows - 1)) / rows);
  return tiles.flatMap((tile, index) =>
    drawTile(tile, {
      x: room.x + (index % columns) * (width + GAP),
      y: room.y + Math.floor(index / columns) * (height + GAP),
      width,
      height,
    }),
  );
}

function drawTile({ name, severity, state }: AlarmTile, box: Box): readonly Svg[] {
  const { color, background, label } = STATE_LOOKS[state];
  const inside = inset(box, { left: STRIPE + 6, right: 4 });
  const middle = box.y + box.height / 2;
  return [
    element('rect', { ...box, rx: 3, fill: background, stroke: color, 'stroke-opacity': 0.35 }),
    element('rect', { ...box, width: STRIPE, rx: 1.5, fill: color }),
    element(
      'text',
      {
        x: inside.x,
        y: middle - 1,
        'font-size': NAME_SIZE,
        'font-weight': 'bold',
        fill: COLOR.title,
      },
      [fitText(name, inside.width, NAME_SIZE, true)],
    ),
    element('text', { x: inside.x, y: middle + 12, 'font-size': SIZE.axis, fill: color }, [
      `${label} · ${severity}`,
    ]),
  ];
}
