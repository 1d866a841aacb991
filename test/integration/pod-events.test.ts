import type { CoreV1Api, V1Secret } from '@kubernetes/client-node';
import pMap from 'p-map';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CredentialRequest } from '../../contract/pod-event.ts';
import { forwarderRoleName } from '../../infra/names.ts';
import { aBusEvent, aRequest } from '../support/builders/builders.ts';
import { CLUSTER_NAME, EVENTS, REFRESH, REGION, SWEEP } from '../support/deployment/deployment.ts';
import {
  deployEmbedded,
  type EmbeddedDeployment,
} from '../support/deployment/embedded-deployment.ts';

interface Report {
  readonly counts: Record<string, number>;
  readonly unfounded: number;
  readonly latencies: readonly number[];
}

const ALLOWED = 'iam.amazonaws.com/allowed-roles';
const ORDERS = 'aws-iam-app-orders';

let deployment: EmbeddedDeployment;
let admin: CoreV1Api;

beforeEach(async () => {
  deployment = await deployEmbedded();
  ({ admin } = deployment);
  deployment.addPodRole('app-orders');
  await allow('shop', '["app-*"]');
});

afterEach(() => deployment.stop());

async function allow(name: string, allowedRoles: string): Promise<void> {
  const annotations = { [ALLOWED]: allowedRoles };
  await admin.createNamespace({ body: { metadata: { name, annotations } } });
}

async function createPod(name: string, secrets: string[], namespace = 'shop'): Promise<void> {
  await admin.createNamespacedPod({
    namespace,
    body: {
      metadata: { name },
      spec: {
        containers: [{ name: 'c', image: 'app' }],
        volumes: secrets.map((secretName, i) => ({ name: `v${i}`, secret: { secretName } })),
      },
    },
  });
}

/** Invokes the events function as the EventBridge rule does, with requests that were seen now. */
async function send(wanted: readonly CredentialRequest[]): Promise<Report> {
  const seenAt = deployment.clock.now().toISOString();
  const event = aBusEvent(wanted.map((request) => ({ ...request, seenAt })));
  return (await deployment.invoke(EVENTS, event)) as Report;
}

const refresh = async () =>
  ((await deployment.invoke(REFRESH, { pass: 'refresh' })) as { report: Report }).report;

async function secretsIn(namespace = 'shop'): Promise<readonly V1Secret[]> {
  return (await admin.listNamespacedSecret({ namespace })).items;
}

const sessions = () =>
  deployment.cloud.sts.calls.filter(({ action }) => action === 'AssumeRole').length;
const writes = () =>
  deployment.cluster.log.requests.filter(
    ({ method, path }) => method !== 'GET' && path.includes('/secrets'),
  );
const linesWith = (text: string) =>
  deployment.cloud.logs.lines.filter((line) => line.text.includes(text)).map(({ text: t }) => t);

/** The credentials in a Secret, whose files and annotation must be consistent. */
function credentialsIn(secret: V1Secret | undefined) {
  const file = (name: string) => Buffer.from(secret?.data?.[name] ?? '', 'base64').toString();
  const json = JSON.parse(file('credentials.json'));
  expect(file('credentials')).toContain(json.AccessKeyId);
  const annotated = secret?.metadata?.annotations?.['kube-aws-iam/expires-at'] ?? '';
  expect(file('expire')).toBe(annotated);
  // SDKs stop using credentials a minute before they expire.
  expect(Date.parse(json.Expiration)).toBe(Date.parse(annotated) - 60_000);
  expect(Date.parse(annotated)).toBeGreaterThan(deployment.clock.now().getTime());
  return json as { AccessKeyId: string; SecretAccessKey: string; SessionToken: string };
}

