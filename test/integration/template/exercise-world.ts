import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import {
  intermediateTrustPolicy,
  type TrustInput,
} from '../../../bin/commands/trust-policy/trust-policy.ts';
import { SECRET_NAME_PREFIX } from '../../../contract/kubernetes/secret.ts';
import { EVENT_DETAIL_TYPE, EVENT_SOURCE } from '../../../contract/pod-event.ts';
import type { ChartValues } from '../../../infra/chart/chart-values.ts';
import type { ApiClient } from '../../../local/api-client.ts';
import { resourcesOf } from '../../../local/assembly/assembly.ts';
import type { SessionCredentials } from '../../../local/aws/iam/session.ts';
import type { MovableClock } from '../../../local/clock.ts';
import type { EmbeddedCloud } from '../../../local/cloud.ts';
import type { EmbeddedCluster } from '../../../local/kubernetes/embedded-cluster.ts';
import {
  ACCOUNT,
  CLUSTER_NAME,
  REFRESHER_ROLE_ARN,
  REGION,
} from '../../support/deployment/deployment.ts';

/** The stack's settings of sessions. The roles of pods trust the refresher accordingly, as in the README. */
export interface SessionSettings {
  readonly sessionTags?: boolean;
  readonly externalId?: string;
  readonly assumeRole?: string;
}

export const ROLE = 'arn:aws:iam::123456789012:role';
export const trustPolicy = (condition: object) => ({
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

/** What the steps share. */
export interface World {
  readonly cloud: EmbeddedCloud;
  readonly cluster: EmbeddedCluster;
  readonly admin: ApiClient;
  readonly settings: SessionSettings;
  readonly clock: MovableClock;
}

/** Reports a problem. */
export type Report = (text: string) => void;

/** Makes a client sign with the clock of the cloud: AWS rejects a clock skew of more than five minutes. */
const clockOf = ({ clock }: Pick<World, 'clock'>) => ({
  systemClockOffset: clock.now().getTime() - Date.now(),
});

/** Adds the intermediate role with the trust policy that the CLI prints, and the policy of the README. */
export function addIntermediate(cloud: EmbeddedCloud, arn: string, trust: TrustInput): void {
  const Action = ['sts:AssumeRole', 'sts:TagSession'];
  const Statement = [{ Effect: 'Allow', Action, Resource: `${ROLE}/app-*` }];
  cloud.sts.addRole({
    arn,
    trustPolicy: intermediateTrustPolicy(trust),
    policies: [{ name: 'pods', document: { Version: '2012-10-17', Statement } }],
  });
}

export function trustInputOf({ sessionTags, externalId, assumeRole }: SessionSettings): TrustInput {
  const clusterArnTag = `arn:aws:eks:${REGION}:${ACCOUNT}:cluster/${CLUSTER_NAME}`;
  return {
    config: {
      clusterName: CLUSTER_NAME,
      sessions: {
        nameForm: 'namespace',
        source: 'role',
        seconds: 3_600,
        ...(sessionTags ? { clusterArnTag } : {}),
        ...(externalId === undefined ? {} : { externalId }),
        ...(assumeRole === undefined ? {} : { intermediateRoleArn: assumeRole }),
      },
    },
    refresherRoleArn: REFRESHER_ROLE_ARN,
    roleOwner: { partition: 'aws', account: ACCOUNT },
    namespace: 'shop',
  };
}

/** Namespace of the chart. */
export function namespaceOf({ assembly }: EmbeddedCloud): string {
  return resourcesOf(assembly, 'helm-chart')[0]?.namespace ?? '';
}

/** Values of the forwarder in the chart. */
export function forwarderOf({ assembly }: EmbeddedCloud) {
  const [chart] = resourcesOf(assembly, 'helm-chart');
  if (chart === undefined) throw new Error('the stack does not install the chart');
  const { forwarder } = chart.values as ChartValues;
  if (forwarder.credentials.source !== 'secret')
    throw new Error('the forwarder has other credentials');
  return { roleName: forwarder.credentials.roleName, eventBusName: forwarder.eventBusName };
}

type Keys = Omit<SessionCredentials, 'expiration'>;

/** The forwarder's credentials, from the Secret that the product created. */
export async function forwarderCredentials({
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
export async function assume({ cloud, clock }: World, RoleArn: string): Promise<Keys> {
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

export async function putEvent(
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

export async function expectDenied(who: string, report: Report, act: () => Promise<unknown>) {
  const error = await act().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const isDenied =
    error instanceof Error && /AccessDenied|not authorized/i.test(`${error.name} ${error.message}`);
  if (!isDenied) report(`${who} was not denied: ${error}`);
}

export async function expectSecret(
  admin: ApiClient,
  namespace: string,
  role: string,
  report: Report,
) {
  const path = `/api/v1/namespaces/${namespace}/secrets/${SECRET_NAME_PREFIX}${role}`;
  const { status } = await admin.send('GET', path);
  if (status !== 200) report(`there is no Secret of ${role} in ${namespace}`);
}

export async function createPod(
  admin: ApiClient,
  namespace: string,
  name: string,
  secretName: string,
) {
  const volumeMounts = [{ name: 'v', mountPath: '/meta/aws-iam' }];
  await post(admin, `/api/v1/namespaces/${namespace}/pods`, {
    metadata: { name },
    spec: {
      containers: [{ name: 'c', image: 'app', volumeMounts }],
      volumes: [{ name: 'v', secret: { secretName } }],
    },
  });
}

export async function post(admin: ApiClient, path: string, body: object): Promise<void> {
  const answer = await admin.send('POST', path, { body });
  if (answer.status !== 201) throw new Error(`POST ${path}: ${JSON.stringify(answer.body)}`);
}
