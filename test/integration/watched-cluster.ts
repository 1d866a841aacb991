import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { PRODUCT_NAMESPACE } from '../../contract/forwarder.ts';
import { ALLOWED_ROLES_ANNOTATION } from '../../contract/namespace.ts';
import { EVENT_DETAIL_TYPE, EVENT_SOURCE } from '../../contract/pod-event.ts';
import { namespaceSessionName } from '../../contract/session-name.ts';
import { eventBusNameOf, forwarderRoleName } from '../../infra/names.ts';
import type { SessionCredentials } from '../../local/aws/iam/session.ts';
import { MovableClock } from '../../local/clock.ts';
import { ACCOUNT, CLUSTER_NAME, REFRESHER_ROLE_ARN, REGION } from '../support/deployment.ts';
import { deployEmbedded, type EmbeddedDeployment } from '../support/embedded-deployment.ts';

/** The product in front of a cluster, with its alarms. */
export interface WatchedCluster extends EmbeddedDeployment {
  /** Makes a namespace that may have no role. */
  addNamespace(name: string): Promise<void>;
  /** Lets a namespace have the roles that begin with `app-`. */
  allowRoles(namespace: string): Promise<void>;
  /** Makes a pod that mounts the Secret of a role. */
  addPod(pod: string, role?: string, namespace?: string): Promise<void>;
  /** Takes a pod of `shop` away, and nothing else. */
  removePod(pod: string): Promise<void>;
  /** Takes the Secret of `app-orders` away from `shop`: who mounts it waits for another. */
  removeSecret(): Promise<void>;
  /** Puts the event of a pod of `shop` on the bus, as the forwarder does, which first saw it so many seconds ago. */
  announce(pod: string, role?: string, secondsAgo?: number): Promise<void>;
  /** Lets a minute pass, in which the schedules fire and the alarms are looked at. */
  passMinute(): Promise<void>;
  /** What the topic was told so far: the end of the alarm's name and its state, the first first. */
  told(): readonly ToldAlarm[];
}

/** One message to the topic. */
export interface ToldAlarm {
  readonly alarm: string;
  readonly state: string;
}

/** The end of an alarm's name: what is wrong. */
export function alarmId(alarmName: string): string {
  return alarmName.replace(new RegExp(`^kube-aws-iam-${CLUSTER_NAME}-(page|ticket)-`), '');
}

/**
 * Deploys it, half past a full minute: so runs and the ends of periods are as far from one another as can be, and the
 * first sweep comes after five minutes. There are one namespace, `shop`, and one role, `app-orders`.
 */
export async function startWatchedCluster(): Promise<WatchedCluster> {
  const deployment = await deployEmbedded({}, startClockAtHalfMinute);
  const { cloud, clock, admin } = deployment;
  deployment.addPodRole('app-orders');
  const put = await eventPutter(deployment);
  let minuteEnds = lastHalfMinute(clock.now());
  const inShop = (name: string) => ({ namespace: 'shop', name });
  const cluster: WatchedCluster = {
    ...deployment,
    async addNamespace(name) {
      await admin.createNamespace({ body: { metadata: { name } } });
    },
    async allowRoles(name) {
      const annotations = { [ALLOWED_ROLES_ANNOTATION]: '["app-*"]' };
      await admin.replaceNamespace({ name, body: { metadata: { name, annotations } } });
    },
    async addPod(pod, role = 'app-orders', namespace = 'shop') {
      const volumes = [{ name: 'v', secret: { secretName: `aws-iam-${role}` } }];
      const spec = { containers: [{ name: 'c', image: 'app' }], volumes };
      await admin.createNamespacedPod({ namespace, body: { metadata: { name: pod }, spec } });
    },
    async removePod(pod) {
      await admin.deleteNamespacedPod(inShop(pod));
    },
    async removeSecret() {
      await admin.deleteNamespacedSecret(inShop('aws-iam-app-orders'));
    },
    async announce(pod, role = 'app-orders', secondsAgo = 0) {
      const seenAt = new Date(clock.now().getTime() - secondsAgo * 1_000).toISOString();
      await put({ wanted: [{ namespace: 'shop', secret: `aws-iam-${role}`, pod, seenAt }] });
      await cloud.eventBridge.settled();
    },
    passMinute: async () => {
      // What the machine took for the last one is part of this.
      minuteEnds += 60_000;
      await cloud.scheduler.advance(Math.max(0, minuteEnds - clock.now().getTime()) / 1_000);
    },
    told: () =>
      cloud.cloudWatch.notifications.map(({ message }) => {
        const { AlarmName, NewStateValue } = JSON.parse(message);
        return { alarm: alarmId(AlarmName), state: NewStateValue };
      }),
  };
  await cluster.addNamespace('shop');
  await cluster.allowRoles('shop');
  return cluster;
}

/** The last time of 30 seconds past a minute. */
function lastHalfMinute(now: Date): number {
  return Math.floor((now.getTime() - 30_000) / 60_000) * 60_000 + 30_000;
}

/** 30 seconds past a minute, the first of ten. */
function startClockAtHalfMinute(): MovableClock {
  const clock = new MovableClock();
  clock.advance((600_000 - (clock.now().getTime() % 600_000)) / 1_000 + 30);
  return clock;
}

/** Puts events on the bus by the forwarder's own role, which no other may. */
async function eventPutter({ cloud }: EmbeddedDeployment) {
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
