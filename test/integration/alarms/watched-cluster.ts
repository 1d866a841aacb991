import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import {
  PatchStrategy,
  setHeaderOptions,
  type V1SecretVolumeSource,
} from '@kubernetes/client-node';
import { namespaceSessionName } from '../../../contract/aws/session-name.ts';
import { PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import { ALLOWED_ROLES_ANNOTATION } from '../../../contract/kubernetes/namespace.ts';
import { UNUSED_SINCE_ANNOTATION } from '../../../contract/kubernetes/secret.ts';
import { EVENT_DETAIL_TYPE, EVENT_SOURCE } from '../../../contract/pod-event.ts';
import { eventBusNameOf, forwarderRoleName } from '../../../infra/names.ts';
import type { SessionCredentials } from '../../../local/aws/iam/session.ts';
import { MovableClock } from '../../../local/clock.ts';
import {
  ACCOUNT,
  CLUSTER_NAME,
  REFRESHER_ROLE_ARN,
  REGION,
} from '../../support/deployment/deployment.ts';
import {
  deployEmbedded,
  type EmbeddedDeployment,
} from '../../support/deployment/embedded-deployment.ts';

const AS_MERGE_PATCH = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);

/** A deployment of the product with its alarms, and what a test does to it. */
export interface WatchedCluster extends EmbeddedDeployment {
  /** Creates a namespace without an annotation, so that it allows no role. */
  addNamespace(name: string): Promise<void>;
  /** Allows a namespace some roles: `app-*` when absent. */
  allowRoles(namespace: string, roles?: readonly string[]): Promise<void>;
  /** Creates a pod that mounts the Secret of a role. */
  addPod(pod: string, role?: string, namespace?: string): Promise<void>;
  /** Creates a pod in phase Running that mounts the Secret of a role, if it exists. */
  addRunningPod(pod: string, role: string, namespace?: string): Promise<void>;
  /** Deletes a pod of `shop`, but not its Secret. */
  removePod(pod: string): Promise<void>;
  /** Deletes the Secret of `app-orders` in `shop`: pods that mount it wait for a new one. */
  removeSecret(): Promise<void>;
  /** Marks a Secret of `shop` as unused since a time, as a sweep does that does not see its pods. */
  markSecret(name: string, since: string): Promise<void>;
  /** Sends the event of a pod of `shop`, which the forwarder first saw some seconds ago. */
  sendPodEvent(pod: string, role?: string, secondsAgo?: number): Promise<void>;
  /** Advances the clock by a minute, in which the schedules fire and the alarms are evaluated. */
  passMinute(): Promise<void>;
  /** Returns the notifications to the topic so far, in order. */
  alarmNotifications(): readonly AlarmNotification[];
}

/** A change of an alarm's state. */
export interface AlarmNotification {
  /** From {@link alarmId}. */
  readonly alarm: string;
  readonly state: string;
}

/** Returns the end of an alarm's name, which names the problem. */
export function alarmId(alarmName: string): string {
  return alarmName.replace(new RegExp(`^kube-aws-iam-${CLUSTER_NAME}-(page|ticket)-`), '');
}

/**
 * Deploys the product with one namespace, `shop`, and one role, `app-orders`. The clock starts 30 seconds past a full
 * minute, so that invocations are as far as possible from the ends of periods, and the first sweep is after five minutes.
 */
