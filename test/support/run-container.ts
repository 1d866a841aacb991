import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { V1PodSpec } from '@kubernetes/client-node';

/** A container's process, run beside the test in place of a container runtime. */
export interface RunningContainer {
  /** What it has printed up to now, on both streams. */
  readonly output: string;
  /** Asks it to end, as the kubelet does. @returns its exit code */
  stop(): Promise<number | null>;
}

/**
 * Runs the only container of a pod as its spec says, with the files that a kubelet has laid out for it. As there is no
 * container, paths of its mounts are those of the kubelet's folders, in the command and in the environment.
 *
 * @param volumes - the kubelet's folder of the pod's volumes
 * @param environment - set besides; it goes first
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
  const child: ChildProcess = spawn(process.execPath, parameters.map(onHost), {
    env: { PATH: process.env['PATH'], ...Object.fromEntries(env), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
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

/** Where a kubelet lays out a volume of a pod. */
export function volumeFolder(spec: V1PodSpec, volumes: string, name: string): string {
  const volume = spec.volumes?.find((one) => one.name === name);
  const kind = (['secret', 'configMap', 'projected'] as const).find((one) => volume?.[one]);
  if (kind === undefined) throw new Error(`there is no volume ${name} of a kind that is known`);
  return join(volumes, `kubernetes.io~${kind.toLowerCase()}`, name);
}
