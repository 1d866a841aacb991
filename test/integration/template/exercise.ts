import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import {
  intermediateTrustPolicy,
  trustPolicy as podTrustPolicy,
  type TrustInput,
} from '../../../bin/commands/trust-policy/trust-policy.ts';
import { ALLOWED_ROLES_ANNOTATION } from '../../../contract/kubernetes/namespace.ts';
import { SECRET_NAME_PREFIX } from '../../../contract/kubernetes/secret.ts';
import { EVENT_DETAIL_TYPE, EVENT_SOURCE } from '../../../contract/pod-event.ts';
import type { ChartValues } from '../../../infra/chart/chart-values.ts';
import { type ApiClient, apiClient } from '../../../local/api-client.ts';
import { resourcesOf } from '../../../local/assembly/assembly.ts';
import type { SessionCredentials } from '../../../local/aws/iam/session.ts';
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
  REFRESH,
  REFRESHER_ROLE_ARN,
  REGION,
  SWEEP,
} from '../../support/deployment.ts';

/** What was found when a template was run. */
export interface Exercise {
  /** What is not as it should be, in the order in which it was found; nothing when all works. */
  readonly complaints: readonly string[];
  /** The statements of the product's policies that applied to nothing, and what of the others nothing asked for. */
  readonly unusedInPolicies: readonly string[];
}

/** How far to go. */
export type Until = 'end' | 'first complaint';

/** The stack's settings of sessions, by which the roles of pods are made as the README says. */
export interface SessionSettings {
  readonly sessionTags?: boolean;
  readonly externalId?: string;
  readonly assumeRole?: string;
}

const ROLE = 'arn:aws:iam::123456789012:role';
const trustPolicy = (condition: object) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
      Action: 'sts:AssumeRole',
      Condition: condition,
    },
  ],
});

/**
 * Deploys an assembly and has everything in it do its work: the schedules fire, pods get their Secrets by tick, by sweep and
 * by event, what must not be allowed is tried, functions fail and their alarms are told, and calm returns. A step that fails is
 * a complaint, and the next goes on.
 */
export async function exercise(
  assemblyDir: string,
  until: Until,
  settings: SessionSettings = {},
): Promise<Exercise> {
  const complaints: string[] = [];
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
      if (until === 'first complaint' && complaints.length > 0) break;
      const complain = (text: string) => complaints.push(`${step.name}: ${text}`);
      await step(world, complain).catch((error: unknown) => complain(String(error)));
    }
    await admin.close();
    return { complaints, unusedInPolicies: cloud.unusedPolicyParts() };
  } catch (error) {
    return { complaints: [...complaints, String(error)], unusedInPolicies: [] };
  } finally {
    await cloud?.stop();
    await cluster?.stop();
  }
}

interface World {
  readonly cloud: EmbeddedCloud;
  readonly cluster: EmbeddedCluster;
  readonly admin: ApiClient;
  readonly settings: SessionSettings;
  readonly clock: MovableClock;
}

type Complain = (text: string) => void;

/**
 * Has a client sign by the clock of the cloud: it may be more than a quarter of an hour from the machine's, after which no
 * signature counts, and how far depends on when the test runs.
 */
const clockOf = ({ clock }: Pick<World, 'clock'>) => ({
  systemClockOffset: clock.now().getTime() - Date.now(),
});

/** Half past a full minute, half a minute before a sweep. */
function startClock(): MovableClock {
  const clock = new MovableClock();
  clock.advance((600_000 - (clock.now().getTime() % 600_000)) / 1_000 + 270);
  return clock;
}

const STEPS: readonly ((world: World, complain: Complain) => Promise<void>)[] = [
  makePods,
  firstMinute,
  podEvent,
  forbiddenEvents,
  forbiddenRoles,
  calm,
  failure,
  alarm,
];

