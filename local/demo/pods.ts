import { setTimeout } from 'node:timers/promises';
import type { World } from './world.ts';

/** Waits until a pod runs, and names it. @throws when it does not, after some seconds */
export async function untilRunning(
  { admin }: World,
  pod: { readonly namespace: string; readonly name: string },
): Promise<string> {
  const shown = `${pod.namespace}/${pod.name}`;
  for (let tries = 0; tries < 2_000; tries++) {
    const { status } = await admin.readNamespacedPod(pod);
    if (status?.phase === 'Running') return shown;
    await setTimeout(5);
  }
  throw new Error(`pod ${shown} did not start`);
}
