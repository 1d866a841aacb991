import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderFlow } from './flow.ts';

writeFileSync(join(import.meta.dirname, '../../docs/images/flow.svg'), await renderFlow());
