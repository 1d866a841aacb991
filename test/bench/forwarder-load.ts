/**
 * Measures memory and CPU of the forwarder, as the chart runs it, with 100 and with 10,000 running pods in the cluster:
 * idle, and while 50 pods a second are created, each with its own Secret. Exit code 1 at 80 MB or more, or when the
 * memory depends on the number of running pods.
 *
 *     npm run bench:forwarder -- [--json FILE]
 *
 * Uses the API server in KUBEBUILDER_ASSETS if that is set, otherwise the embedded one.
 */
import { writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { writeChart } from '../../infra/chart/chart-files.ts';
import { type ApiClient, apiClient } from '../../local/api-client.ts';
import { MovableClock } from '../../local/clock.ts';
import { startEmbeddedCluster } from '../../local/kubernetes/embedded-cluster.ts';
import type { PodProcess } from '../../local/pod-process/pod-process.ts';
import { realClusterAvailable, startRealCluster } from '../../local/real-cluster/real-cluster.ts';
import { startForwarderOf } from '../support/programs/forwarder-of.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type EventBusStub, startEventBusStub } from '../unit/forwarder/sending/event-bus-stub.ts';
import { createPods, NAMESPACES } from './many-pods.ts';

const RUNNING = [100, 10_000];
/** Number of pods that stay pending. */
const PENDING = 100;
const PODS_PER_SECOND = 50;
const IDLE_SECONDS = 10;
const LOAD_SECONDS = 20;
/** Maximum memory, and its maximum growth with the number of pods, in MB. */
const LIMITS = { memory: 80, growth: 8 };

const { values } = parseArgs({ options: { json: { type: 'string' } } });
const isReal = realClusterAvailable();
const clock = new MovableClock();
const cluster = isReal ? await startRealCluster() : await startEmbeddedCluster({ clock });
const server = isReal ? 'kube-apiserver on loopback' : 'the embedded Kubernetes API';
const admin = apiClient({ ...cluster, token: cluster.adminToken });
const bus = await startEventBusStub();
const chart = temporaryFolder();
writeChart(chart);

/** Reads the forwarder's memory, in MB, and its CPU seconds since the start. */
async function readMetrics({ url }: PodProcess) {
  const text = await (await fetch(`${url}/metrics`)).text();
  const value = (name: string) => Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1]);
  return {
    megabytes: value('process_resident_memory_bytes') / 1e6,
    cpuSeconds: value('process_cpu_seconds_total'),
  };
}

/** Measures the peak memory and the share of a CPU for some seconds. */
async function observe(forwarder: PodProcess, seconds: number) {
  const before = await readMetrics(forwarder);
  let [megabytes, cpuSeconds] = [before.megabytes, before.cpuSeconds];
  for (let second = 0; second < seconds; second += 1) {
    await setTimeout(1_000);
    const now = await readMetrics(forwarder);
    megabytes = Math.max(megabytes, now.megabytes);
    cpuSeconds = now.cpuSeconds;
  }
  const cpu = (cpuSeconds - before.cpuSeconds) / seconds;
  return { megabytes: Math.round(megabytes * 10) / 10, cpuPercent: Math.round(cpu * 1_000) / 10 };
}

async function createLoad(client: ApiClient, prefix: string): Promise<void> {
  for (let second = 0; second < LOAD_SECONDS; second += 1) {
    const next = setTimeout(1_000);
    const wave = Array.from({ length: PODS_PER_SECOND }, (_, i) => {
      const name = `${prefix}-${second}-${i}`;
      // So that no namespace exceeds its budget of requests per minute.
      const namespace = `team-${i % NAMESPACES}`;
      const container = { name: 'c', image: 'a', volumeMounts: [{ name: 'v', mountPath: '/m' }] };
      const volumes = [{ name: 'v', secret: { secretName: `aws-iam-${name}` } }];
      return client.send('POST', `/api/v1/namespaces/${namespace}/pods`, {
        body: { metadata: { name }, spec: { containers: [container], volumes } },
      });
    });
    await Promise.all([...wave, next]);
  }
}

async function measure(stub: EventBusStub, running: number) {
  const forwarder = await startForwarderOf({ chart, cluster, bus: stub, clock });
  await setTimeout(2_000);
  const idle = await observe(forwarder, IDLE_SECONDS);
  const requestsBefore = stub.credentialRequests.length;
  const [load] = await Promise.all([
    observe(forwarder, LOAD_SECONDS),
    createLoad(admin, `load-${running}`),
  ]);
  await setTimeout(1_000);
  const requested = stub.credentialRequests.length - requestsBefore;
  await forwarder.stop();
  return { idle, load, requested };
}

try {
  const rows = [];
  let existing = 0;
  for (const running of RUNNING) {
    await createPods(cluster, PENDING + running, existing);
    existing = PENDING + running;
    rows.push({ running, ...(await measure(bus, running)) });
  }
  console.log(
    `${server}, Node ${process.version}; ${PODS_PER_SECOND} pods a second for ${LOAD_SECONDS} s`,
  );
  console.table(
    Object.fromEntries(
      rows.map(({ running, idle, load, requested }) => [
        `${running} running pods`,
        {
          'MB idle': idle.megabytes,
          '% CPU idle': idle.cpuPercent,
          'MB under load': load.megabytes,
          '% CPU under load': load.cpuPercent,
          'Secrets requested': requested,
        },
      ]),
    ),
  );
  const memories = rows.map(({ load, idle }) => Math.max(load.megabytes, idle.megabytes));
  const growth = (memories[1] ?? Number.NaN) - (memories[0] ?? Number.NaN);
  const isGood = memories.every((mb) => mb < LIMITS.memory) && growth < LIMITS.growth;
  const isComplete = rows.every(({ requested }) => requested === PODS_PER_SECOND * LOAD_SECONDS);
  console.log(
    `limits: ${LIMITS.memory} MB, ${LIMITS.growth} MB more with many pods: ${isGood ? 'ok' : 'exceeded'}`,
  );
  if (!isComplete) console.log('not every Secret was requested');
  if (values.json)
    await writeFile(values.json, JSON.stringify({ server, limits: LIMITS, rows }, null, 2));
  process.exitCode = isGood && isComplete ? 0 : 1;
} finally {
  await admin.close();
  await bus.stop();
  await cluster.stop();
}
