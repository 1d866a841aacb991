/**
 * Lists a cluster with one method and reports the cost. Runs in its own process, so that its memory can be measured:
 * `sweep-list.ts` starts it and sends it a task.
 */
import { Agent, fetch } from 'undici';
import { cacheValue } from '../../kubernetes/cached-value.ts';
import { connectCluster } from '../../kubernetes/connection/connect-cluster.ts';
import { eksRemedies } from '../../kubernetes/eks/eks-remedies.ts';
import type { KubernetesConnection } from '../../kubernetes/kubernetes-connection.ts';
import { createPlanContext } from '../../lambda/decide/plan.ts';
import { planRefresh } from '../../lambda/decide/plan-refresh.ts';
import { planSweep } from '../../lambda/decide/plan-sweep.ts';
import { observeCluster } from '../../lambda/observe/observe-cluster.ts';
import type { PodPhase } from '../../lambda/observe/pods.ts';

/** `sweep` and `refresh`: observe and plan as the pass does. `parse`: only the pods of a sweep, with fetch and `JSON.parse`. */
export type ListMethod = 'sweep' | 'refresh' | 'parse';

export interface ListTask {
  readonly method: ListMethod;
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
}

/** The cost of one run. */
export interface ListFigures {
  readonly pods: number;
  /** Secrets in the plan, or pods that request one. */
  readonly planned: number;
  readonly megabytes: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
}

const POLICY = {
  baseRoleArn: 'arn:aws:iam::123456789012:role/',
  assumableRoles: ['arn:aws:iam::123456789012:role/*'],
  deniedRoles: [],
  namespaceRestrictions: 'off',
  allowedRolesFormat: 'glob',
} as const;

type Counts = Pick<ListFigures, 'pods' | 'planned'> & { readonly bytes: number };

const METHODS: Readonly<Record<ListMethod, (task: ListTask) => Promise<Counts>>> = {
  sweep: (task) => observeAndPlan(task, 'live'),
  refresh: (task) => observeAndPlan(task, 'pending'),

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
    return { pods, planned: kept.length, bytes };
  },
};

async function observeAndPlan({ url, caPem, token }: ListTask, phase: PodPhase): Promise<Counts> {
  const connection = connectCluster({
    clusterName: 'bench',
    endpoint: cacheValue(async () => ({ url, certificateAuthority: caPem })),
    remedies: eksRemedies('blue'),
    credentials: cacheValue(async () => ({ value: token, staleAt: new Date(8.64e15) })),
    countCall: () => {},
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
  const view = await observeCluster(counting, { phase, scope: { only: [], except: [] }, signal });
  await connection.close();
  for (const { failure } of Object.values(view)) if (failure) throw failure;
  const configured = {
    policy: POLICY,
    sessions: { nameForm: 'namespace', source: 'role', seconds: 3_600 },
    clusterName: 'bench',
    refreshBeforeSeconds: 1_800,
  } as const;
  const context = createPlanContext(configured, view.namespaces, new Date());
  const { items } = phase === 'live' ? planSweep(context, view, false) : planRefresh(context, view);
  return { pods: view.pods.seen, planned: items.length, bytes };
}

process.once('message', async (task: ListTask) => {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  const { bytes, ...counts } = await METHODS[task.method](task);
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
