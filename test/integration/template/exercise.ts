import { trustPolicy as podTrustPolicy } from '../../../bin/commands/trust-policy/trust-policy.ts';
import { ALLOWED_ROLES_ANNOTATION } from '../../../contract/kubernetes/namespace.ts';
import { SECRET_NAME_PREFIX } from '../../../contract/kubernetes/secret.ts';
import { apiClient } from '../../../local/api-client.ts';
import { resourcesOf } from '../../../local/assembly/assembly.ts';
import { MovableClock } from '../../../local/clock.ts';
import { type EmbeddedCloud, startCloud } from '../../../local/cloud.ts';
import { authorizeByRules } from '../../../local/kubernetes/access/authorization.ts';
import { chartRules } from '../../../local/kubernetes/access/chart-rules.ts';
import {
  type EmbeddedCluster,
  startEmbeddedCluster,
} from '../../../local/kubernetes/embedded-cluster.ts';
import {
  ACCOUNT,
  CLUSTER_NAME,
  EVENTS,
  REFRESH,
  REFRESHER_ROLE_ARN,
  REGION,
  SWEEP,
} from '../../support/deployment/deployment.ts';
import {
  addIntermediate,
  assume,
  createPod,
  expectDenied,
  expectSecret,
  forwarderCredentials,
  forwarderOf,
  namespaceOf,
  post,
  putEvent,
  type Report,
  ROLE,
  type SessionSettings,
  trustInputOf,
  trustPolicy,
  type World,
} from './exercise-world.ts';

/** The result of running a deployed template. */
interface Exercise {
  /** What does not work, in the order of discovery. */
  readonly problems: readonly string[];
  /** The statements of the product's policies that applied to no request, and unused actions and resources of the others. */
  readonly unusedInPolicies: readonly string[];
}

/** When to stop. */
type Until = 'end' | 'first problem';

/**
 * Deploys an assembly and uses everything in it: schedules fire, pods get their Secrets from a refresh, a sweep and a pod event,
 * forbidden requests are tried, functions fail, and alarms notify and recover. A failed step is a problem, and the next step follows.
 */
export async function exercise(
  assemblyDir: string,
  until: Until,
  settings: SessionSettings = {},
): Promise<Exercise> {
  const problems: string[] = [];
  let cloud: EmbeddedCloud | undefined;
  let cluster: EmbeddedCluster | undefined;
  try {
    const clock = startClock();
    cloud = await startCloud({ assemblyDir, clock, account: ACCOUNT, region: REGION });
    cluster = await startEmbeddedCluster({
      clock,
      authenticate: cloud.authenticateToken(CLUSTER_NAME),
      authorize: authorizeByRules(await chartRules()),
    });
    const { url: endpoint, caPem } = cluster;
    cloud.eks.addCluster({ name: CLUSTER_NAME, endpoint, caPem });
    const admin = apiClient({ ...cluster, token: cluster.adminToken });
    const world = { cloud, cluster, admin, settings, clock };
    for (const step of STEPS) {
      if (until === 'first problem' && problems.length > 0) break;
      const report = (text: string) => problems.push(`${step.name}: ${text}`);
      await step(world, report).catch((error: unknown) => report(String(error)));
    }
    await admin.close();
    return { problems, unusedInPolicies: cloud.unusedPolicyParts() };
  } catch (error) {
    return { problems: [...problems, String(error)], unusedInPolicies: [] };
  } finally {
    await cloud?.stop();
    await cluster?.stop();
  }
}

/** Starts a clock 30 seconds past a full minute and 30 seconds before a sweep. */
function startClock(): MovableClock {
  const clock = new MovableClock();
  clock.advance((600_000 - (clock.now().getTime() % 600_000)) / 1_000 + 270);
  return clock;
}

const STEPS: readonly ((world: World, report: Report) => Promise<void>)[] = [
  createPods,
  firstMinute,
  podEvent,
  forbiddenEvents,
  forbiddenRoles,
  noAlarms,
  failure,
  alarm,
];

