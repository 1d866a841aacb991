import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { renderFlow } from '../../../../tools/diagrams/flow.ts';

const FILE = join(import.meta.dirname, '../../../../docs/images/flow.svg');

it('docs/images/flow.svg is rendered from flow.dot (npm run picture:flow)', async () => {
  expect(readFileSync(FILE, 'utf8')).toBe(await renderFlow());
});
