import { join } from 'node:path';
import { z } from 'zod';
import type { ApiClient } from '../api-client.ts';
import { waitUntil } from '../wait-until.ts';
import { launch } from './components.ts';
import { SIGNING_KEY } from './control-plane.ts';
import { freePort } from './free-port.ts';
import type { ProcessGroup } from './process-group.ts';

const NodeState = z.object({
  spec: z.object({ taints: z.array(z.unknown()).optional() }),
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })) }),
});

/** Starts the controller manager: namespace, garbage collection and node controllers among others. */
export function launchControllers(
  group: ProcessGroup,
  folder: string,
  kubeconfig: string,
  flags: Readonly<Record<string, string>> = {},
): void {
  launch(group, 'kube-controller-manager', {
    kubeconfig,
    'leader-elect': false,
    'secure-port': 0,
    'service-account-private-key-file': join(folder, SIGNING_KEY),
    'use-service-account-credentials': false,
    ...flags,
  });
}

/**
 * Starts the scheduler and hollow kubelets `node-1`, `node-2`, ..., and waits until all of them are schedulable. Returns
 * their root folders.
 */
export async function launchNodes(
  group: ProcessGroup,
  kubeconfig: string,
  nodes: number,
  client: ApiClient,
): Promise<string[]> {
  launch(group, 'kube-scheduler', { kubeconfig, 'leader-elect': false, 'secure-port': 0 });
  const roots: string[] = [];
  for (let node = 1; node <= nodes; node++)
    roots.push(await launchKubelet(group, kubeconfig, `node-${node}`));
  await waitUntil(`${nodes} Ready node(s)`, async () => {
    await group.assertAlive();
    const { body } = await client.send('GET', '/api/v1/nodes');
    return body.items.filter(isSchedulable).length === nodes || undefined;
  });
  return roots;
}

async function launchKubelet(
  group: ProcessGroup,
  kubeconfig: string,
  name: string,
): Promise<string> {
  const flags = {
    morph: 'kubelet',
    name,
    kubeconfig,
    'use-host-image-service': false,
    'kubelet-port': await freePort(),
    'kubelet-read-only-port': 0,
    'max-pods': 1_000,
    // A hollow kubelet reports none otherwise, and pods that request some, such as the forwarder's, are not scheduled.
    'extended-resources': 'ephemeral-storage=100Gi',
    'kube-api-qps': 50,
    'kube-api-burst': 100,
  };
  launch(group, 'kubemark', flags, name);
  const root = await waitUntil(`the root folder of ${name}`, () => kubeletRoot(group, name));
  group.addFolder(root);
  return root;
}

/** Reads the root folder of a hollow kubelet from its log. The name is random, and no flag changes it. */
async function kubeletRoot(group: ProcessGroup, name: string): Promise<string | undefined> {
  await group.assertAlive();
  return /Using (\S+) as root dir/.exec(await group.logOf(name))?.[1];
}

/** A node has a taint until it is Ready and the node controller has observed it. */
function isSchedulable(node: { readonly [field: string]: unknown }): boolean {
  const { spec, status } = NodeState.parse(node);
  return (
    spec.taints === undefined &&
    status.conditions.some((c) => c.type === 'Ready' && c.status === 'True')
  );
}
