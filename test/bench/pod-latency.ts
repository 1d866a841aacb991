/**
 * Measures the time from the creation of a pod to its Secret, with everything deployed: forwarder, event bus, the bundled
 * function, STS. STS takes 50 ms, EventBridge 0 and then 130 ms; without these latencies, the rest is the product's own
 * time. Pods are created one at a time and in bursts. Exit code 1 above the limits.
 *
 * Also measures the first event of a cold container, and the first one after the function was frozen for ten minutes,
 * during which all its connections broke.
 *
 *     npm run bench:latency -- [--pods 500] [--real] [--json FILE]
 *
 * Uses the embedded API server, or with `--real` the one in KUBEBUILDER_ASSETS.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { MANAGED_SELECTOR } from '../../contract/kubernetes/secret.ts';
import { WARM_UP_EVENT } from '../../contract/pod-event.ts';
import { EVENTS } from '../support/deployment/deployment.ts';
import { type Product, startProduct } from '../support/deployment/product.ts';
import { startTcpProxy, type TcpProxy } from '../support/deployment/tcp-proxy.ts';
import { percentile, percentiles } from './percentiles.ts';
import { type ConditionWatch, watchCondition } from './watch-condition.ts';

const STS_LATENCY_MS = 50;
const EVENT_BUS_LATENCIES_MS = [0, 130];
/** Maximum time without the latencies, in milliseconds. */
const LIMITS = { p50: 25, p99: 100 };
const BURST = 5;
const WARM_UP_BURSTS = 30;
/** So many that none exceeds its budget of requests per minute. */
const NAMESPACES = Array.from({ length: 20 }, (_, index) => `bench-${index}`);

