import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { Readable } from 'node:stream';
import { expect, it, onTestFinished } from 'vitest';
import { BUDGET } from '../../contract/budgets.ts';
import { requestedSecretName } from '../../contract/pod-event.ts';
import { MovableClock } from '../../local/clock.ts';
import { issueServerCertificate } from '../../local/kubernetes/certificates.ts';
import { waitUntil } from '../../local/wait-until.ts';
import { madeChart } from '../support/chart/helm.ts';
import { listen } from '../support/listen.ts';
import { startForwarderOf } from '../support/programs/forwarder-of.ts';
import { HELM, PROC, requires } from '../support/requirements.ts';
import { startEventBusStub } from '../unit/forwarder/sending/event-bus-stub.ts';

const HUGE_PODS = 100;
/** As many as fit into a pod of 1.3 MB, which has 2.2 MB as JSON. */
const HUGE_SOURCES = 70_000;
const LARGE_PODS = 15;
/** As many as fit into an object that is read. */
const LARGE_SOURCES = 29_000;
/** In MiB. It grows by about 20, and by 49 when it reads 60 of the huge pods. */
const MAX_GROWTH = 35;

/** A line of a watch for a pod with a projected volume, as the API server writes it. */
function podLine(name: string, sources: number): string {
  const source = (index: number) => `{"secret":{"name":"aws-iam-${index}"}}`;
  const projected = Array.from({ length: sources }, (_, index) => source(index)).join(',');
  return `{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"${name}","namespace":"flood","uid":"${name}","resourceVersion":"1"},"spec":{"volumes":[{"name":"v","projected":{"sources":[${projected}]}}]},"status":{"phase":"Pending"}}}\n`;
}

const HUGE = Buffer.from(podLine('huge', HUGE_SOURCES));
const LARGE = Buffer.from(podLine('large', LARGE_SOURCES));
const SMALL = podLine('small', 1).replace('aws-iam-0', 'aws-iam-small');

/** All pods of a watch that starts. */
function* allPods(): Generator<Buffer | string> {
  for (let index = 0; index < HUGE_PODS; index += 1) yield HUGE;
  for (let index = 0; index < LARGE_PODS; index += 1) yield LARGE;
  yield SMALL;
}

/** Starts an API server whose only objects are these pods. */
async function startServer() {
  const { caPem, certificatePem, keyPem } = await issueServerCertificate();
  const server = createServer({ cert: certificatePem, key: keyPem }, ({ url = '' }, response) => {
    if (!url.startsWith('/api/v1/pods?')) return void response.writeHead(404).end();
    Readable.from(allPods()).pipe(response, { end: false });
  });
  const { port, stop } = await listen(server);
  return { url: `https://127.0.0.1:${port}`, caPem, adminToken: 'token', stop };
}

/** The peak of a process's memory, in MiB. */
function peakOf(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
}

it(
  'the memory of the forwarder does not depend on the size and number of pods',
  requires(HELM, PROC),
  async () => {
    expect(HUGE.length).toBeGreaterThan(BUDGET.watchedObjectBytes);
    expect(LARGE.length).toBeGreaterThan(BUDGET.watchedObjectBytes * 0.95);
    expect(LARGE.length).toBeLessThanOrEqual(BUDGET.watchedObjectBytes);
    const server = await startServer();
    onTestFinished(server.stop);
    const bus = await startEventBusStub();
    onTestFinished(() => bus.stop());
    const forwarder = await startForwarderOf({
      chart: madeChart(),
      cluster: server,
      bus,
      clock: new MovableClock(),
    });
    onTestFinished(() => void forwarder.stop());
    const before = peakOf(forwarder.pid);
    const requests = () => bus.credentialRequests.map(requestedSecretName);
    await waitUntil('the last pod', () => requests().includes('aws-iam-small') || undefined);
    expect(peakOf(forwarder.pid) - before).toBeLessThan(MAX_GROWTH);
    expect(requests()).toHaveLength(BUDGET.rolesPerPod + 1);
    const metrics = await (await fetch(`${forwarder.url}/metrics`)).text();
    expect(metrics).toContain(`oversized_objects_total{resource="pods"} ${HUGE_PODS}\n`);
    const warnings = forwarder.lines.filter((line) => line.includes('skips'));
    expect(warnings.map((line) => JSON.parse(line))).toMatchObject([
      {
        level: 'warn',
        message: `skips pending pods of more than ${BUDGET.watchedObjectBytes} bytes`,
        namespace: 'flood',
        remedy: expect.stringMatching(/kubectl get pods --namespace flood$/),
      },
    ]);
  },
);
