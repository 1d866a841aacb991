import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { METRICS_NAMESPACE } from '../../../contract/metrics.ts';
import { aBusEvent, aRequest } from '../../support/builders/builders.ts';
import { CLUSTER_NAME, EVENTS, REFRESH, SWEEP } from '../../support/deployment/deployment.ts';
import {
  deployEmbedded,
  type EmbeddedDeployment,
} from '../../support/deployment/embedded-deployment.ts';
import { graphedMetrics } from '../../support/deployment/graphed-metrics.ts';

let deployment: EmbeddedDeployment;

beforeAll(async () => {
  deployment = await deployEmbedded();
  const { admin } = deployment;
  const annotations = { 'iam.amazonaws.com/allowed-roles': '["app-*"]' };
  await admin.createNamespace({ body: { metadata: { name: 'shop', annotations } } });
  deployment.addPodRole('app-orders');
});

afterAll(() => deployment.stop());

async function createPod(name: string, secretName: string): Promise<void> {
  await deployment.admin.createNamespacedPod({
    namespace: 'shop',
    body: {
      metadata: { name },
      spec: {
        containers: [{ name: 'c', image: 'app' }],
        volumes: [{ name: 'aws-iam', secret: { secretName } }],
      },
    },
  });
}

/** Metric names with their dimensions, as text. The value of the dimension `reason` is left out. */
type MetricKeys = ReadonlySet<string>;

function metricKey(name: string, dimensions: Readonly<Record<string, unknown>>): string {
  const { reason, ...rest } = dimensions;
  const shown = { ...rest, ...(reason === undefined ? {} : { reason: 'any' }) };
  return `${name} ${JSON.stringify(Object.entries(shown).toSorted())}`;
}

/** The metrics that CloudWatch has extracted from the functions' logs. */
function emitted(): MetricKeys {
  const { metrics, rejectedLines } = deployment.cloud.cloudWatch;
  expect(rejectedLines).toEqual([]);
  const own = metrics.metrics().filter(({ namespace }) => namespace === METRICS_NAMESPACE);
  return new Set(own.map(({ name, dimensions }) => metricKey(name, dimensions)));
}

function graphed(): MetricKeys {
  const file = join(deployment.assemblyDir, `KubeAwsIam-${CLUSTER_NAME}.template.json`);
  const template = Template.fromJSON(JSON.parse(readFileSync(file, 'utf8')));
  const own = graphedMetrics(template).filter(({ namespace }) => namespace === METRICS_NAMESPACE);
  return new Set(own.map(({ name, dimensions }) => metricKey(name, dimensions)));
}

it('emits every metric of a graph or alarm, with the same dimensions', async () => {
  await createPod('web', 'aws-iam-app-orders');
  await createPod('intruder', 'aws-iam-admin');
  await deployment.invoke(REFRESH, { pass: 'refresh' });
  await deployment.invoke(SWEEP, { pass: 'sweep' });
  await createPod('ledger', 'aws-iam-app-ledger');
  deployment.addPodRole('app-ledger');
  const request = aRequest('aws-iam-app-ledger', {
    pod: 'ledger',
    seenAt: new Date().toISOString(),
  });
  await deployment.invoke(EVENTS, aBusEvent([request]));
  await deployment.invoke(EVENTS, aBusEvent([]));
  const missing = [...graphed()].filter((metric) => !emitted().has(metric));
  expect(missing).toEqual([]);
});

it('graphs every metric that the functions emit', () => {
  const nameOf = (metric: string) => metric.split(' ')[0];
  const names = new Set([...graphed()].map(nameOf));
  const notGraphed = [...emitted()].filter((metric) => !names.has(nameOf(metric)));
  expect(notGraphed).toEqual([]);
});
