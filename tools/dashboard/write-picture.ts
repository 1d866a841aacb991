import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { synthesizedPicture } from './sample/synthesized-picture.ts';

const FILE = join(import.meta.dirname, '../../docs/images/dashboard.svg');

await writeFile(FILE, await synthesizedPicture());