const { values } = parseArgs({
  options: {
    pods: { type: 'string', default: '500' },
    real: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});

/** The time from one pod to its Secret, in milliseconds. */
interface Measurement {
  readonly total: number;
  readonly stages: Readonly<Record<'watch' | 'send' | 'serve', number>>;
}

let created = 0;

/** Creates a pod with its own role, and waits for its Secret. */
async function measurePod(
  product: Product,
  secrets: ConditionWatch,
  latency: number,
): Promise<Measurement> {
  const { cloud } = product.deployment;
  const namespace = NAMESPACES[created % NAMESPACES.length] ?? '';
  const name = `app-${created++}`;
  product.deployment.addPodRole(name);
  const secret = `aws-iam-${name}`;
  await product.createPod(namespace, name, [secret]);
  const createdAt = Date.now();
  const appeared = await secrets.met(namespace, secret);
  const event = cloud.eventBridge.events.findLast(({ event: { detail } }) =>
    JSON.stringify(detail).includes(`"${secret}"`),
  );
  if (event === undefined) throw new Error(`no event contains ${secret}`);
  const { wanted } = event.event.detail as { wanted: { secret: string; seenAt: string }[] };
  const seen = Date.parse(wanted.find((request) => request.secret === secret)?.seenAt ?? '');
  const offset = product.deployment.clock.offsetMs;
  const accepted = event.at.getTime() - offset;
  return {
    total: appeared - createdAt - latency,
    stages: {
      watch: seen - offset - createdAt,
      send: accepted - (seen - offset),
      serve: appeared - accepted - latency,
    },
  };
}

async function measure(product: Product, secrets: ConditionWatch, busMilliseconds: number) {
  product.deployment.cloud.eventBridge.deliveryDelayMs = busMilliseconds;
  const latency = STS_LATENCY_MS + busMilliseconds;
  const count = Number(values.pods) / 2;
  // Lambda keeps the containers that a burst starts, and V8 keeps its compiled code.
  for (let i = 0; i < WARM_UP_BURSTS; i += 1) await burst(product, secrets, latency);
  const single: Measurement[] = [];
  for (let i = 0; i < count; i += 1) single.push(await measurePod(product, secrets, latency));
  const inBursts: Measurement[] = [];
  for (let i = 0; i < count / BURST; i += 1) {
    inBursts.push(...(await burst(product, secrets, latency)));
  }
  return { single, inBursts };
}

function burst(product: Product, secrets: ConditionWatch, latency: number): Promise<Measurement[]> {
  return Promise.all(Array.from({ length: BURST }, () => measurePod(product, secrets, latency)));
}

function tableOf(measurements: readonly Measurement[]) {
  const stage = (name: keyof Measurement['stages']) =>
    measurements.map(({ stages }) => stages[name]);
  return {
    'pod seen by the forwarder': percentiles(stage('watch')),
    'event accepted': percentiles(stage('send')),
    'Secret created, without latencies': percentiles(stage('serve')),
    'total, without latencies': percentiles(measurements.map(({ total }) => total)),
  };
}

/** Number of measurements of first events; each uses a new container. */
const FIRST_ROUNDS = 5;

/** Measures the first Secret of a cold container, of one that was kept warm, and of one that was frozen while its connections broke. */
async function firstEvents(
  product: Product,
  secrets: ConditionWatch,
  breakConnections: () => void,
) {
  const { cloud, clock, invoke } = product.deployment;
  cloud.eventBridge.deliveryDelayMs = 0;
  const cold: Measurement[] = [];
  const warm: Measurement[] = [];
  const thawed: Measurement[] = [];
  for (let round = 0; round < FIRST_ROUNDS; round += 1) {
    // A Secret exists before its invocation ends.
    await cloud.eventBridge.settled();
    await cloud.functions.retireIdle();
    cold.push(await measurePod(product, secrets, STS_LATENCY_MS));
    await cloud.eventBridge.settled();
    await cloud.functions.retireIdle();
    await invoke(EVENTS, WARM_UP_EVENT);
    warm.push(await measurePod(product, secrets, STS_LATENCY_MS));
    await cloud.eventBridge.settled();
    clock.advance(FREEZE_SECONDS);
    breakConnections();
    thawed.push(await measurePod(product, secrets, STS_LATENCY_MS));
  }
  return { cold: mediansOf(cold), warm: mediansOf(warm), thawed: mediansOf(thawed) };
}

function mediansOf(measurements: readonly Measurement[]) {
  const median = (pick: (measurement: Measurement) => number) =>
    percentile(measurements.map(pick), 0.5);
  return {
    'pod seen by the forwarder': median(({ stages }) => stages.watch),
    'event accepted': median(({ stages }) => stages.send),
    'Secret created, without latencies': median(({ stages }) => stages.serve),
    'total, without latencies': median(({ total }) => total),
  };
}

const FREEZE_SECONDS = 600;

let proxy: TcpProxy | undefined;
const product = await startProduct({
  real: values.real,
  wire: async (port) => {
    proxy = await startTcpProxy(port);
    return proxy;
  },
});
const secrets = await watchCondition(
  product.admin,
  `/api/v1/secrets?labelSelector=${encodeURIComponent(MANAGED_SELECTOR)}`,
  (type) => type === 'ADDED',
);
try {
  const { cloud, cluster } = product.deployment;
  // Only AssumeRole: the cluster verifies tokens with STS too, and EKS caches the results.
  cloud.sts.faults.add({
    effect: { kind: 'delay', milliseconds: STS_LATENCY_MS },
    match: ({ action }) => action === 'AssumeRole',
    times: Number.POSITIVE_INFINITY,
  });
  for (const namespace of NAMESPACES) await product.createNamespace(namespace);
  console.log(`${cluster.server}, Node ${process.version}; all times in milliseconds`);
  const runs = [];
  for (const bus of EVENT_BUS_LATENCIES_MS) {
    const { single, inBursts } = await measure(product, secrets, bus);
    const tables = { single: tableOf(single), bursts: tableOf(inBursts) };
    console.log(`EventBridge ${bus}, STS ${STS_LATENCY_MS}: ${single.length} pods one at a time`);
    console.table(tables.single);
    console.log(`the same, ${inBursts.length} pods in bursts of ${BURST}`);
    console.table(tables.bursts);
    const own = percentiles([...single, ...inBursts].map(({ total }) => total));
    console.log(`all ${single.length + inBursts.length}, without latencies:`, own);
    runs.push({ eventBridgeMilliseconds: bus, ...tables, own });
  }
  const first = await firstEvents(product, secrets, () => proxy?.silence());
  console.log(`the first event of a container, medians of ${FIRST_ROUNDS}`);
  console.table(first);
  const isGood = runs.every(({ own }) => own.p50 < LIMITS.p50 && own.p99 < LIMITS.p99);
  console.log(
    `limits: p50 below ${LIMITS.p50}, p99 below ${LIMITS.p99}: ${isGood ? 'ok' : 'exceeded'}`,
  );
  if (values.json) {
    const result = {
      server: cluster.server,
      stsMilliseconds: STS_LATENCY_MS,
      limits: LIMITS,
      runs,
      first,
    };
    await writeFile(values.json, JSON.stringify(result, null, 2));
  }
  process.exitCode = isGood ? 0 : 1;
} finally {
  secrets.stop();
  await product.stop();
}
