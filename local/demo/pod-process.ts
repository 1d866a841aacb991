import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { MovableClock } from '../clock.ts';
import { type ContainerFiles, containerEnvironment } from '../container-environment.ts';

/** A container's process, as far as credentials go. */
export interface PodProcess {
  /** The ARN that AWS knows the pod by, or the SDK's error. */
  whoAmI(): Promise<string>;
  stop(): void;
}

export interface PodProcessOptions extends ContainerFiles {
  readonly clock: MovableClock;
  readonly stsUrl: string;
  readonly region: string;
}

/** Starts the demo's application. Its environment is what a pod spec would give it, and the embedded STS. */
export async function startPodProcess(options: PodProcessOptions): Promise<PodProcess> {
  const child: ChildProcess = fork(join(import.meta.dirname, 'pod-program.ts'), {
    env: {
      ...(await containerEnvironment(options)),
      AWS_REGION: options.region,
      AWS_ENDPOINT_URL_STS: options.stsUrl,
    },
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  return {
    async whoAmI() {
      child.send(options.clock.offsetMs);
      const [answer]: { arn?: string; error?: string }[] = await once(child, 'message');
      return answer?.arn ?? answer?.error ?? 'no answer';
    },
    stop: () => child.disconnect(),
  };
}
