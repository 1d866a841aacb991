import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SETTINGS, startCaptureWorld } from './capture-world.ts';
import { runCommand } from './run-command.ts';
import { terminalPicture } from './terminal-picture.ts';

const FOLDER = join(import.meta.dirname, '../../docs/images');

/** A command as it is typed, and the picture that it is in. */
interface CapturedCommand {
  readonly file: string;
  readonly words: readonly string[];
  /** Lines that are shown. @default - all */
  readonly head?: number;
}

/** Narrow enough for a README, which shrinks what is wider. */
const COLUMNS = 110;
/** In the order in which they are run, for some change what the next ones show. */
const COMMANDS: readonly CapturedCommand[] = [
  { file: 'plan', words: ['plan'] },
  { file: 'status', words: ['status'] },
  { file: 'explain-pod', words: ['explain', 'pod', 'invoices-66b4d', '-n', 'billing'] },
  { file: 'doctor', words: ['doctor'] },
  { file: 'trust-policy', words: ['trust-policy', 'app-orders', '--namespace', 'shop'] },
  { file: 'renew', words: ['renew', '--role', 'app-orders'] },
  { file: 'pause', words: ['pause', '--yes'] },
  { file: 'resume', words: ['resume'] },
  { file: 'manifests', words: ['manifests'], head: 17 },
];

const world = await startCaptureWorld();
try {
  const shell = { clusters: [SETTINGS], environment: world.environment };
  for (const { file, words, ...options } of COMMANDS) {
    const output = await runCommand(words, COLUMNS, shell);
    const command = `kube-aws-iam ${words.join(' ')}`;
    await writeFile(
      join(FOLDER, `${file}.svg`),
      terminalPicture({ command, output, columns: COLUMNS, ...options }),
    );
    console.log(`docs/images/${file}.svg`);
  }
} finally {
  await world.stop();
}
