/**
 * What it costs to observe a cluster and to plan, as a sweep and as a refresh do it, beside fetch and `JSON.parse` of the
 * sweep's pods: on a real API server, in the same run, by turns. Exit code 1 when a sweep takes more than half of the CPU.
 *
 *     KUBEBUILDER_ASSETS=<folder with etcd and kube-apiserver> npm run bench:sweep -- [--pods 20000] [--json FILE]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { apiClient } from '../../local/api-client.ts';
import { type RealCluster, startRealCluster } from '../../local/real-cluster/real-cluster.ts';
import type { ListFigures, ListTask, ListWay } from './list-way.ts';
import { createPods } from './many-pods.ts';

/** The share of the other way's CPU that this one may take. */
const BAR = 0.5;

const ROUNDS = 3;
const WAYS: readonly ListWay[] = ['sweep', 'refresh', 'parse'];

const { values } = parseArgs({
  options: { pods: { type: 'string', default: '20000' }, json: { type: 'string' } },
});

async function measure(cluster: RealCluster, way: ListWay): Promise<ListFigures> {
  const child = fork(new URL('list-way.ts', import.meta.url));
  const task: ListTask = {
    way,
    url: cluster.url,
    caPem: cluster.caPem,
    token: cluster.adminToken,
  };
  child.send(task);
  const [figures] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error(`the list (${way}) died`))),
  ]);
  return figures;
}

/** The round of the middle CPU. */
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
  const rounds: Record<ListWay, ListFigures[]> = { sweep: [], refresh: [], parse: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const way of WAYS) rounds[way].push(await measure(cluster, way));
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
      Object.entries(figures).map(([way, row]) => [
        way === 'parse' ? 'fetch + JSON.parse' : way,
        Object.fromEntries(Object.entries(row).map(([key, n]) => [key, Number(n.toFixed(2))])),
      ]),
    ),
  );
  console.log(`CPU of a sweep: ${ratio.toFixed(2)} times (bar: ${BAR})`);
  if (values.json) {
    await writeFile(values.json, JSON.stringify({ server, ratio, bar: BAR, ...figures }, null, 2));
  }
  process.exitCode = ratio > BAR ? 1 : 0;
} finally {
  await cluster.stop();
}
