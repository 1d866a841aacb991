import { element, type Svg } from '../picture/svg.ts';
import { fitText } from '../picture/text-width.ts';
import { type Box, inset } from './box.ts';
import { COLOR, SIZE } from './theme.ts';

const PADDING = 12;
const TITLE_HEIGHT = 26;

/** Draws the card of a widget with its title. `room` is the space for the content. */
export function frame(
  box: Box,
  title: string,
): { readonly card: readonly Svg[]; readonly room: Box } {
  const card = element('rect', {
    ...inset(box, { top: 0.5, right: 0.5, bottom: 0.5, left: 0.5 }),
    rx: 3,
    fill: COLOR.widget,
    stroke: COLOR.border,
  });
  const inside = inset(box, { top: PADDING - 3, right: PADDING, bottom: PADDING, left: PADDING });
  if (title === '') return { card: [card], room: inside };
  const heading = element(
    'text',
    {
      x: inside.x,
      y: inside.y + SIZE.title,
      'font-size': SIZE.title,
      'font-weight': 'bold',
      fill: COLOR.title,
    },
    [fitText(title, inside.width, SIZE.title, true)],
  );
  return { card: [card, heading], room: inset(inside, { top: TITLE_HEIGHT }) };
}