export async function startWatchedCluster(): Promise<WatchedCluster> {
  const deployment = await deployEmbedded({}, startClockAtHalfMinute);
  const { cloud, clock, admin } = deployment;
  deployment.addPodRole('app-orders');
  const putEvent = await eventSender(deployment);
  let minuteEnds = lastHalfMinute(clock.now());
  const inShop = (name: string) => ({ namespace: 'shop', name });
  const createPod = async (name: string, namespace: string, secret: V1SecretVolumeSource) => {
    const spec = { containers: [{ name: 'c', image: 'app' }], volumes: [{ name: 'v', secret }] };
    await admin.createNamespacedPod({ namespace, body: { metadata: { name }, spec } });
  };
  const cluster: WatchedCluster = {
    ...deployment,
    async addNamespace(name) {
      await admin.createNamespace({ body: { metadata: { name } } });
    },
    async allowRoles(name, roles = ['app-*']) {
      const annotations = { [ALLOWED_ROLES_ANNOTATION]: JSON.stringify(roles) };
      await admin.replaceNamespace({ name, body: { metadata: { name, annotations } } });
    },
    async addPod(pod, role = 'app-orders', namespace = 'shop') {
      await createPod(pod, namespace, { secretName: `aws-iam-${role}` });
    },
    async addRunningPod(name, role, namespace = 'shop') {
      await createPod(name, namespace, { secretName: `aws-iam-${role}`, optional: true });
      const body = { status: { phase: 'Running' } };
      await admin.patchNamespacedPodStatus({ name, namespace, body }, AS_MERGE_PATCH);
    },
    async removePod(pod) {
      await admin.deleteNamespacedPod(inShop(pod));
    },
    async removeSecret() {
      await admin.deleteNamespacedSecret(inShop('aws-iam-app-orders'));
    },
    async markSecret(name, since) {
      const body = { metadata: { annotations: { [UNUSED_SINCE_ANNOTATION]: since } } };
      await admin.patchNamespacedSecret({ ...inShop(name), body }, AS_MERGE_PATCH);
    },
    async sendPodEvent(pod, role = 'app-orders', secondsAgo = 0) {
      const seenAt = new Date(clock.now().getTime() - secondsAgo * 1_000).toISOString();
      await putEvent({ wanted: [{ namespace: 'shop', secret: `aws-iam-${role}`, pod, seenAt }] });
      await cloud.eventBridge.settled();
    },
    passMinute: async () => {
      // Includes the time that the last minute took on the machine.
      minuteEnds += 60_000;
      await cloud.scheduler.advance(Math.max(0, minuteEnds - clock.now().getTime()) / 1_000);
    },
    alarmNotifications: () =>
      cloud.cloudWatch.notifications.map(({ message }) => {
        const { AlarmName, NewStateValue } = JSON.parse(message);
        return { alarm: alarmId(AlarmName), state: NewStateValue };
      }),
  };
  await cluster.addNamespace('shop');
  await cluster.allowRoles('shop');
  return cluster;
}

/** Returns the last instant that was 30 seconds past a minute. */
function lastHalfMinute(now: Date): number {
  return Math.floor((now.getTime() - 30_000) / 60_000) * 60_000 + 30_000;
}

/** Returns a clock at 30 seconds past the next multiple of ten minutes. */
function startClockAtHalfMinute(): MovableClock {
  const clock = new MovableClock();
  clock.advance((600_000 - (clock.now().getTime() % 600_000)) / 1_000 + 30);
  return clock;
}

/** Sends events with the forwarder's role, the only one that is allowed to. */
async function eventSender({ cloud }: EmbeddedDeployment) {
  const refresher = cloud.sts.issueServiceSession(
    REFRESHER_ROLE_ARN,
    'lambda.amazonaws.com',
    'test',
  );
  const connectSts = { region: REGION, endpoint: cloud.sts.url };
  const sts = new STSClient({ ...connectSts, credentials: refresher.credentials });
  return async (detail: object): Promise<void> => {
    const client = new EventBridgeClient({
      region: REGION,
      endpoint: cloud.eventBridge.url,
      credentials: await forwarderCredentials(sts),
    });
    const entry = {
      EventBusName: eventBusNameOf(CLUSTER_NAME),
      Source: EVENT_SOURCE,
      DetailType: EVENT_DETAIL_TYPE,
      Detail: JSON.stringify(detail),
    };
    const { FailedEntryCount, Entries } = await client.send(
      new PutEventsCommand({ Entries: [entry] }),
    );
    if (FailedEntryCount) throw new Error(JSON.stringify(Entries));
  };
}

async function forwarderCredentials(
  sts: STSClient,
): Promise<Omit<SessionCredentials, 'expiration'>> {
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${ACCOUNT}:role/${forwarderRoleName(REGION, CLUSTER_NAME)}`,
      RoleSessionName: namespaceSessionName(PRODUCT_NAMESPACE, CLUSTER_NAME),
    }),
  );
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
  };
}
