import { join } from 'node:path';
import {
  goProgram,
  javaProgram,
  phpProgram,
  rustProgram,
} from '../../support/programs/compiled-program.ts';

const folder = (name: string) => join(import.meta.dirname, name);

/** The readers that have to be built, by the AWS SDK that they use. */
export const COMPILED_READERS = {
  go: goProgram(folder('go')),
  java: javaProgram(folder('java'), 'Reader'),
  javaV1: javaProgram(folder('java-v1'), 'Reader'),
  php: phpProgram(folder('php'), 'reader.php'),
  rust: rustProgram(folder('rust')),
};