describe('a pod event', () => {
  it('creates the Secret that a pod waits for, and reports the latency', async () => {
    await createPod('web', [ORDERS, 'aws-iam-app-billing']);
    const report = await send([aRequest(ORDERS)]);
    expect(report).toMatchObject({ counts: { created: 1, failed: 0 }, unfounded: 0 });
    expect(report.latencies).toHaveLength(1);
    const [secret, ...more] = await secretsIn();
    expect(more).toEqual([]);
    expect(secret?.metadata?.name).toBe(ORDERS);
    expect(credentialsIn(secret).AccessKeyId).toMatch(/^ASIA/);
    const [metrics] = linesWith('PodToSecretLatency');
    expect(JSON.parse(metrics ?? '')).toMatchObject({ SecretsCreated: 1, Cluster: CLUSTER_NAME });
  });

  it('that arrives ten times requests one session and creates one Secret', async () => {
    await createPod('web', [ORDERS]);
    for (let i = 0; i < 10; i++) await send([aRequest(ORDERS)]);
    expect(sessions()).toBe(1);
    expect(writes()).toHaveLength(1);
  });

  it('that arrives in all containers at once creates one Secret without failures', async () => {
    await createPod('web', [ORDERS]);
    const reports = await Promise.all(Array.from({ length: 5 }, () => send([aRequest(ORDERS)])));
    for (const { counts } of reports) expect(counts).toMatchObject({ failed: 0, refused: 0 });
    const [secret, ...more] = await secretsIn();
    expect(more).toEqual([]);
    credentialsIn(secret);
    expect((await send([aRequest(ORDERS)])).counts).toMatchObject({ kept: 1 });
  });

  it('for many pods of one Deployment requests one session', async () => {
    const names = Array.from({ length: 200 }, (_, i) => `web-${i}`);
    // The client opens a connection for each request.
    await pMap(names, (name) => createPod(name, [ORDERS]), { concurrency: 10 });
    for (const half of [names.slice(0, 100), names.slice(100)]) {
      await send(half.map((pod) => aRequest(ORDERS, { pod })));
    }
    expect(sessions()).toBe(1);
    expect(writes()).toHaveLength(1);
  });

  it('renews credentials that expire soon, and removes the mark of a Secret that is requested again', async () => {
    await createPod('web', [ORDERS]);
    await send([aRequest(ORDERS)]);
    const before = credentialsIn((await secretsIn())[0]).AccessKeyId;
    deployment.clock.advance(40 * 60);
    expect(await send([aRequest(ORDERS)])).toMatchObject({ counts: { renewed: 1 }, latencies: [] });
    expect(credentialsIn((await secretsIn())[0]).AccessKeyId).not.toBe(before);
    await admin.deleteNamespacedPod({ namespace: 'shop', name: 'web' });
    await deployment.invoke(SWEEP, { pass: 'sweep' });
    await createPod('web-2', [ORDERS]);
    expect((await send([aRequest(ORDERS, { pod: 'web-2' })])).counts).toMatchObject({
      unmarked: 1,
    });
  });
});

describe('concurrent requests', () => {
  it('for one role from two namespaces have a session and a Secret each', async () => {
    await allow('bank', '["app-orders"]');
    await createPod('web', [ORDERS]);
    await createPod('ledger', [ORDERS], 'bank');
    await Promise.all([
      send([aRequest(ORDERS)]),
      send([aRequest(ORDERS, { namespace: 'bank', pod: 'ledger' })]),
    ]);
    expect(sessions()).toBe(2);
    const [shop, bank] = [await secretsIn('shop'), await secretsIn('bank')];
    expect([shop.length, bank.length]).toEqual([1, 1]);
    const [ofShop, ofBank] = [credentialsIn(shop[0]), credentialsIn(bank[0])];
    for (const key of ['AccessKeyId', 'SecretAccessKey', 'SessionToken'] as const) {
      expect(ofShop[key]).not.toBe(ofBank[key]);
    }
    expect(JSON.stringify(bank[0]?.data)).not.toContain(shop[0]?.data?.['credentials']);
  });

  it('for one Secret from passes and events result in one valid Secret', async () => {
    await createPod('web', [ORDERS]);
    const reports = await Promise.all([
      refresh(),
      send([aRequest(ORDERS)]),
      refresh(),
      send([aRequest(ORDERS)]),
    ]);
    for (const { counts } of reports) expect(counts).toMatchObject({ failed: 0, refused: 0 });
    const [secret, ...more] = await secretsIn();
    expect(more).toEqual([]);
    credentialsIn(secret);
    expect((await refresh()).counts).toMatchObject({ kept: 1 });
    deployment.clock.advance(40 * 60);
    const renewals = await Promise.all([refresh(), send([aRequest(ORDERS)])]);
    for (const { counts } of renewals) expect(counts).toMatchObject({ failed: 0, refused: 0 });
    credentialsIn((await secretsIn())[0]);
  });
});

