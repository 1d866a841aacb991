import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REFRESHERS_GROUP } from '../../contract/kubernetes/cluster-access.ts';
import { cacheValue } from '../../kubernetes/cached-value.ts';
import { connectCluster } from '../../kubernetes/connection/connect-cluster.ts';
import { eksRemedies } from '../../kubernetes/eks/eks-remedies.ts';
import type { ClosableConnection } from '../../kubernetes/kubernetes-connection.ts';
import {
  collectRequestedSecrets,
  type PodReference,
} from '../../lambda/decide/requested-secrets.ts';
import { awsIamRoleEvent } from '../../lambda/report/events/awsiamrole-events.ts';
import { eventName } from '../../lambda/report/events/cluster-event.ts';
import { createEventReporter } from '../../lambda/report/events/event-reporter.ts';
import { writeEvents } from '../../lambda/report/events/write-events.ts';
import { type ApiBody, type ApiClient, type ApiServer, apiClient } from '../../local/api-client.ts';
import { MovableClock } from '../../local/clock.ts';
import { type AccessRule, authorizeByRules } from '../../local/kubernetes/access/authorization.ts';
import { chartRules } from '../../local/kubernetes/access/chart-rules.ts';
import type { Authenticate } from '../../local/kubernetes/access/user-info.ts';
import { startEmbeddedCluster } from '../../local/kubernetes/embedded-cluster.ts';
import { startRealCluster } from '../../local/real-cluster/real-cluster.ts';
import { minutes, NOW } from '../support/builders/builders.ts';
import { aFailure, aRefusal, aSuccess } from '../support/builders/event-builders.ts';
import { type ChartCluster, chartCluster } from '../support/chart/chart-cluster.ts';
import { renderChart } from '../support/chart/helm.ts';
import { REFRESHER_ROLE } from '../support/chart/refresher-rights.ts';
import { describeChartOnRealCluster } from '../support/describe-real-cluster.ts';

const FOREVER = new AbortController().signal;

/** May create Events but not patch them. */
const CREATORS: AccessRule = {
  group: 'creators',
  verbs: ['create'],
  apiGroups: ['events.k8s.io'],
  resources: ['events'],
};
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  refresher: [REFRESHERS_GROUP],
  creator: [CREATORS.group],
  nobody: [],
};
const authenticate: Authenticate = async (token) => {
  const groups = GROUPS[token];
  return groups && { username: token, groups: [...groups] };
};

type TestServer = Omit<ApiServer, 'token'> & { readonly adminToken: string };