async function createPods({ cloud, admin, settings }: World): Promise<void> {
  const trust = trustInputOf(settings);
  if (settings.assumeRole !== undefined) addIntermediate(cloud, settings.assumeRole, trust);
  for (const role of ['app-orders', 'app-late', 'app-optional']) {
    cloud.sts.addRole({ arn: `${ROLE}/${role}`, trustPolicy: podTrustPolicy(trust) });
  }
  // It trusts the refresher, so that only the refresher's own policy forbids it.
  const trusting = trustPolicy({ ArnEquals: { 'aws:PrincipalArn': REFRESHER_ROLE_ARN } });
  cloud.sts.addRole({ arn: `${ROLE}/cdk-deploy`, trustPolicy: trusting });
  const annotations = { [ALLOWED_ROLES_ANNOTATION]: '["*"]' };
  await post(admin, '/api/v1/namespaces', { metadata: { name: 'shop', annotations } });
  await post(admin, '/api/v1/namespaces', { metadata: { name: namespaceOf(cloud) } });
  await createPod(admin, 'shop', 'web', `${SECRET_NAME_PREFIX}app-orders`);
  await createPod(
    admin,
    namespaceOf(cloud),
    'forwarder',
    `${SECRET_NAME_PREFIX}${forwarderOf(cloud).roleName}`,
  );
  // A running pod, so that only a sweep sees its request.
  await createPod(admin, 'shop', 'optional', `${SECRET_NAME_PREFIX}app-optional`);
  await admin.send('PATCH', '/api/v1/namespaces/shop/pods/optional/status', {
    body: { status: { phase: 'Running' } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
}

async function firstMinute({ cloud, admin }: World, report: Report): Promise<void> {
  await cloud.scheduler.advance(60);
  expectRuns(cloud, REFRESH, / pass"/, report);
  expectRuns(cloud, SWEEP, / pass"/, report);
  expectRuns(cloud, EVENTS, /"SecretsWanted":0/, report);
  const isPrepared = runsOf(cloud, EVENTS).every(({ result }) =>
    JSON.stringify(result).includes('"isWarm":true'),
  );
  if (!isPrepared) report(`${EVENTS} was not prepared`);
  for (const role of ['app-orders', 'app-optional'])
    await expectSecret(admin, 'shop', role, report);
  await expectSecret(admin, namespaceOf(cloud), forwarderOf(cloud).roleName, report);
}

/** A function was invoked, always successfully, and logged this. */
function expectRuns(cloud: EmbeddedCloud, name: string, logged: RegExp, report: Report): void {
  const runs = runsOf(cloud, name);
  if (runs.length === 0) report(`${name} was not invoked`);
  for (const { result } of runs) {
    if (result.kind !== 'success') report(`${name}: ${JSON.stringify(result)}`);
  }
  const lines = cloud.logs.lines.filter(({ functionName }) => functionName === name);
  if (!lines.some(({ text }) => logged.test(text))) report(`${name} did not log ${logged}`);
}

async function podEvent(world: World, report: Report): Promise<void> {
  const { cloud, admin } = world;
  await createPod(admin, 'shop', 'late', `${SECRET_NAME_PREFIX}app-late`);
  const seenAt = new Date().toISOString();
  const wanted = [
    { namespace: 'shop', secret: `${SECRET_NAME_PREFIX}app-late`, pod: 'late', seenAt },
  ];
  await putEvent(world, await forwarderCredentials(world), { wanted });
  await cloud.eventBridge.settled();
  await expectSecret(admin, 'shop', 'app-late', report);
  expectRuns(cloud, EVENTS, /"pod event"/, report);
  if (cloud.functions.reservedConcurrency(EVENTS) === undefined)
    report('a flood of pod events could take up the concurrency of the account');
  const failures = [...cloud.eventBridge.failedDeliveries, ...cloud.functions.asyncFailures];
  if (failures.length > 0) report(`the event was not delivered: ${JSON.stringify(failures)}`);
}

/** Only the forwarder may put events on the bus, and only its own events. */
async function forbiddenEvents(world: World, report: Report): Promise<void> {
  const { cloud } = world;
  const forwarder = await forwarderCredentials(world);
  await expectDenied('the forwarder, with another source', report, () =>
    putEvent(world, forwarder, {}, { Source: 'somebody.else' }),
  );
  // Its own policy allows it, so that only the policy of the bus forbids it.
  cloud.sts.addRole({
    arn: `${ROLE}/stranger`,
    trustPolicy: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'lambda.amazonaws.com' },
          Action: 'sts:AssumeRole',
        },
      ],
    },
    policies: [
      {
        name: 'all',
        document: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: 'events:PutEvents', Resource: '*' }],
        },
      },
    ],
  });
  const stranger = cloud.sts.issueServiceSession(
    `${ROLE}/stranger`,
    'lambda.amazonaws.com',
    'test',
  );
  await expectDenied('a stranger', report, () => putEvent(world, stranger.credentials, {}));
}

