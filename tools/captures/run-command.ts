import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/kube-aws-iam.ts');

/** Where a person types commands: in a folder with a `cdk.json` of the clusters, with an environment. */
export interface Shell {
  readonly clusters: readonly object[];
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * What the real executable shows on a terminal that has colours: results and remarks in the order in which they were
 * written.
 * @throws when it was called wrongly, which would be no picture of the product
 */
export async function runCommand(
  words: readonly string[],
  columns: number,
  shell: Shell,
): Promise<string> {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'cdk.json'), JSON.stringify({ context: { clusters: shell.clusters } }));
  const file = join(cwd, 'output');
  const output = openSync(file, 'w');
  // A file that says of itself what a terminal would; what shows progress there looks at the other stream.
  const terminal = `process.stdout.isTTY = true; process.stdout.columns = ${columns};`;
  const options = ['--import', `data:text/javascript,${encodeURIComponent(terminal)}`];
  const child = spawn(process.execPath, [...options, PROGRAM, ...words], {
    cwd,
    env: {
      PATH: process.env['PATH'],
      HOME: cwd,
      FORCE_COLOR: '1',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
      ...shell.environment,
    },
    stdio: ['ignore', output, output],
  });
  const [code] = await once(child, 'exit');
  closeSync(output);
  const shown = readFileSync(file, 'utf8');
  if (code === 0 || code === 1) return shown;
  throw new Error(`kube-aws-iam ${words.join(' ')} ended with ${code}: ${shown}`);
}
