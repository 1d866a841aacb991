import { STSClient } from '@aws-sdk/client-sts';
import { parseRoleArn } from '../../../contract/aws/role-arn.ts';
import { formatInstant } from '../../../contract/format-instant.ts';
import { PRODUCT_NAMESPACE } from '../../../contract/forwarder.ts';
import { REFRESHER_SERVICE_ACCOUNT } from '../../../contract/kubernetes/cluster-access.ts';
import { REFRESHER_DEPLOYMENT } from '../../../contract/kubernetes/refresher-lease.ts';
import { SECRET_NAME_PREFIX } from '../../../contract/kubernetes/secret.ts';
import { CHAINED_SESSION_SECONDS } from '../../../contract/limits.ts';
import type { KubernetesConnection } from '../../../kubernetes/kubernetes-connection.ts';
import { issueCredentials } from '../../../lambda/act/secrets/issue-credentials.ts';
import { createSecretApi } from '../../../lambda/act/secrets/typed-secret-api.ts';
import { createAssumeRole } from '../../../lambda/act/sessions/assume-role.ts';
import { AssumeRoleError } from '../../../lambda/act/sessions/assume-role-error.ts';
import { ownershipOf } from '../../../lambda/decide/secret-ownership.ts';
import { findSecret, type ManagedSecret } from '../../../lambda/observe/managed-secrets.ts';
import { shellCommand } from '../../../tools/terminal/shell-quote.ts';
import type { Terminal } from '../../../tools/terminal/terminal.ts';
import type { AwsAccess } from '../../aws/assumed-role.ts';
import { awsClientConfig } from '../../aws/aws-client-config.ts';
import type { ClusterConfig } from '../../cluster/cluster-config.ts';
import { readClusterConfig } from '../../cluster/read-cluster-config.ts';
import { suggestCommand, type TargetOptions } from '../../cluster/suggested-command.ts';
import { EXIT } from '../../exit-code.ts';
import { requireRefresherDeployment } from '../../in-cluster/refresher-deployment.ts';
import { connectKubeconfig } from '../../kubeconfig/connect-kubeconfig.ts';
import { loadKubeconfig } from '../../kubeconfig/load-kubeconfig.ts';
import type { OutputOptions } from '../../options/output-option.ts';
import { assertMayImpersonate, impersonating } from './impersonate.ts';

export interface SeedOptions extends TargetOptions, OutputOptions {
  /** ARN of the refresher's role. @default - that of the configuration */
  readonly role?: string;
}

const SUBJECT = {
  kind: 'ServiceAccount',
  namespace: PRODUCT_NAMESPACE,
  name: REFRESHER_SERVICE_ACCOUNT,
} as const;

const TIMEOUT_MS = 60_000;

/** In milliseconds. */
const STS_TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 10_000 };

/** Issues the first credentials of a refresher that runs in the cluster. Returns the exit code. */
export async function seedRefresher(terminal: Terminal, options: SeedOptions): Promise<number> {
  const cluster = await readClusterConfig(options);
  const roleArn = seededRole(cluster, options);
  const { clusterName, region } = cluster.config;
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const context = loadKubeconfig(options);
  const connection = await connectKubeconfig(context);
  try {
    const expected = { clusterName, region, account: cluster.account, context: context.name };
    await requireRefresherDeployment(connection, expected, signal);
    const asRefresher = impersonating(connection, SUBJECT);
    await assertMayImpersonate(asRefresher, context, SUBJECT, signal);
    if (options.output === 'table') {
      terminal.line(
        `Cluster ${clusterName} (${region}): assuming ${roleArn} with your AWS credentials, and writing them to a Secret in context "${context.name}"`,
      );
    }
    const { secret, expiresAt, result } = await writeSeed(
      { connection: asRefresher, cluster, options },
      roleArn,
      signal,
    );
    const expiry = formatInstant(expiresAt);
    if (options.output === 'json') {
      terminal.json({ cluster: clusterName, region, roleArn, secret, result, expiresAt: expiry });
      return EXIT.ok;
    }
    const target = { ...options, cluster: clusterName, region };
    for (const line of [
      `Secret ${secret} in namespace ${PRODUCT_NAMESPACE} is ${result}; its credentials expire at ${expiry}`,
      'The refresher renews them from now on. Its pod starts when the kubelet has mounted the Secret, within about two minutes.',
      shellCommand`To wait for it: kubectl rollout status deployment ${REFRESHER_DEPLOYMENT} --namespace ${PRODUCT_NAMESPACE}`,
      `To verify: ${suggestCommand({ name: 'doctor' }, target)}`,
    ]) {
      terminal.line(line);
    }
    return EXIT.ok;
  } finally {
    await connection.close();
  }
}

