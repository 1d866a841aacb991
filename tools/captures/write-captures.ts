/**
 * Runs commands of the CLI on a real cluster and writes pictures of their output for the docs.
 *
 *     npm run captures
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SETTINGS, withCaptureWorld } from './capture-world.ts';
import { runCommand } from './run-command.ts';
import { terminalPicture } from './terminal-picture.ts';

const FOLDER = join(import.meta.dirname, '../../docs/images');

/** A command, and the picture of its output. */
interface Capture {
  /** Name of the picture, without `.svg`. */
  readonly file: string;
  readonly words: readonly string[];
  /** Maximum number of lines. @default - all */
  readonly head?: number;
}

/** Narrow enough for a README, which scales wider pictures down. */
const COLUMNS = 110;
/** In the order of execution: some commands change what later ones show. */
const CAPTURES: readonly Capture[] = [
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

/** The address of this machine's name server, in an error of the API server. */
const NAME_SERVER = / on [^ ]+:53(?=: no such host)/;

await withCaptureWorld(async (environment) => {
  const shell = { clusters: [SETTINGS], environment };
  for (const { file, words, ...options } of CAPTURES) {
    const output = (await runCommand(words, COLUMNS, shell)).replace(NAME_SERVER, '');
    const command = `kube-aws-iam ${words.join(' ')}`;
    const picture = terminalPicture({ command, output, columns: COLUMNS, ...options });
    await writeFile(join(FOLDER, `${file}.svg`), picture);
    console.log(`docs/images/${file}.svg`);
  }
});
