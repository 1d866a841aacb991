/**
 * Makes the list of all live pods one way, in a process of its own, so that its memory is its own too. Started by
 * `sweep-list.ts`, which says over which server and which way, and is told what it took.
 */
import { Agent, fetch } from 'undici';
import { connectCluster } from '../../lambda/observe/connect-cluster.ts';
import type { KubernetesConnection } from '../../lambda/observe/kubernetes-connection.ts';
import { listPods } from '../../lambda/observe/pods.ts';
import { remember } from '../../lambda/observe/remembered.ts';

/** `ours`: as a sweep lists. `parse`: the same pages by fetch and `JSON.parse`. */
export type ListWay = 'ours' | 'parse';

export interface ListTask {
  readonly way: ListWay;
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
}

/** What one list took. */
export interface ListFigures {
  readonly pods: number;
  readonly withSecret: number;
  readonly megabytes: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
}

type Counts = Pick<ListFigures, 'pods' | 'withSecret'> & { readonly bytes: number };

const WAYS: Readonly<Record<ListWay, (task: ListTask) => Promise<Counts>>> = {
  async ours({ url, caPem, token }) {
    const connection = connectCluster({
      clusterName: 'bench',
      endpoint: remember(async () => ({ url, certificateAuthority: caPem })),
      token: remember(async () => ({ value: token, staleAt: new Date(8.64e15) })),
      version: 'bench',
      now: () => new Date(),
      random: Math.random,
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    });
    let bytes = 0;
    const counting: KubernetesConnection = {
      async send(request) {
        const response = await connection.send(request);
        bytes += response.body.length;
        return response;
      },
    };
    const { signal } = new AbortController();
    const { items, seen, failure } = await listPods(counting, {
      phase: 'live',
      namespaces: [],
      signal,
    });
    await connection.close();
    if (failure) throw failure;
    return { pods: seen, withSecret: items.length, bytes };
  },

  async parse({ url, caPem, token }) {
    const dispatcher = new Agent({ connect: { ca: caPem } });
    const kept: object[] = [];
    let [pods, bytes, next] = [0, 0, ''];
    do {
      const query = new URLSearchParams({
        limit: '500',
        fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
        continue: next,
      });
      const response = await fetch(`${url}/api/v1/pods?${query}`, {
        dispatcher,
        headers: { authorization: `Bearer ${token}` },
      });
      const body = await response.text();
      bytes += body.length;
      const list = JSON.parse(body);
      pods += list.items.length;
      for (const { metadata, spec } of list.items) {
        const secrets = (spec.volumes ?? [])
          .map((volume: { secret?: { secretName: string } }) => volume.secret?.secretName ?? '')
          .filter((name: string) => name.startsWith('aws-iam-'));
        if (secrets.length > 0)
          kept.push({ name: metadata.name, namespace: metadata.namespace, secrets });
      }
      next = list.metadata.continue ?? '';
    } while (next);
    await dispatcher.close();
    return { pods, withSecret: kept.length, bytes };
  },
};

process.once('message', async (task: ListTask) => {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  const { bytes, ...counts } = await WAYS[task.way](task);
  const { user, system } = process.cpuUsage(cpu);
  const figures: ListFigures = {
    ...counts,
    megabytes: bytes / 1e6,
    wallSeconds: (performance.now() - wall) / 1e3,
    cpuSeconds: (user + system) / 1e6,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
  };
  process.send?.(figures, () => process.disconnect());
});
