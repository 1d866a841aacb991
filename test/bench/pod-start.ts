/**
 * Measures how long a pod takes to start on real kubelets with hollow containers (kubemark): with a Secret that exists
 * already, as the baseline, and with a Secret that this product creates. 40 pods are created one at a time, then 100 at
 * once. Exit code 1 when the 40 pods exceed the limits.
 *
 *     KUBEBUILDER_ASSETS=<folder with the control plane and kubemark> npm run bench:start -- [--json FILE]
 */
import { writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Product, startProduct } from '../support/deployment/product.ts';
import { percentiles } from './percentiles.ts';
import { type ConditionWatch, watchCondition } from './watch-condition.ts';

const SINGLE = 40;
const AT_ONCE = 100;
/** Nodes for {@link AT_ONCE}: a hollow kubelet starts about twenty pods at once and then pauses for ten seconds. */
const NODES = 6;
const STS_LATENCY_MS = 50;
/** Pods at the start of a series that are not measured, because the kubelet still removes those of the last series. */
const UNMEASURED = 5;

/** Latencies of EventBridge, and the maximum time above the baseline for each, in milliseconds. */
const CASES = [
  { eventBridge: 80, limit: { share: 'p50', milliseconds: 50 } },
  { eventBridge: 130, limit: { share: 'p99', milliseconds: 650 } },
] as const;

const NAMESPACE = 'bench';
const BASELINE_SECRET = 'aws-iam-app-baseline';

const { values } = parseArgs({ options: { json: { type: 'string' } } });

let created = 0;

/** Creates a pod, with its own role or an existing Secret, and returns the time until it is Running. */
async function start(product: Product, pods: ConditionWatch, secret?: string): Promise<number> {
  const name = `app-${created++}`;
  if (secret === undefined) product.deployment.addPodRole(name);
  const createdAt = Date.now();
  await product.createPod(NAMESPACE, name, [secret ?? `aws-iam-${name}`]);
  return (await pods.met(NAMESPACE, name)) - createdAt;
}

async function oneByOne(product: Product, pods: ConditionWatch, secret?: string) {
  const times: number[] = [];
  for (let i = 0; i < UNMEASURED; i += 1) await start(product, pods, BASELINE_SECRET);
  for (let i = 0; i < SINGLE; i += 1) times.push(await start(product, pods, secret));
  await removePods(product);
  return percentiles(times);
}

async function atOnce(product: Product, pods: ConditionWatch, secret?: string) {
  const all = Array.from({ length: AT_ONCE }, () => start(product, pods, secret));
  const times = await Promise.all(all);
  await removePods(product);
  return percentiles(times);
}

/** Runs a series with an existing Secret, then with each latency of EventBridge, and prints each result. */
async function compare(product: Product, pods: ConditionWatch, series: typeof oneByOne) {
  const baseline = await series(product, pods, BASELINE_SECRET);
  console.log(`${series.name}: Secret exists`, baseline);
  const cases = [];
  for (const { eventBridge, limit } of CASES) {
    product.deployment.cloud.eventBridge.deliveryDelayMs = eventBridge;
    const times = await series(product, pods);
    console.log(`${series.name}: EventBridge ${eventBridge}`, times);
    cases.push({
      eventBridge,
      limit,
      times,
      above: Math.round(times[limit.share] - baseline[limit.share]),
    });
  }
  return { baseline, cases };
}

/** Waits until the nodes are empty again. */
async function removePods({ admin }: Product): Promise<void> {
  const path = `/api/v1/namespaces/${NAMESPACE}/pods`;
  await admin.send('DELETE', path);
  while ((await admin.send('GET', path)).body.items.length > 0) await setTimeout(200);
}

/** Runs a series on a new cluster with this number of nodes. */
async function measure(nodes: number, series: typeof oneByOne) {
  const product = await startProduct({ real: true, nodes });
  const pods = await watchCondition(
    product.admin,
    `/api/v1/namespaces/${NAMESPACE}/pods?`,
    (_, { status }) => (status as { phase?: string } | undefined)?.phase === 'Running',
  );
  try {
    const { cloud, cluster } = product.deployment;
    cloud.sts.faults.add({
      effect: { kind: 'delay', milliseconds: STS_LATENCY_MS },
      match: ({ action }) => action === 'AssumeRole',
      times: Number.POSITIVE_INFINITY,
    });
    await product.createNamespace(NAMESPACE);
    // The first pod has the baseline's Secret created, and warms everything up.
    product.deployment.addPodRole('app-baseline');
    await product.createPod(NAMESPACE, 'first', [BASELINE_SECRET]);
    await pods.met(NAMESPACE, 'first');
    console.log(
      `pod created to Running, in milliseconds; ${cluster.server}, ${nodes} hollow kubelet(s), STS ${STS_LATENCY_MS}, Node ${process.version}`,
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
  [`${SINGLE} one at a time`]: single,
  [`${AT_ONCE} at once`]: together,
});
console.table(
  Object.fromEntries(
    rows.flatMap(([title, { baseline, cases }]) => [
      [`${title}, Secret exists`, baseline],
      ...cases.map(({ eventBridge, times }) => [`${title}, EventBridge ${eventBridge}`, times]),
    ]),
  ),
);
const isWithinLimit = ({ above, limit }: (typeof single.cases)[number]) =>
  above <= limit.milliseconds;
for (const one of single.cases) {
  const { eventBridge, limit, above } = one;
  console.log(
    `EventBridge ${eventBridge}: ${limit.share} ${above} ms above the baseline (limit: ${limit.milliseconds}): ${isWithinLimit(one) ? 'ok' : 'exceeded'}`,
  );
}
if (values.json) {
  const result = { stsMilliseconds: STS_LATENCY_MS, single, together };
  await writeFile(values.json, JSON.stringify(result, null, 2));
}
process.exitCode = single.cases.every(isWithinLimit) ? 0 : 1;
