import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './temporary-folder.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/kube-aws-iam.ts');

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
}

/** Runs the CLI in a process, without a terminal. */
export function kubeAwsIam(
  words: readonly string[],
  { clusters, env = {} }: CommandOptions,
): Promise<CommandResult> {
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
      ...env,
    },
    maxBuffer: 16 * 1_048_576,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...words], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code ?? -1);
      resolve({ code, stdout, stderr });
    });
  });
}
