/**
 * How long a pod takes to start on real kubelets whose containers are pretended: with its Secret there beforehand, which
 * is the floor, and with this product making the Secret, on Kubernetes' own binaries and in one run. 40 pods come one
 * after another, then 100 at once. Exit code 1 above the bars, which are about the 40.
 *
 *     KUBEBUILDER_ASSETS=<folder with the control plane and kubemark> npm run bench:start -- [--json FILE]
 */
import { writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Product, startProduct } from '../support/product.ts';
import { percentiles } from './percentiles.ts';
import { type ObjectWatch, watchObjects } from './watch-objects.ts';

const SINGLE = 40;
const AT_ONCE = 100;
/** For those. A hollow kubelet starts some twenty pods at once and then pauses for ten seconds, whoever made their Secrets. */
const NODES = 6;
const STS_MILLISECONDS = 50;
/** Pods that are not counted, at the beginning of a series: the kubelet is still clearing away those of the one before. */
const CLEARING = 5;

/** What EventBridge takes, and how far above the floor the pods may then be, in milliseconds. */
const CASES = [
  { eventBridge: 80, bar: { share: 'p50', milliseconds: 50 } },
  { eventBridge: 130, bar: { share: 'p99', milliseconds: 650 } },
] as const;

const NAMESPACE = 'bench';
const FLOOR_SECRET = 'aws-iam-app-floor';

const { values } = parseArgs({ options: { json: { type: 'string' } } });

let made = 0;

/** Makes a pod, with a role of its own or with a Secret that is there, and says how long it took until it ran. */
async function start(product: Product, pods: ObjectWatch, secret?: string): Promise<number> {
  const name = `app-${made++}`;
  if (secret === undefined) product.deployment.addPodRole(name);
  const created = Date.now();
  await product.createPod(NAMESPACE, name, [secret ?? `aws-iam-${name}`]);
  return (await pods.when(NAMESPACE, name)) - created;
}

async function oneByOne(product: Product, pods: ObjectWatch, secret?: string) {
  const times: number[] = [];
  for (let i = 0; i < CLEARING; i += 1) await start(product, pods, FLOOR_SECRET);
  for (let i = 0; i < SINGLE; i += 1) times.push(await start(product, pods, secret));
  await removePods(product);
  return percentiles(times);
}

async function atOnce(product: Product, pods: ObjectWatch, secret?: string) {
  const all = Array.from({ length: AT_ONCE }, () => start(product, pods, secret));
  const times = await Promise.all(all);
  await removePods(product);
  return percentiles(times);
}

/** Runs a series with the Secret there, and with each latency of EventBridge, and says what came of it as it ends. */
async function compare(product: Product, pods: ObjectWatch, series: typeof oneByOne) {
  const floor = await series(product, pods, FLOOR_SECRET);
  console.log(`${series.name}: Secret there beforehand`, floor);
  const cases = [];
  for (const { eventBridge, bar } of CASES) {
    product.deployment.cloud.eventBridge.deliveryDelayMs = eventBridge;
    const times = await series(product, pods);
    console.log(`${series.name}: EventBridge ${eventBridge}`, times);
    cases.push({ eventBridge, bar, times, above: Math.round(times[bar.share] - floor[bar.share]) });
  }
  return { floor, cases };
}

/** So that what comes next finds the nodes as they were. */
async function removePods({ admin }: Product): Promise<void> {
  const path = `/api/v1/namespaces/${NAMESPACE}/pods`;
  await admin.send('DELETE', path);
  while ((await admin.send('GET', path)).body.items.length > 0) await setTimeout(200);
}

/** Runs a series on a cluster of its own with so many nodes. */
async function measure(nodes: number, series: typeof oneByOne) {
  const product = await startProduct({ real: true, nodes });
  const pods = await watchObjects(
    product.admin,
    `/api/v1/namespaces/${NAMESPACE}/pods?`,
    (_, { status }) => (status as { phase?: string } | undefined)?.phase === 'Running',
  );
  try {
    const { cloud, cluster } = product.deployment;
    cloud.sts.faults.add({
      effect: { kind: 'delay', milliseconds: STS_MILLISECONDS },
      match: ({ action }) => action === 'AssumeRole',
      times: Number.POSITIVE_INFINITY,
    });
    await product.createNamespace(NAMESPACE);
    // One pod makes the Secret of the floor, and warms everything up.
    product.deployment.addPodRole('app-floor');
    await product.createPod(NAMESPACE, 'first', [FLOOR_SECRET]);
    await pods.when(NAMESPACE, 'first');
    console.log(
      `pod created to Running, in milliseconds; ${cluster.server}, ${nodes} hollow kubelet(s), STS ${STS_MILLISECONDS}, Node ${process.version}`,
    );
    return { server: cluster.server, nodes, ...(await compare(product, pods, series)) };
  } finally {
    pods.stop();
    await product.stop();
  }
}

const single = await measure(1, oneByOne);
const together = await measure(NODES, atOnce);
const rows = Object.entries({
  [`${SINGLE} one by one`]: single,
  [`${AT_ONCE} at once`]: together,
});
console.table(
  Object.fromEntries(
    rows.flatMap(([title, { floor, cases }]) => [
      [`${title}, Secret there beforehand`, floor],
      ...cases.map(({ eventBridge, times }) => [`${title}, EventBridge ${eventBridge}`, times]),
    ]),
  ),
);
const isHeld = ({ above, bar }: (typeof single.cases)[number]) => above <= bar.milliseconds;
for (const one of single.cases) {
  const { eventBridge, bar, above } = one;
  console.log(
    `EventBridge ${eventBridge}: ${bar.share} ${above} ms above the floor (bar: ${bar.milliseconds}): ${isHeld(one) ? 'held' : 'broken'}`,
  );
}
if (values.json) {
  const result = { stsMilliseconds: STS_MILLISECONDS, single, together };
  await writeFile(values.json, JSON.stringify(result, null, 2));
}
process.exitCode = single.cases.every(isHeld) ? 0 : 1;