/** Returns the role whose credentials the refresher renews. */
function seededRole(
  { config, runsIn, refresherRoleArn }: ClusterConfig,
  { role }: SeedOptions,
): string {
  const name = `the refresher of cluster "${config.clusterName}"`;
  if (runsIn !== 'cluster') {
    throw new Error(
      `${name} runs in Lambda, which gives it credentials; seed is for "runsIn": "cluster" in cdk.json`,
    );
  }
  if (config.sessions.source === 'oidc') {
    throw new Error(
      `${name} assumes its role with a token of the cluster ("sessions.source": "oidc") and needs no seed`,
    );
  }
  if (role === undefined || role === refresherRoleArn) return refresherRoleArn;
  throw new Error(
    `${name} has the role ${refresherRoleArn}, and renews no other of its own: omit --role, or correct it${parseRoleArn(role) === undefined ? ' (it is not the ARN of a role)' : ''}`,
  );
}

interface SeedInput {
  /** As the refresher. */
  readonly connection: KubernetesConnection;
  readonly cluster: ClusterConfig;
  readonly options: SeedOptions;
}

async function writeSeed(
  { connection, cluster: { config, account }, options }: SeedInput,
  roleArn: string,
  signal: AbortSignal,
) {
  const { region } = config;
  const role = roleArn.slice(roleArn.lastIndexOf('/') + 1);
  const name = SECRET_NAME_PREFIX + role;
  const existing = await findSecret(connection, PRODUCT_NAMESPACE, name, signal);
  if (existing !== undefined) assertOurs(existing);
  const now = () => new Date();
  const sts = callerSts(region, { account, roleName: options.roleName });
  const deps = {
    ...config,
    now,
    assumeRole: createAssumeRole({ ...config, sts, intermediate: undefined, now }),
    secretApi: async () => createSecretApi(connection),
    findSecret: (namespace: string, secret: string, ending: AbortSignal) =>
      findSecret(connection, namespace, secret, ending),
  };
  const item = {
    namespace: PRODUCT_NAMESPACE,
    name,
    role,
    roleArn,
    sessionSeconds: CHAINED_SESSION_SECONDS,
  };
  const outcome = await issueCredentials(
    deps,
    existing === undefined
      ? { ...item, action: 'create' }
      : { ...item, action: 'renew', secret: existing },
    signal,
  ).catch((error: unknown) => {
    throw explained(error, roleArn);
  });
  const { result, expiresAt } = outcome;
  if (expiresAt !== undefined && (result === 'created' || result === 'renewed')) {
    return { secret: name, result, expiresAt };
  }
  const reason = 'message' in outcome ? outcome.message : 'another process has just written it';
  throw new Error(`Secret ${name} was not written: ${reason}. Run seed again`);
}

/** STS, called with the credentials of the caller. */
function callerSts(region: string, access: AwsAccess): STSClient {
  return new STSClient(awsClientConfig(region, STS_TIMEOUTS, access));
}

/** Overwriting the Secret of somebody else could break what uses it. */
function assertOurs(secret: ManagedSecret): void {
  const { kind } = ownershipOf(secret);
  if (kind === 'pods') return;
  const { namespace, name } = secret;
  const problem =
    kind === 'foreign'
      ? 'lacks the label heritage=kube-aws-iam-controller, so the refresher did not write it and would not renew it'
      : 'belongs to another object';
  throw new Error(
    `Secret ${name} in namespace ${namespace} exists and ${problem}: if nothing else uses it, delete it (${shellCommand`kubectl delete secret ${name} --namespace ${namespace}`}), and run seed again`,
  );
}

function explained(error: unknown, roleArn: string): unknown {
  if (!(error instanceof AssumeRoleError)) return error;
  const said = error.cause instanceof Error ? error.cause.message : error.message;
  return new Error(
    error.reason === 'assume-role-denied'
      ? `your AWS credentials may not assume ${roleArn}: ${said}. Use those of a principal in the account of the role with sts:AssumeRole on it; its trust policy admits no other account`
      : `${roleArn} could not be assumed: ${said}`,
    { cause: error },
  );
}