async function makePods({ cloud, admin, settings }: World): Promise<void> {
  const trust = trustInputOf(settings);
  if (settings.assumeRole !== undefined) addIntermediate(cloud, settings.assumeRole, trust);
  for (const role of ['app-orders', 'app-late', 'app-optional']) {
    cloud.sts.addRole({ arn: `${ROLE}/${role}`, trustPolicy: podTrustPolicy(trust) });
  }
  // It trusts the refresher, so that the refresher's own policy is what forbids it.
  const trusting = trustPolicy({ ArnEquals: { 'aws:PrincipalArn': REFRESHER_ROLE_ARN } });
  cloud.sts.addRole({ arn: `${ROLE}/cdk-deploy`, trustPolicy: trusting });
  const annotations = { [ALLOWED_ROLES_ANNOTATION]: '["*"]' };
  await post(admin, '/api/v1/namespaces', { metadata: { name: 'shop', annotations } });
  await post(admin, '/api/v1/namespaces', { metadata: { name: namespaceOf(cloud) } });
  await makePod(admin, 'shop', 'web', `${SECRET_NAME_PREFIX}app-orders`);
  await makePod(
    admin,
    namespaceOf(cloud),
    'forwarder',
    `${SECRET_NAME_PREFIX}${forwarderOf(cloud).roleName}`,
  );
  // Such a pod waits for nothing, so that only a sweep sees what it wants.
  await makePod(admin, 'shop', 'optional', `${SECRET_NAME_PREFIX}app-optional`);
  await admin.send('PATCH', '/api/v1/namespaces/shop/pods/optional/status', {
    body: { status: { phase: 'Running' } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
}

/** Adds the intermediate role with the trust policy that the command line prints, and the policy of the README. */
function addIntermediate(cloud: EmbeddedCloud, arn: string, trust: TrustInput): void {
  const Action = ['sts:AssumeRole', 'sts:TagSession'];
  const Statement = [{ Effect: 'Allow', Action, Resource: `${ROLE}/app-*` }];
  cloud.sts.addRole({
    arn,
    trustPolicy: intermediateTrustPolicy(trust),
    policies: [{ name: 'pods', document: { Version: '2012-10-17', Statement } }],
  });
}

/** What trust policies are printed from. */
function trustInputOf({ sessionTags, externalId, assumeRole }: SessionSettings): TrustInput {
  const clusterArnTag = `arn:aws:eks:${REGION}:${ACCOUNT}:cluster/${CLUSTER_NAME}`;
  return {
    config: {
      clusterName: CLUSTER_NAME,
      sessions: {
        nameForm: 'namespace',
        ...(sessionTags ? { clusterArnTag } : {}),
        ...(externalId === undefined ? {} : { externalId }),
        ...(assumeRole === undefined ? {} : { intermediateRoleArn: assumeRole }),
      },
    },
    refresherRoleArn: REFRESHER_ROLE_ARN,
    namespace: 'shop',
  };
}

async function firstMinute({ cloud, admin }: World, complain: Complain): Promise<void> {
  await cloud.scheduler.advance(60);
  for (const name of [REFRESH, SWEEP]) {
    const runs = runsOf(cloud, name);
    if (runs.length === 0) complain(`${name} was not invoked`);
    for (const { result } of runs) {
      if (result.kind !== 'success') complain(`${name}: ${JSON.stringify(result)}`);
    }
    const lines = cloud.logs.lines.filter(({ functionName }) => functionName === name);
    if (!lines.some(({ text }) => text.includes(' pass"'))) complain(`${name} logged no pass`);
  }
  for (const role of ['app-orders', 'app-optional'])
    await expectSecret(admin, 'shop', role, complain);
  await expectSecret(admin, namespaceOf(cloud), forwarderOf(cloud).roleName, complain);
}

async function podEvent(world: World, complain: Complain): Promise<void> {
  const { cloud, admin } = world;
  await makePod(admin, 'shop', 'late', `${SECRET_NAME_PREFIX}app-late`);
  const seenAt = new Date().toISOString();
  const wanted = [
    { namespace: 'shop', secret: `${SECRET_NAME_PREFIX}app-late`, pod: 'late', seenAt },
  ];
  await putEvent(world, await forwarderCredentials(world), { wanted });
  await cloud.eventBridge.settled();
  await expectSecret(admin, 'shop', 'app-late', complain);
  const failures = [...cloud.eventBridge.failedDeliveries, ...cloud.functions.asyncFailures];
  if (failures.length > 0) complain(`it was not delivered: ${JSON.stringify(failures)}`);
}

/** Nobody but the forwarder may put events on the bus, and the forwarder nothing but its own. */
async function forbiddenEvents(world: World, complain: Complain): Promise<void> {
  const { cloud } = world;
  const forwarder = await forwarderCredentials(world);
  await expectRefused('the forwarder, with another source', complain, () =>
    putEvent(world, forwarder, {}, { Source: 'somebody.else' }),
  );
  // Whatever its own policy says: with a policy that lets it, only the bus stands in its way.
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
  await expectRefused('a stranger', complain, () => putEvent(world, stranger.credentials, {}));
}

/** What the stack denies is denied although the role would let the refresher in. */
async function forbiddenRoles(world: World, complain: Complain): Promise<void> {
  const foreign = resourcesOf(world.cloud.assembly, 'cdk-function');
  const denied = [`${ROLE}/cdk-deploy`, REFRESHER_ROLE_ARN, ...foreign.map((one) => one.roleArn)];
  for (const arn of denied) await expectRefused(arn, complain, () => assume(world, arn));
  world.cloud.sts.addRole({
    arn: `${ROLE}/other`,
    trustPolicy: trustPolicy({ ArnEquals: { 'aws:PrincipalArn': REFRESHER_ROLE_ARN } }),
  });
  await expectRefused('a role that is not assumable', complain, () =>
    assume(world, `${ROLE}/other`),
  );
}

/** While all goes well no alarm is on but those that wait for what comes seldom. */
async function calm({ cloud }: World, complain: Complain): Promise<void> {
  await cloud.scheduler.advance(120);
  const on = cloud.cloudWatch.alarmNames.filter(
    (name) => cloud.cloudWatch.stateOf(name) === 'ALARM',
  );
  if (on.length > 0) complain(`alarms are on: ${on.join(', ')}`);
  for (const { reason } of cloud.cloudWatch.rejectedLines)
    complain(`a metric was refused: ${reason}`);
}

/** A run that fails is not tried again: the next of its schedule is the next try. */
async function failure({ cloud, cluster }: World, complain: Complain): Promise<void> {
  // Half a minute before both come.
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
      complain(
        `${name} was due ${due} times, once to fail; it ran ${runs.length} times, and failed ${failed}`,
      );
    }
  }
}

function runsOf(cloud: EmbeddedCloud, name: string) {
  return cloud.functions.invocations.filter(({ functionName }) => functionName === name);
}

/**
 * Nothing is run for a while: what was missed is not made up for, but who is told of alarms hears of it, and of its end.
 */
async function alarm({ cloud }: World, complain: Complain): Promise<void> {
  await cloud.scheduler.advance(3 * 60);
  const releases = [REFRESH, SWEEP].map((name) => cloud.functions.throttle(name));
  await cloud.scheduler.advance(6 * 60);
  for (const name of [REFRESH, SWEEP]) {
    const isGivenUp = cloud.functions.asyncFailures.some(
      (one) => one.functionName === name && one.condition === 'EventAgeExceeded',
    );
    if (!isGivenUp) complain(`${name} was kept for later when it could not be run`);
  }
  for (const release of releases) release();
  await cloud.scheduler.advance(3 * 60);
  const told = cloud.cloudWatch.notifications.map(({ message }) => {
    const { AlarmName, NewStateValue } = JSON.parse(message);
    return `${AlarmName} ${NewStateValue}`;
  });
  for (const state of ['ALARM', 'OK']) {
    for (const name of ['page-refresh-stopped', 'page-credentials-at-risk']) {
      const line = `kube-aws-iam-${CLUSTER_NAME}-${name} ${state}`;
      if (!told.includes(line)) complain(`nobody was told of ${line}`);
    }
  }
  for (const { reason } of cloud.cloudWatch.failedNotifications) complain(`not told: ${reason}`);
}

/** Where the chart is installed. */
function namespaceOf({ assembly }: EmbeddedCloud): string {
  return resourcesOf(assembly, 'helm-chart')[0]?.namespace ?? '';
}

/** What the chart tells the forwarder. */
function forwarderOf({ assembly }: EmbeddedCloud) {
  const [chart] = resourcesOf(assembly, 'helm-chart');
  if (chart === undefined) throw new Error('the stack installs no chart');
  const { forwarder } = chart.values as ChartValues;
  if (forwarder.credentials.source !== 'secret')
    throw new Error('the forwarder has other credentials');
  return { roleName: forwarder.credentials.roleName, eventBusName: forwarder.eventBusName };
}

type Keys = Omit<SessionCredentials, 'expiration'>;

/** The forwarder's own, out of the Secret that the product made. */
async function forwarderCredentials({
  cloud,
  admin,
}: Pick<World, 'cloud' | 'admin'>): Promise<Keys> {
  const name = `${SECRET_NAME_PREFIX}${forwarderOf(cloud).roleName}`;
  const { body } = await admin.send(
    'GET',
    `/api/v1/namespaces/${namespaceOf(cloud)}/secrets/${name}`,
  );
  const { 'credentials.json': json = '' } = (body['data'] ?? {}) as Record<string, string>;
  const keys = JSON.parse(Buffer.from(json, 'base64').toString());
  return {
    accessKeyId: keys.AccessKeyId,
    secretAccessKey: keys.SecretAccessKey,
    sessionToken: keys.SessionToken,
  };
}

/** Assumes a role as the refresher. */
async function assume({ cloud, clock }: World, RoleArn: string): Promise<Keys> {
  const { credentials } = cloud.sts.issueServiceSession(
    REFRESHER_ROLE_ARN,
    'lambda.amazonaws.com',
    'test',
  );
  const sts = new STSClient({
    region: REGION,
    endpoint: cloud.sts.url,
    credentials,
    ...clockOf({ clock }),
  });
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' }),
  );
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

async function putEvent(
  { cloud, clock }: World,
  credentials: Keys,
  detail: object,
  other: object = {},
): Promise<void> {
  const endpoint = cloud.eventBridge.url;
  const client = new EventBridgeClient({
    region: REGION,
    endpoint,
    credentials,
    maxAttempts: 1,
    ...clockOf({ clock }),
  });
  const entry = {
    EventBusName: forwarderOf(cloud).eventBusName,
    Source: EVENT_SOURCE,
    DetailType: EVENT_DETAIL_TYPE,
    Detail: JSON.stringify(detail),
    ...other,
  };
  const { FailedEntryCount, Entries } = await client.send(
    new PutEventsCommand({ Entries: [entry] }),
  );
  if (FailedEntryCount) throw new Error(JSON.stringify(Entries));
}

async function expectRefused(who: string, complain: Complain, act: () => Promise<unknown>) {
  const error = await act().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const isRefused =
    error instanceof Error && /AccessDenied|not authorized/i.test(`${error.name} ${error.message}`);
  if (!isRefused) complain(`${who} was not refused: ${error}`);
}

async function expectSecret(admin: ApiClient, namespace: string, role: string, complain: Complain) {
  const path = `/api/v1/namespaces/${namespace}/secrets/${SECRET_NAME_PREFIX}${role}`;
  const { status } = await admin.send('GET', path);
  if (status !== 200) complain(`there is no Secret of ${role} in ${namespace}`);
}

async function makePod(admin: ApiClient, namespace: string, name: string, secretName: string) {
  const volumeMounts = [{ name: 'v', mountPath: '/meta/aws-iam' }];
  await post(admin, `/api/v1/namespaces/${namespace}/pods`, {
    metadata: { name },
    spec: {
      containers: [{ name: 'c', image: 'app', volumeMounts }],
      volumes: [{ name: 'v', secret: { secretName } }],
    },
  });
}

async function post(admin: ApiClient, path: string, body: object): Promise<void> {
  const answer = await admin.send('POST', path, { body });
  if (answer.status !== 201) throw new Error(`POST ${path}: ${JSON.stringify(answer.body)}`);
}
