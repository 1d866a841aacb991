/**
 * Measures the cost of observing a cluster and planning, for a sweep and for a refresh, compared with fetch and
 * `JSON.parse` of the sweep's pods, alternately on one real API server. Exit code 1 when a sweep takes more than half of
 * the CPU of the latter.
 *
 *     KUBEBUILDER_ASSETS=<folder with etcd and kube-apiserver> npm run bench:sweep -- [--pods 20000] [--json FILE]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { apiClient } from '../../local/api-client.ts';
import { type RealCluster, startRealCluster } from '../../local/real-cluster/real-cluster.ts';
import { endWithParent } from '../../tools/processes/end-with-parent.ts';
import type { ListFigures, ListMethod, ListTask } from './list-worker.ts';
import { createPods } from './many-pods.ts';

/** Maximum CPU of a sweep, as a share of the CPU of fetch and `JSON.parse`. */
const MAX_RATIO = 0.5;

const ROUNDS = 3;
const METHODS: readonly ListMethod[] = ['sweep', 'refresh', 'parse'];

const { values } = parseArgs({
  options: { pods: { type: 'string', default: '20000' }, json: { type: 'string' } },
});

async function measure(cluster: RealCluster, method: ListMethod): Promise<ListFigures> {
  const child = endWithParent(() => fork(new URL('list-worker.ts', import.meta.url)));
  const task: ListTask = {
    method,
    url: cluster.url,
    caPem: cluster.caPem,
    token: cluster.adminToken,
  };
  child.send(task);
  const [figures] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error(`the worker (${method}) exited`))),
  ]);
  return figures;
}

/** Returns the round with the median CPU. */
function median(rounds: readonly ListFigures[]): ListFigures {
  const [middle] = rounds
    .toSorted((a, b) => a.cpuSeconds - b.cpuSeconds)
    .slice(Math.floor(rounds.length / 2));
  if (!middle) throw new Error('nothing was measured');
  return middle;
}

async function versionOf(cluster: RealCluster): Promise<string> {
  const client = apiClient({ ...cluster, token: cluster.adminToken });
  const { body } = await client.send('GET', '/version');
  await client.close();
  return `kube-apiserver ${body['gitVersion']} on loopback`;
}

const cluster = await startRealCluster();
try {
  const server = await versionOf(cluster);
  await createPods(cluster, Number(values.pods));
  const rounds: Record<ListMethod, ListFigures[]> = { sweep: [], refresh: [], parse: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const method of METHODS) rounds[method].push(await measure(cluster, method));
  }
  const figures = {
    sweep: median(rounds.sweep),
    refresh: median(rounds.refresh),
    parse: median(rounds.parse),
  };
  const ratio = figures.sweep.cpuSeconds / figures.parse.cpuSeconds;
  console.log(`${server}; median of ${ROUNDS} rounds`);
  console.table(
    Object.fromEntries(
      Object.entries(figures).map(([method, row]) => [
        method === 'parse' ? 'fetch + JSON.parse' : method,
        Object.fromEntries(Object.entries(row).map(([key, n]) => [key, Number(n.toFixed(2))])),
      ]),
    ),
  );
  console.log(`CPU of a sweep: ${ratio.toFixed(2)} times (limit: ${MAX_RATIO})`);
  if (values.json) {
    await writeFile(
      values.json,
      JSON.stringify({ server, ratio, limit: MAX_RATIO, ...figures }, null, 2),
    );
  }
  process.exitCode = ratio > MAX_RATIO ? 1 : 0;
} finally {
  await cluster.stop();
}