/** Runs against the embedded API and a real one, which must behave the same. */
function eventReporterSuite(server: () => TestServer): void {
  let admin: ApiClient;
  let namespace: string;
  const connections: ClosableConnection[] = [];
  let clock = NOW;

  beforeAll(async () => {
    admin = apiClient({ ...server(), token: server().adminToken });
    namespace = await newNamespace();
  });
  afterAll(async () => {
    await admin.close();
    for (const connection of connections) await connection.close();
  });

  async function newNamespace(): Promise<string> {
    const name = `test-${randomUUID().slice(0, 8)}`;
    await admin.send('POST', '/api/v1/namespaces', { body: { metadata: { name } } });
    return name;
  }

  function connect(token: string): ClosableConnection {
    const { url, caPem } = server();
    const connection = connectCluster({
      clusterName: 'blue',
      endpoint: cacheValue(async () => ({ url, certificateAuthority: caPem })),
      remedies: eksRemedies('blue'),
      credentials: cacheValue(async () => ({ value: token, staleAt: minutes(60) })),
      countCall: () => {},
      version: 'test',
      now: () => clock,
      random: () => 0,
      sleep: async () => {},
    });
    connections.push(connection);
    return connection;
  }

  /** The reporter of a container, and its log lines. */
  function aContainer(token = 'refresher') {
    const lines: Record<string, unknown>[] = [];
    const reporter = createEventReporter({
      connection: connect(token),
      now: () => clock,
      reportingInstance: 'refresh@blue',
      log: { warn: (_message, fields) => lines.push(fields) },
    });
    return { reporter, lines };
  }

  const aPod = (name: string, where = namespace): PodReference => ({
    namespace: where,
    name,
    uid: randomUUID(),
  });

  /** The Events that `kubectl describe pod` shows. */
  async function eventsOf({ namespace: where, uid }: PodReference): Promise<readonly ApiBody[]> {
    const selector = encodeURIComponent(`regarding.uid=${uid}`);
    const path = `/apis/events.k8s.io/v1/namespaces/${where}/events?fieldSelector=${selector}`;
    return (await admin.send('GET', path)).body.items;
  }

  it('writes an Event once, and updates its series after half an hour', async () => {
    const pod = aPod('web');
    const { reporter, lines } = aContainer();
    for (const minute of [0, 1, 2, 30]) {
      clock = minutes(minute);
      await reporter.report([aRefusal({}, pod)], [], FOREVER);
    }
    expect(lines).toEqual([]);
    expect(await eventsOf(pod)).toMatchObject([
      {
        metadata: { name: expect.stringMatching(/^web\.[0-9a-f]{16}$/) },
        regarding: { apiVersion: 'v1', kind: 'Pod', name: 'web', uid: pod.uid },
        type: 'Warning',
        reason: 'RoleForbidden',
        note: 'Secret aws-iam-orders: namespace shop allows no role',
        action: 'IssueCredentials',
        reportingController: 'kube-aws-iam',
        reportingInstance: 'refresh@blue',
        eventTime: '2026-11-23T12:00:00.000000Z',
        series: { count: 4, lastObservedTime: '2026-11-23T12:30:00.000000Z' },
      },
    ]);
  });

  it('continues the Event of another container, and reports the recovery', async () => {
    const pod = aPod('web');
    clock = NOW;
    await aContainer().reporter.report([aRefusal({}, pod)], [], FOREVER);
    const { reporter, lines } = aContainer();
    clock = minutes(1);
    await reporter.report([aRefusal({}, pod)], [], FOREVER);
    expect(await eventsOf(pod)).toMatchObject([{ series: { count: 2 } }]);
    await aContainer().reporter.report([aRefusal({}, pod)], [], FOREVER);
    expect(await eventsOf(pod)).toMatchObject([{ series: { count: 3 } }]);
    await reporter.report([aSuccess('created', pod)], [], FOREVER);
    const events = await eventsOf(pod);
    expect(events.map(({ type, reason }) => `${type} ${reason}`).sort()).toEqual([
      'Normal CredentialsRecovered',
      'Warning RoleForbidden',
    ]);
    expect(lines).toEqual([]);
  });

  it('recreates an Event that the server has deleted', async () => {
    const pod = aPod('web');
    const { reporter, lines } = aContainer();
    clock = NOW;
    await reporter.report([aRefusal({}, pod)], [], FOREVER);
    const [first] = await eventsOf(pod);
    const path = `/apis/events.k8s.io/v1/namespaces/${namespace}/events/${first?.metadata.name}`;
    expect((await admin.send('DELETE', path)).status).toBe(200);
    clock = minutes(30);
    await reporter.report([aRefusal({}, pod)], [], FOREVER);
    const again = await eventsOf(pod);
    expect(again).toMatchObject([{ eventTime: '2026-11-23T12:30:00.000000Z' }]);
    expect(again[0]?.['series']).toBeUndefined();
    expect(lines).toEqual([]);
  });

  it('writes valid Events for every kind of outcome, the longest names and the longest notes', async () => {
    const pod = aPod(`${'a.'.repeat(126)}b`);
    const { reporter, lines } = aContainer();
    const { ignored } = collectRequestedSecrets([
      { ...pod, secretNames: ['aws-iam-$(id)\n\u001b', `aws-iam-${'R/'.repeat(1_000)}`] },
    ]);
    const outcomes = [
      aRefusal({ message: 'é🔑'.repeat(1_000), name: `aws-iam-${'r'.repeat(64)}` }, pod),
      aRefusal({ reason: 'name-taken' }, pod),
      aFailure({}, pod),
      aFailure({ reason: 'api-refused' }, pod),
      aFailure({ reason: 'api-refused', action: 'renew' }, pod),
    ];
    await reporter.report(outcomes, ignored, FOREVER);
    expect(lines).toEqual([]);
    const events = await eventsOf(pod);
    expect(events.map(({ reason }) => reason).sort()).toEqual([
      'CreateSecretFailed',
      'CreateSecretFailed',
      'GetCredentialsFailed',
      'RoleForbidden',
      'SecretIgnored',
      'SecretIgnored',
      'UpdateSecretFailed',
    ]);
  });

  it('continues with other namespaces when a namespace is terminating', async () => {
    const terminating = await newNamespace();
    const path = `/api/v1/namespaces/${terminating}`;
    const held = { metadata: { name: 'held', finalizers: ['example.com/held'] } };
    await admin.send('POST', `${path}/secrets`, { body: held });
    await admin.send('DELETE', path);
    const [late, pod] = [aPod('late', terminating), aPod('web')];
    const { reporter, lines } = aContainer();
    await reporter.report([aRefusal({}, late), aRefusal({}, pod)], [], FOREVER);
    expect(lines).toMatchObject([
      { notWritten: 1, explanation: expect.stringContaining('because it is being terminated') },
    ]);
    expect(await eventsOf(pod)).toHaveLength(1);
    const headers = { 'content-type': 'application/merge-patch+json' };
    const body = { metadata: { finalizers: null } };
    await admin.send('PATCH', `${path}/secrets/held`, { body, headers });
  });

  it.each([
    ['create', 'nobody'],
    ['patch', 'creator'],
  ])('names the missing RBAC when it may not %s Events', async (verb, token) => {
    const pod = aPod('web');
    const { reporter, lines } = aContainer(token);
    await aContainer('creator').reporter.report([aRefusal({}, pod)], [], FOREVER);
    await reporter.report([aRefusal({}, pod)], [], FOREVER);
    expect(lines).toEqual([
      {
        notWritten: 1,
        explanation: expect.stringMatching(
          new RegExp(`cannot ${verb} resource "events".*grants the refresher the verbs`),
        ),
      },
    ]);
  });

  it('writes a valid Event about an AWSIAMRole', async () => {
    const resource = aPod('orders');
    const event = awsIamRoleEvent({
      resource,
      secretName: 'orders',
      result: 'created',
      roleArn: 'arn:aws:iam::123456789012:role/orders',
      expiresAt: minutes(60),
    });
    const deps = { connection: connect('refresher'), now: () => clock, reportingInstance: 'x' };
    const due = { event, name: eventName(event), isNew: true, occurrences: 1 };
    expect(await writeEvents(deps, [due], FOREVER)).toEqual([{ due, result: 'written' }]);
    expect(await eventsOf(resource)).toMatchObject([
      {
        regarding: { apiVersion: 'zalando.org/v1', kind: 'AWSIAMRole', name: 'orders' },
        reason: 'CreateCredentials',
      },
    ]);
  });
}

