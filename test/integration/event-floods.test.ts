import { afterEach, describe, expect, it } from 'vitest';
import { WARM_UP_EVENT } from '../../contract/pod-event.ts';
import { waitUntil } from '../../local/wait-until.ts';
import { aBusEvent, aRequest } from '../support/builders/builders.ts';
import { EVENTS, REFRESH } from '../support/deployment/deployment.ts';
import {
  deployEmbedded,
  type EmbeddedDeployment,
} from '../support/deployment/embedded-deployment.ts';

let deployment: EmbeddedDeployment;

afterEach(() => deployment.stop());

async function deploy(settings: object = {}, accountConcurrency?: number): Promise<void> {
  deployment = await deployEmbedded(settings, undefined, undefined, accountConcurrency);
  const annotations = { 'iam.amazonaws.com/allowed-roles': '["app-*"]' };
  await deployment.admin.createNamespace({ body: { metadata: { name: 'flood', annotations } } });
}

/** Creates a pod that waits for a Secret. Returns its pod event. */
async function createPod(name: string): Promise<object> {
  const secret = `aws-iam-app-${name}`;
  deployment.addPodRole(`app-${name}`);
  await deployment.admin.createNamespacedPod({
    namespace: 'flood',
    body: {
      metadata: { name },
      spec: {
        containers: [{ name: 'c', image: 'app' }],
        volumes: [{ name: 'v', secret: { secretName: secret } }],
      },
    },
  });
  const seenAt = deployment.clock.now().toISOString();
  return aBusEvent([aRequest(secret, { namespace: 'flood', pod: name, seenAt })]);
}

const PODS = ['one', 'two', 'three', 'four', 'five', 'six'];

/** Sends an event for each pod, and waits until the first one waits for STS. */
async function flood(): Promise<void> {
  let isWaiting = false;
  deployment.cloud.sts.faults.add({
    effect: { kind: 'delay', milliseconds: 2_000 },
    match: ({ action }) => {
      isWaiting ||= action === 'AssumeRole';
      return action === 'AssumeRole';
    },
    times: Number.POSITIVE_INFINITY,
  });
  const events = await Promise.all(PODS.map(createPod));
  for (const event of events) deployment.cloud.functions.invokeAsync(EVENTS, event);
  await waitUntil('the first event to wait for STS', () => isWaiting || undefined);
}

const secrets = async () =>
  (await deployment.admin.listNamespacedSecret({ namespace: 'flood' })).items.map(
    ({ metadata }) => metadata?.name,
  );
const runsOf = (name: string) =>
  deployment.cloud.functions.invocations.filter(({ functionName }) => functionName === name);
const linesWith = (...texts: readonly string[]) =>
  deployment.cloud.logs.lines.filter(({ text }) => texts.every((one) => text.includes(one)));

describe('a flood of pod events', () => {
  it('takes up the concurrency of the events function only, so that a refresh runs at once', async () => {
    await deploy({ reservedConcurrency: { refresh: 1, events: 2 } });
    await flood();
    expect(runsOf(EVENTS).filter(({ result }) => result.kind !== 'throttled')).toEqual([]);
    const result = await deployment.cloud.functions.invoke(REFRESH, { pass: 'refresh' });
    expect(result).toMatchObject({ kind: 'success' });
    await deployment.cloud.functions.settled();
    // Lambda retries the others when the clock moves on.
    expect(runsOf(EVENTS).filter(({ result: { kind } }) => kind === 'success')).toHaveLength(2);
  });

  it('prevents a refresh if nothing is reserved and the account has no concurrency left', async () => {
    await deploy({ reservedConcurrency: { events: 'none' } }, 2);
    await flood();
    const result = await deployment.cloud.functions.invoke(REFRESH, { pass: 'refresh' });
    expect(result).toEqual({ kind: 'throttled' });
    await deployment.cloud.functions.settled();
  });

  it('never delays or drops a scheduled refresh, which serves the pods of the events that are dropped', async () => {
    await deploy();
    const { functions, scheduler, cloudWatch } = deployment.cloud;
    functions.throttle(EVENTS);
    for (const pod of PODS) functions.invokeAsync(EVENTS, await createPod(pod));
    await scheduler.advance(20 * 60);
    const events = functions.asyncFailures.filter((one) => one.functionName === EVENTS);
    expect(events.filter(({ event }) => event !== undefined && 'detail' in Object(event))).toEqual(
      PODS.map(() => expect.objectContaining({ condition: 'EventAgeExceeded' })),
    );
    expect(functions.asyncFailures.filter((one) => one.functionName !== EVENTS)).toEqual([]);
    const refreshes = runsOf(REFRESH).map(({ result }) => result.kind);
    expect([refreshes.length >= 20, new Set(refreshes)]).toEqual([true, new Set(['success'])]);
    expect(await secrets()).toHaveLength(PODS.length);
    // Nobody is called at night.
    const active = cloudWatch.alarmNames.filter((name) => cloudWatch.stateOf(name) === 'ALARM');
    expect(active).toEqual(['kube-aws-iam-test-ticket-events-dropped']);
  });
});

describe('an account that cannot reserve concurrency', () => {
  it('rejects the default settings, and accepts that nothing is reserved', async () => {
    await expect(deploy({}, 10)).rejects.toThrow(
      "decreases account's UnreservedConcurrentExecution below its minimum value of [10]",
    );
    await deploy({ reservedConcurrency: { events: 'none' } }, 10);
  });
});

describe('the schedule of the events function', () => {
  it('prepares a container: the first pod event finds address, token, connection and code', async () => {
    await deploy();
    await deployment.cloud.scheduler.advance(60);
    const requests = () => deployment.cluster.log.requests.map(({ path }) => path);
    const eksCalls = () => deployment.cloud.eks.calls.length;
    const before = { requests: requests(), eksCalls: eksCalls() };
    expect(before.requests).toContain('/version');
    const event = await createPod('web');
    const since = requests().length;
    expect(await deployment.invoke(EVENTS, event)).toMatchObject({ counts: { created: 1 } });
    expect(requests().slice(since).length).toBeLessThan(8);
    expect(eksCalls()).toBe(before.eksCalls);
  });

  it('reads no object, is not counted as a pod event, and keeps the metrics of alarms alive', async () => {
    await deploy();
    const since = deployment.cluster.log.requests.length;
    expect(await deployment.invoke(EVENTS, WARM_UP_EVENT)).toEqual({ isWarm: true });
    const requests = deployment.cluster.log.requests.slice(since);
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /version']);
    expect(linesWith('PodEventsMalformed')).toEqual([]);
    expect(linesWith('"pod event"')).toEqual([]);
    const [line] = linesWith('CloudWatchMetrics');
    expect(JSON.parse(line?.text ?? '')).toMatchObject({
      service: 'events',
      SecretsWanted: 0,
      SecretsRecreated: 0,
      StsCalls: 0,
      ApiCalls: 1,
    });
  });

  it.each([
    ['does not answer', { kind: 'drop', when: 'before' }],
    ['rejects the token', { kind: 'refuse', status: 401 }],
  ] as const)('logs why it could not when the cluster %s, and does not fail', async (_, effect) => {
    await deploy();
    const match = () => true;
    deployment.cluster.faults.add({ effect, match, times: Number.POSITIVE_INFINITY });
    expect(await deployment.invoke(EVENTS, WARM_UP_EVENT)).toEqual({
      isWarm: false,
      explanation: expect.stringContaining('luster "test"'),
    });
    expect(linesWith('could not prepare for pod events', '"WARN"')).toHaveLength(1);
  });
});
