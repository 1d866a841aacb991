/**
 * How long after a pod its Secret is there, with everything between running as it is deployed: forwarder, event bus, the
 * bundled function, STS. STS takes 50 ms, EventBridge 0 and then 130 ms; what is left beyond these waits is the product's
 * own. Pods come one by one and in bursts. Exit code 1 above the bars.
 *
 * Besides, the first event of a cold container, and the first after the function was frozen for ten minutes, in which all
 * its connections died.
 *
 *     npm run bench:latency -- [--pods 500] [--real] [--json FILE]
 *
 * On the embedded API server, or with `--real` on that of KUBEBUILDER_ASSETS.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { MANAGED_SELECTOR } from '../../contract/secret.ts';
import { REFRESH } from '../support/deployment.ts';
import { type Product, startProduct } from '../support/product.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { percentile, percentiles } from './percentiles.ts';
import { type ObjectWatch, watchObjects } from './watch-objects.ts';

const STS_MILLISECONDS = 50;
const EVENT_BUS_MILLISECONDS = [0, 130];
/** Of the time beyond the waits, in milliseconds. */
const BARS = { p50: 25, p99: 100 };
const BURST = 5;
const WARM_UP_BURSTS = 30;
const NAMESPACE = 'bench';

const { values } = parseArgs({
  options: {
    pods: { type: 'string', default: '500' },
    real: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});

/** What happened on the way of one pod, by the machine's clock in milliseconds. */
interface Journey {
  readonly total: number;
  readonly stages: Readonly<Record<'watch' | 'send' | 'serve', number>>;
}

let made = 0;

/** Makes a pod with a role of its own, and follows it to its Secret. */
async function follow(product: Product, secrets: ObjectWatch, waits: number): Promise<Journey> {
  const { cloud } = product.deployment;
  const name = `app-${made++}`;
  product.deployment.addPodRole(name);
  const secret = `aws-iam-${name}`;
  await product.createPod(NAMESPACE, name, [secret]);
  const created = Date.now();
  const appeared = await secrets.when(NAMESPACE, secret);
  const event = cloud.eventBridge.events.findLast(({ event: { detail } }) =>
    JSON.stringify(detail).includes(`"${secret}"`),
  );
  if (event === undefined) throw new Error(`no event named ${secret}`);
  const { wanted } = event.event.detail as { wanted: { secret: string; seenAt: string }[] };
  const seen = Date.parse(wanted.find((want) => want.secret === secret)?.seenAt ?? '');
  const offset = product.deployment.clock.offsetMs;
  const accepted = event.at.getTime() - offset;
  return {
    total: appeared - created - waits,
    stages: {
      watch: seen - offset - created,
      send: accepted - (seen - offset),
      serve: appeared - accepted - waits,
    },
  };
}

async function measure(product: Product, secrets: ObjectWatch, busMilliseconds: number) {
  product.deployment.cloud.eventBridge.deliveryDelayMs = busMilliseconds;
  const waits = STS_MILLISECONDS + busMilliseconds;
  const count = Number(values.pods) / 2;
  // Lambda keeps the containers that a burst has started, and V8 what it has compiled.
  for (let i = 0; i < WARM_UP_BURSTS; i += 1) await burst(product, secrets, waits);
  const single: Journey[] = [];
  for (let i = 0; i < count; i += 1) single.push(await follow(product, secrets, waits));
  const inBursts: Journey[] = [];
  for (let i = 0; i < count / BURST; i += 1) {
    inBursts.push(...(await burst(product, secrets, waits)));
  }
  return { single, inBursts };
}

function burst(product: Product, secrets: ObjectWatch, waits: number): Promise<Journey[]> {
  return Promise.all(Array.from({ length: BURST }, () => follow(product, secrets, waits)));
}

function tableOf(journeys: readonly Journey[]) {
  const stage = (name: keyof Journey['stages']) => journeys.map(({ stages }) => stages[name]);
  return {
    'pod seen by the forwarder': percentiles(stage('watch')),
    'event accepted': percentiles(stage('send')),
    'Secret there, less the waits': percentiles(stage('serve')),
    'in all, less the waits': percentiles(journeys.map(({ total }) => total)),
  };
}

/** How often the first events are measured; each takes a container of its own. */
const FIRST_ROUNDS = 5;

/** The first Secret of a cold container, of a warm one, and of one that was frozen for ten minutes while its connections died. */
async function firstEvents(product: Product, secrets: ObjectWatch, cutWire: () => void) {
  const { cloud, clock, invoke } = product.deployment;
  cloud.eventBridge.deliveryDelayMs = 0;
  const cold: Journey[] = [];
  const warm: Journey[] = [];
  const thawed: Journey[] = [];
  for (let round = 0; round < FIRST_ROUNDS; round += 1) {
    // A Secret is there before its invocation has ended.
    await cloud.eventBridge.settled();
    await cloud.functions.retireIdle();
    cold.push(await follow(product, secrets, STS_MILLISECONDS));
    await invoke(REFRESH, { pass: 'refresh' });
    warm.push(await follow(product, secrets, STS_MILLISECONDS));
    await cloud.eventBridge.settled();
    clock.advance(TEN_MINUTES);
    cutWire();
    thawed.push(await follow(product, secrets, STS_MILLISECONDS));
  }
  return { cold: mediansOf(cold), warm: mediansOf(warm), thawed: mediansOf(thawed) };
}

function mediansOf(journeys: readonly Journey[]) {
  const median = (pick: (journey: Journey) => number) => percentile(journeys.map(pick), 0.5);
  return {
    'pod seen by the forwarder': median(({ stages }) => stages.watch),
    'event accepted': median(({ stages }) => stages.send),
    'Secret there, less the waits': median(({ stages }) => stages.serve),
    'in all, less the waits': median(({ total }) => total),
  };
}

const TEN_MINUTES = 600;

let wire: TcpProxy | undefined;
const product = await startProduct({
  real: values.real,
  wire: async (port) => {
    wire = await startTcpProxy(port);
    return wire;
  },
});
const secrets = await watchObjects(
  product.admin,
  `/api/v1/secrets?labelSelector=${encodeURIComponent(MANAGED_SELECTOR)}`,
  (type) => type === 'ADDED',
);
try {
  const { cloud, cluster } = product.deployment;
  // Sessions alone: the cluster asks STS whose a token is, too, and EKS remembers that.
  cloud.sts.faults.add({
    effect: { kind: 'delay', milliseconds: STS_MILLISECONDS },
    match: ({ action }) => action === 'AssumeRole',
    times: Number.POSITIVE_INFINITY,
  });
  await product.createNamespace(NAMESPACE);
  console.log(`${cluster.server}, Node ${process.version}; all times in milliseconds`);
  const runs = [];
  for (const bus of EVENT_BUS_MILLISECONDS) {
    const { single, inBursts } = await measure(product, secrets, bus);
    const tables = { single: tableOf(single), bursts: tableOf(inBursts) };
    console.log(`EventBridge ${bus}, STS ${STS_MILLISECONDS}: ${single.length} pods one by one`);
    console.table(tables.single);
    console.log(`the same, ${inBursts.length} pods in bursts of ${BURST}`);
    console.table(tables.bursts);
    const beyond = percentiles([...single, ...inBursts].map(({ total }) => total));
    console.log(`all ${single.length + inBursts.length} beyond the waits:`, beyond);
    runs.push({ eventBridgeMilliseconds: bus, ...tables, beyond });
  }
  const first = await firstEvents(product, secrets, () => wire?.silence());
  console.log(`the first event of a container, medians of ${FIRST_ROUNDS}`);
  console.table(first);
  const isGood = runs.every(({ beyond }) => beyond.p50 < BARS.p50 && beyond.p99 < BARS.p99);
  console.log(`bars: p50 under ${BARS.p50}, p99 under ${BARS.p99}: ${isGood ? 'held' : 'broken'}`);
  if (values.json) {
    const result = {
      server: cluster.server,
      stsMilliseconds: STS_MILLISECONDS,
      bars: BARS,
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
