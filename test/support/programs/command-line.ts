import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endWithParent } from '../../../tools/processes/end-with-parent.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { bundledProgram } from './bundled-program.ts';

const SOURCE = join(import.meta.dirname, '../../../bin/kube-aws-iam.ts');

/** Exit code and output of a command. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Working directory and environment of a command. It has no AWS or Kubernetes configuration of this machine. */
export interface CommandOptions {
  /** The clusters of `cdk.json`. @default - no file */
  readonly clusters?: readonly object[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether to run the sources, like a user, and not a bundle of them. @default false */
  readonly fromSource?: boolean;
}

/** Runs the CLI in a process, without a terminal. */
export async function kubeAwsIam(
  words: readonly string[],
  { clusters, env = {}, fromSource = false }: CommandOptions,
): Promise<CommandResult> {
  const program = fromSource ? SOURCE : await bundledProgram();
  const cwd = temporaryFolder();
  if (clusters !== undefined) {
    writeFileSync(join(cwd, 'cdk.json'), JSON.stringify({ context: { clusters } }));
  }
  const options = {
    cwd,
    env: {
      PATH: process.env['PATH'],
      HOME: cwd,
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
      ...compileCache(),
      ...env,
    },
    maxBuffer: 16 * 1_048_576,
  };
  return new Promise((resolve) => {
    endWithParent(() =>
      execFile(process.execPath, [program, ...words], options, (error, stdout, stderr) => {
        const code = error === null ? 0 : Number(error.code ?? -1);
        resolve({ code, stdout, stderr });
      }),
    );
  });
}

/** The compile cache of the test run, which processes share. */
function compileCache(): Record<string, string> {
  const { NODE_COMPILE_CACHE } = process.env;
  return NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };
}