describe('a forged event', () => {
  beforeEach(() => createPod('web', ['aws-iam-app-billing']));

  it.each<[string, Partial<CredentialRequest>]>([
    ['a pod that does not exist', { pod: 'absent' }],
    ['a namespace that does not exist', { namespace: 'nowhere' }],
    ['a pod that mounts another Secret', {}],
    ['a role that is not allowed', { secret: 'aws-iam-admin' }],
  ])('that names %s changes nothing and requests no session', async (_, overrides) => {
    expect(await send([aRequest(ORDERS, overrides)])).toMatchObject({
      unfounded: 1,
      latencies: [],
    });
    expect(sessions()).toBe(0);
    expect(writes()).toEqual([]);
    expect(linesWith('PodEventsMalformed')).toEqual([]);
  });

  const request = aRequest('aws-iam-app-billing');
  it.each<[string, () => object]>([
    ['6 MB', () => aBusEvent('x'.repeat(6_000_000))],
    ['6 MB of requests', () => aBusEvent(Array.from({ length: 40_000 }, () => request))],
    ['wrong types', () => aBusEvent([{ ...request, pod: 7 }])],
    ['a path to another namespace', () => aBusEvent([{ ...request, pod: '../../bank/pods/x' }])],
    ['the event of a schedule as its detail', () => aBusEvent([], { detail: { pass: 'refresh' } })],
    ['a pass and a malformed detail', () => aBusEvent([], { pass: 'refresh' })],
    ['another source', () => aBusEvent([request], { source: 'aws.ec2' })],
  ])('of %s is dropped, and counted', async (_, event) => {
    const requests = deployment.cluster.log.requests.length;
    expect(await deployment.invoke(EVENTS, event())).toEqual({ dropped: expect.any(String) });
    expect(deployment.cluster.log.requests).toHaveLength(requests);
    expect(sessions()).toBe(0);
    const [metrics] = linesWith('PodEventsMalformed');
    expect(JSON.parse(metrics ?? '')).toMatchObject({
      PodEventsMalformed: 1,
      Cluster: CLUSTER_NAME,
      service: 'events',
    });
  });

  it.each([
    ['refresh', REFRESH],
    ['sweep', SWEEP],
  ])('is an error in the %s function, valid or not', async (pass, name) => {
    for (const event of [aBusEvent([request]), aBusEvent([]), { ...aBusEvent([request]), pass }]) {
      await expect(deployment.invoke(name, event)).rejects.toThrow('PassEventError');
    }
    expect(sessions()).toBe(0);
    expect(writes()).toEqual([]);
  });
});

it("the forwarder's role is issued in its own namespace only", async () => {
  const secret = `aws-iam-${forwarderRoleName(REGION, CLUSTER_NAME)}`;
  await admin.createNamespace({ body: { metadata: { name: 'kube-aws-iam' } } });
  await createPod('forwarder', [secret], 'kube-aws-iam');
  await createPod('thief', [secret]);
  const report = await send([
    aRequest(secret, { namespace: 'kube-aws-iam', pod: 'forwarder' }),
    aRequest(secret, { pod: 'thief' }),
  ]);
  expect(report.counts).toMatchObject({ created: 1, refused: 1 });
  expect(sessions()).toBe(1);
  expect(await secretsIn('shop')).toEqual([]);
  credentialsIn((await secretsIn('kube-aws-iam'))[0]);
});
