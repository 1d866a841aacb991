import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { V1PodSpec, V1Probe } from '@kubernetes/client-node';
import { endWithParent } from '../../../tools/processes/end-with-parent.ts';
import { runProbe } from './run-probe.ts';

/** The process of a container, without a container runtime. */
export interface RunningContainer {
  /** Its output so far, of both streams. */
  readonly output: string;
  /** Runs the command of a probe. @returns whether it succeeds */
  probe(probe: V1Probe | undefined): Promise<boolean>;
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
  const ofContainer = (container?.env ?? []).map(({ name, value = '' }) => [name, onHost(value)]);
  const env = { PATH: process.env['PATH'], ...Object.fromEntries(ofContainer), ...environment };
  const child: ChildProcess = endWithParent(() =>
    spawn(process.execPath, parameters.map(onHost), {
      env,
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
    probe: async (probe) => (await runProbe(probe, env)).code === 0,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      return child.exitCode;
    },
  };
}

/** Names of the kubelet's folders, by kind of volume. */
const FOLDERS: Readonly<Record<string, string>> = {
  secret: 'secret',
  configMap: 'configmap',
  projected: 'projected',
  emptyDir: 'empty-dir',
};

/** Returns the kubelet's folder of a volume. */
export function volumeFolder(spec: V1PodSpec, volumes: string, name: string): string {
  const volume = spec.volumes?.find((one) => one.name === name);
  const kind = Object.keys(FOLDERS).find((one) => volume && one in volume);
  if (kind === undefined) throw new Error(`there is no volume ${name} of a kind that is known`);
  return join(volumes, `kubernetes.io~${FOLDERS[kind]}`, name);
}
