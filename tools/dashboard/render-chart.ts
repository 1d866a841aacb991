import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Svg } from '../picture/svg.ts';
import { textWidth } from '../picture/text-width.ts';
import type { Box } from './box.ts';

declare module 'vega' {
  /** Text measurement of the renderer, which vega's own types omit. */
  const textMetrics: {
    width: (item: TextItem, line?: string | number) => number;
  };
}

interface TextItem {
  readonly text?: unknown;
  readonly fontSize?: number;
}

// The default depends on whether the `canvas` package is installed.
vega.textMetrics.width = ({ text, fontSize = 11 }, line) =>
  textWidth(String(line ?? text ?? ''), fontSize);

/** Renders a Vega-Lite chart as an SVG element in a box. The same chart has the same bytes on every machine. */
export async function renderChart(spec: TopLevelSpec, { x, y }: Box): Promise<Svg> {
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  // Visible overflow: the font of the reader can be wider than the estimate.
  const placed = svg.replace('<svg ', `<svg x="${x}" y="${y}" overflow="visible" `);
  // Line breaks keep the differences of a committed picture readable.
  return { markup: placed.replace(/="[^"]*"/g, roundNumbers).replaceAll('><', '>\n<') };
}

/** Rounds the numbers of an attribute to hundredths, like those of other elements. */
function roundNumbers(attribute: string): string {
  return attribute.replace(/\d+\.\d{3,}(e-?\d+)?/g, (number) =>
    String(Math.round(Number(number) * 100) / 100),
  );
}
