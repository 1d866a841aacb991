import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { instance } from '@viz-js/viz';

const SOURCE = join(import.meta.dirname, '../../docs/images/flow.dot');

/** Renders docs/images/flow.dot, the diagram of docs/architecture.md, as SVG. The same source gives the same bytes. */
export async function renderFlow(): Promise<string> {
  const viz = await instance();
  return viz.renderString(readFileSync(SOURCE, 'utf8'), { format: 'svg' });
}
