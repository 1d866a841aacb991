import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { V1PodSpec } from '@kubernetes/client-node';
import { endWithParent } from '../../../tools/processes/end-with-parent.ts';

/** The process of a container, without a container runtime. */
export interface RunningContainer {
  /** Its output so far, of both streams. */
  readonly output: string;
  /** Sends SIGTERM, like the kubelet. @returns the exit code */
  stop(): Promise<number | null>;
}

/**
 * Runs the only container of a pod according to its spec, with the volumes of a kubelet. Mount paths in its command and
 * environment are replaced by the kubelet's folders, because the process has no file system of its own.
 *
 * @param volumes - the kubelet's folder with the pod's volumes
 * @param environment - additional variables, which take precedence
 */
export function runContainer(
  spec: V1PodSpec,
  volumes: string,
  environment: Readonly<Record<string, string>>,
): RunningContainer {
  const [container] = spec.containers;
  const [, ...parameters] = container?.command ?? [];
  const onHost = (text: string) => {
    const mount = container?.volumeMounts?.find(({ mountPath }) => text.startsWith(mountPath));
    if (mount === undefined) return text;
    return text.replace(mount.mountPath, volumeFolder(spec, volumes, mount.name));
  };
  const env = (container?.env ?? []).map(({ name, value = '' }) => [name, onHost(value)]);
  const child: ChildProcess = endWithParent(() =>
    spawn(process.execPath, parameters.map(onHost), {
      env: { PATH: process.env['PATH'], ...Object.fromEntries(env), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  return {
    get output() {
      return output;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      return child.exitCode;
    },
  };
}

/** Returns the kubelet's folder of a volume. */
export function volumeFolder(spec: V1PodSpec, volumes: string, name: string): string {
  const volume = spec.volumes?.find((one) => one.name === name);
  const kind = (['secret', 'configMap', 'projected'] as const).find((one) => volume?.[one]);
  if (kind === undefined) throw new Error(`there is no volume ${name} of a kind that is known`);
  return join(volumes, `kubernetes.io~${kind.toLowerCase()}`, name);
}
