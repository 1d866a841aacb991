import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { endWithParent } from '../../tools/processes/end-with-parent.ts';
import type { MovableClock } from '../clock.ts';
import { type ContainerFiles, containerEnvironment } from '../container-environment.ts';

/** A process that uses credentials like an application in a container. */
export interface PodProcess {
  /** Returns the ARN of the caller, or the error of the SDK. */
  whoAmI(): Promise<string>;
  stop(): void;
}

interface PodProcessOptions extends ContainerFiles {
  readonly clock: MovableClock;
  readonly stsUrl: string;
  readonly region: string;
}

/** Starts the demo's application, with the environment of a pod and the endpoint of the embedded STS. */
export async function startPodProcess(options: PodProcessOptions): Promise<PodProcess> {
  const env = {
    ...(await containerEnvironment(options)),
    AWS_REGION: options.region,
    AWS_ENDPOINT_URL_STS: options.stsUrl,
  };
  const child: ChildProcess = endWithParent(() =>
    fork(join(import.meta.dirname, 'pod-program.ts'), {
      env,
      execArgv: ['--disable-warning=ExperimentalWarning'],
    }),
  );
  return {
    async whoAmI() {
      child.send(options.clock.offsetMs);
      const [answer]: { arn?: string; error?: string }[] = await once(child, 'message');
      return answer?.arn ?? answer?.error ?? 'the process sent no answer';
    },
    stop: () => child.disconnect(),
  };
}
