import { join } from 'node:path';
import { z } from 'zod';
import type { ApiClient } from '../api-client.ts';
import { SIGNING_KEY } from './control-plane.ts';
import { freePort } from './free-port.ts';
import { launch } from './launch.ts';
import type { ProcessGroup } from './process-group.ts';
import { waitUntil } from '../wait-until.ts';

const NodeState = z.object({
  spec: z.object({ taints: z.array(z.unknown()).optional() }),
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })) }),
});

/** Starts the controllers: of namespaces that are deleted, of owned objects, of the taints of nodes. */
export function launchControllers(group: ProcessGroup, folder: string, kubeconfig: string): void {
  launch(group, 'kube-controller-manager', {
    kubeconfig,
    'leader-elect': false,
    'secure-port': 0,
    'service-account-private-key-file': join(folder, SIGNING_KEY),
    'use-service-account-credentials': false,
  });
}

/**
 * Starts the scheduler and hollow kubelets `node-1`, `node-2`, ..., and waits until pods can
 * be scheduled to all of them. Gives the root folder of each.
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
    'kube-api-qps': 50,
    'kube-api-burst': 100,
  };
  launch(group, 'kubemark', flags, name);
  const root = await waitUntil(`the root folder of ${name}`, () => kubeletRoot(group, name));
  group.addFolder(root);
  return root;
}

// A hollow kubelet makes its root folder under a random name, which no flag changes, and tells it in its log.
async function kubeletRoot(group: ProcessGroup, name: string): Promise<string | undefined> {
  await group.assertAlive();
  return /Using (\S+) as root dir/.exec(await group.logOf(name))?.[1];
}

/** A node is given a taint until it is Ready and its controller has seen so. */
function isSchedulable(node: { readonly [field: string]: unknown }): boolean {
  const { spec, status } = NodeState.parse(node);
  return (
    spec.taints === undefined &&
    status.conditions.some((c) => c.type === 'Ready' && c.status === 'True')
  );
}