const stops: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
});

describe('the event reporter on the embedded Kubernetes API', () => {
  let cluster: TestServer;
  beforeAll(async () => {
    const authorize = authorizeByRules([...(await chartRules()), CREATORS]);
    const started = await startEmbeddedCluster({
      clock: new MovableClock(),
      authenticate,
      authorize,
    });
    stops.push(() => started.stop());
    cluster = started;
  });
  eventReporterSuite(() => cluster);
});

describeChartOnRealCluster(
  'the event reporter on a real API server, with the RBAC of the chart',
  () => {
    let cluster: TestServer;
    beforeAll(async () => {
      const started = await startRealCluster({ authenticate, controllers: true });
      stops.push(() => started.stop());
      cluster = started;
      const chart = chartCluster(started);
      stops.push(() => chart.close());
      for (const manifest of await renderChart()) {
        if (manifest.metadata.name === REFRESHER_ROLE && manifest.kind.startsWith('ClusterRole')) {
          await chart.apply(manifest);
        }
      }
      await permitCreators(chart);
    });
    eventReporterSuite(() => cluster);
  },
);

async function permitCreators({ apply }: ChartCluster): Promise<void> {
  const { group, ...rule } = CREATORS;
  const apiGroup = 'rbac.authorization.k8s.io';
  const shared = { apiVersion: `${apiGroup}/v1`, metadata: { name: group } };
  await apply({ ...shared, kind: 'ClusterRole', rules: [rule] });
  await apply({
    ...shared,
    kind: 'ClusterRoleBinding',
    roleRef: { apiGroup, kind: 'ClusterRole', name: group },
    subjects: [{ apiGroup, kind: 'Group', name: group }],
  });
}