/** The refresher cannot assume denied roles, although these trust it. */
async function forbiddenRoles(world: World, report: Report): Promise<void> {
  const foreign = resourcesOf(world.cloud.assembly, 'cdk-function');
  const denied = [`${ROLE}/cdk-deploy`, REFRESHER_ROLE_ARN, ...foreign.map((one) => one.roleArn)];
  for (const arn of denied) await expectDenied(arn, report, () => assume(world, arn));
  world.cloud.sts.addRole({
    arn: `${ROLE}/other`,
    trustPolicy: trustPolicy({ ArnEquals: { 'aws:PrincipalArn': REFRESHER_ROLE_ARN } }),
  });
  await expectDenied('a role that is not assumable', report, () => assume(world, `${ROLE}/other`));
}

/** Without failures, no alarm is active. */
async function noAlarms({ cloud }: World, report: Report): Promise<void> {
  await cloud.scheduler.advance(120);
  const active = cloud.cloudWatch.alarmNames.filter(
    (name) => cloud.cloudWatch.stateOf(name) === 'ALARM',
  );
  if (active.length > 0) report(`active alarms: ${active.join(', ')}`);
  for (const { reason } of cloud.cloudWatch.rejectedLines)
    report(`a metric was rejected: ${reason}`);
}

/** A failed invocation is not retried: the next one of its schedule is the retry. */
async function failure({ cloud, cluster }: World, report: Report): Promise<void> {
  // Half a minute before both passes are due.
  await cloud.scheduler.advance(7 * 60);
  const isPods = ({ path }: { readonly path: string }) => path === '/api/v1/pods';
  cluster.faults.add({ effect: { kind: 'refuse', status: 403 }, match: isPods, times: 2 });
  const before = { [REFRESH]: runsOf(cloud, REFRESH).length, [SWEEP]: runsOf(cloud, SWEEP).length };
  await cloud.scheduler.advance(4 * 60);
  for (const [name, due] of [
    [REFRESH, 4],
    [SWEEP, 1],
  ] as const) {
    const runs = runsOf(cloud, name).slice(before[name]);
    const failed = runs.filter(({ result }) => result.kind !== 'success').length;
    if (failed !== 1 || runs.length !== due) {
      report(
        `${name} must run ${due} times and fail once; it ran ${runs.length} times and failed ${failed} times`,
      );
    }
  }
}

function runsOf(cloud: EmbeddedCloud, name: string) {
  return cloud.functions.invocations.filter(({ functionName }) => functionName === name);
}

/** While the functions are throttled, alarms notify and later recover, and missed invocations are dropped. */
async function alarm({ cloud }: World, report: Report): Promise<void> {
  await cloud.scheduler.advance(3 * 60);
  const releases = [REFRESH, SWEEP, EVENTS].map((name) => cloud.functions.throttle(name));
  await cloud.scheduler.advance(6 * 60);
  for (const name of [REFRESH, SWEEP, EVENTS]) {
    const isDropped = cloud.functions.asyncFailures.some(
      (one) => one.functionName === name && one.condition === 'EventAgeExceeded',
    );
    if (!isDropped) report(`an event of ${name} was kept while it was throttled`);
  }
  for (const release of releases) release();
  await cloud.scheduler.advance(3 * 60);
  const notified = cloud.cloudWatch.notifications.map(({ message }) => {
    const { AlarmName, NewStateValue } = JSON.parse(message);
    return `${AlarmName} ${NewStateValue}`;
  });
  for (const state of ['ALARM', 'OK']) {
    for (const name of ['page-refresh-stopped', 'page-credentials-at-risk']) {
      const line = `kube-aws-iam-${CLUSTER_NAME}-${name} ${state}`;
      if (!notified.includes(line)) report(`no notification of ${line}`);
    }
  }
  for (const { reason } of cloud.cloudWatch.failedNotifications)
    report(`failed notification: ${reason}`);
}
