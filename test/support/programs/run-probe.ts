import type { V1Probe } from '@kubernetes/client-node';
import { runToEnd } from '../../../tools/processes/end-with-parent.ts';

/** The result of a probe, which the kubelet puts into an Event when it failed. */
export interface ProbeResult {
  readonly code: number;
  readonly output: string;
}

/**
 * Runs the command of a probe, like the kubelet, with the environment of its container.
 *
 * @param shell - replaces `sh`
 */
export async function runProbe(
  probe: V1Probe | undefined,
  env: Readonly<Record<string, string | undefined>>,
  shell?: readonly string[],
): Promise<ProbeResult> {
  const [sh = '', ...parameters] = probe?.exec?.command ?? [];
  const [file = sh, ...before] = shell ?? [];
  return runToEnd(file, [...before, ...parameters], { env: { ...env } }).then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    ({ code, stdout, stderr }) => ({ code, output: `${stderr}${stdout}` }),
  );
}
