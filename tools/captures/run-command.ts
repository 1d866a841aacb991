import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endWithParent } from '../processes/end-with-parent.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/kube-aws-iam.ts');

/** `cdk.json` and environment of a command. */
export interface Shell {
  readonly clusters: readonly object[];
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Runs the CLI as on a terminal with colours, and returns its standard output and standard error as printed.
 *
 * @throws on a usage error, which would be no picture of the product
 */
export async function runCommand(
  words: readonly string[],
  columns: number,
  shell: Shell,
): Promise<string> {
  const cwd = await mkdtemp(join(tmpdir(), 'kube-aws-iam-capture-'));
  try {
    return await runIn(cwd, words, columns, shell);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

async function runIn(
  cwd: string,
  words: readonly string[],
  columns: number,
  { clusters, environment }: Shell,
): Promise<string> {
  await writeFile(join(cwd, 'cdk.json'), JSON.stringify({ context: { clusters } }));
  const file = join(cwd, 'output');
  const output = openSync(file, 'w');
  // Standard output is a file that claims to be a terminal. Standard error does not, so no spinner is shown.
  const terminal = `process.stdout.isTTY = true; process.stdout.columns = ${columns};`;
  const options = ['--import', `data:text/javascript,${encodeURIComponent(terminal)}`];
  const child = endWithParent(() =>
    spawn(process.execPath, [...options, PROGRAM, ...words], {
      cwd,
      env: {
        PATH: process.env['PATH'],
        HOME: cwd,
        FORCE_COLOR: '1',
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
        AWS_EC2_METADATA_DISABLED: 'true',
        ...environment,
      },
      stdio: ['ignore', output, output],
    }),
  );
  const [code] = await once(child, 'exit');
  closeSync(output);
  const printed = await readFile(file, 'utf8');
  if (code === 0 || code === 1) return printed;
  throw new Error(`kube-aws-iam ${words.join(' ')} exited with ${code}: ${printed}`);
}
