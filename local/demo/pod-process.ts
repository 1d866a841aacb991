import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MOUNT_PATH } from '../../lambda/contract/secret.ts';
import type { MovableClock } from '../clock.ts';

/** A container's process, as far as credentials go. */
export interface PodProcess {
  /** The ARN that AWS knows the pod by, or the SDK's error. */
  whoAmI(): Promise<string>;
  stop(): void;
}

export interface PodProcessOptions {
  readonly clock: MovableClock;
  /** Where the kubelet keeps the files that the pod sees at the mount path. */
  readonly mounted: string;
  /** Which of the files the SDK is pointed to. */
  readonly file: 'credentials' | 'credentials.process';
  readonly stsUrl: string;
  readonly region: string;
  /** A folder for what stands in for the pod's file system. */
  readonly folder: string;
}

/**
 * Starts the demo's application. Its environment is what a pod spec would give it, and the embedded STS. There are no
 * containers here, so `cat` is one that finds the mount path in the kubelet's folder: the files stay as they are.
 */
export async function startPodProcess(options: PodProcessOptions): Promise<PodProcess> {
  const bin = join(options.folder, 'bin');
  await mkdir(bin, { recursive: true });
  const cat = join(bin, 'cat');
  await writeFile(cat, `#!/bin/sh\ncommand -p cat "${options.mounted}\${1#${MOUNT_PATH}}"\n`);
  await chmod(cat, 0o755);

  const child: ChildProcess = fork(join(import.meta.dirname, 'pod-program.ts'), {
    env: {
      PATH: `${bin}:/usr/bin:/bin`,
      AWS_SHARED_CREDENTIALS_FILE: join(options.mounted, options.file),
      AWS_REGION: options.region,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL_STS: options.stsUrl,
    },
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  return {
    async whoAmI() {
      child.send(options.clock.offsetMilliseconds);
      const [answer]: { arn?: string; error?: string }[] = await once(child, 'message');
      return answer?.arn ?? answer?.error ?? 'no answer';
    },
    stop: () => child.disconnect(),
  };
}
