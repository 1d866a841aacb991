import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './temporary-folder.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/kube-aws-iam.ts');

/** What a command ended with. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where a command runs: a folder with a `cdk.json`, and nothing of AWS and Kubernetes in its environment but what is said. */
export interface CommandPlace {
  /** The clusters of `cdk.json`; no file when absent. */
  readonly clusters?: readonly object[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the real executable in a process of its own, without a terminal. */
export function kubeAwsIam(
  words: readonly string[],
  { clusters, env = {} }: CommandPlace,
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
