import { type Assembly, loadAssembly, resourcesOf } from './assembly/assembly.ts';
import { AssemblyError } from './assembly/assembly-error.ts';
import { checkCdkFunctions } from './assembly/cdk-functions.ts';
import { resourcePolicies } from './assembly/resource-policies.ts';
import { roleSpecs } from './assembly/role-specs.ts';
import { type EmbeddedCloudWatch, startCloudWatch } from './aws/cloudwatch/cloudwatch.ts';
import { createMetricStore } from './aws/cloudwatch/metric-store.ts';
import { type EksCluster, type EmbeddedEks, startEks } from './aws/eks/eks.ts';
import { type AccessEntry, createTokenAuthenticator } from './aws/eks/token-authenticator.ts';
import { type EmbeddedEventBridge, startEventBridge } from './aws/eventbridge/eventbridge.ts';
import type { AwsServer } from './aws/http/aws-server.ts';
import { createIam, type Iam } from './aws/iam/iam.ts';
import {
  type StartEnvironmentProcess,
  startEnvironmentProcess,
} from './aws/lambda/environment-process.ts';
import { createFunctionLogs, type FunctionLogs } from './aws/lambda/function-logs.ts';
import { createFunctions, type Functions } from './aws/lambda/functions.ts';
import { startLambda } from './aws/lambda/lambda-api.ts';
import { startLogs } from './aws/logs/logs.ts';
import { type EmbeddedScheduler, startScheduler } from './aws/scheduler/scheduler.ts';
import {
  type EmbeddedSecretsManager,
  startSecretsManager,
} from './aws/secrets-manager/secrets-manager.ts';
import { type EmbeddedSts, startSts } from './aws/sts/sts.ts';
import { createFollowingClock, type MovableClock } from './clock.ts';
import type { Authenticate } from './kubernetes/access/user-info.ts';
import { createTimeline } from './timeline.ts';

/** How a cloud is started. */
interface CloudInput {
  /** Folder of the cloud assembly, e.g. `cdk.out`. */
  readonly assemblyDir: string;
  readonly clock: MovableClock;
  readonly account?: string;
  readonly region?: string;
  /** The initial clusters. More can be added to `eks`. */
  readonly clusters?: readonly EksCluster[];
  /** Maximum concurrent invocations of all functions. @default - 1,000 */
  readonly accountConcurrency?: number | undefined;
  /** Starts the processes of the functions. @default - processes with a runtime that behaves like Lambda's */
  readonly startProcess?: StartEnvironmentProcess | undefined;
}

/** An AWS account on loopback addresses, to which one cloud assembly is deployed. */
export interface EmbeddedCloud {
  readonly sts: EmbeddedSts;
  readonly eks: EmbeddedEks;
  readonly eventBridge: EmbeddedEventBridge;
  readonly secretsManager: EmbeddedSecretsManager;
  readonly cloudWatch: EmbeddedCloudWatch;
  /** The API of CloudWatch Logs. */
  readonly logsApi: AwsServer;
  /** The deployed assembly. Its charts are not installed. */
  readonly assembly: Assembly;
  readonly functions: Functions;
  /** The API of Lambda. */
  readonly lambda: AwsServer;
  readonly scheduler: EmbeddedScheduler;
  readonly logs: FunctionLogs;
  /** Why EKS tokens were rejected, oldest first. */
  readonly tokenRejections: readonly string[];
  readonly unusedPolicyParts: Iam['unusedPolicyParts'];
  readonly issuedSessions: Iam['issuedSessions'];
  /** Sets the clock of the functions ahead of all others. Returns a function that corrects it. */
  skewFunctionClock(seconds: number): () => void;
  readonly suspendResourcePolicies: Iam['suspendResourcePolicies'];
  /** Returns the token authenticator of a cluster, which uses the cluster's access entries. */
  authenticateToken(clusterName: string): Authenticate;
  stop(): Promise<void>;
}

/**
 * Deploys an assembly: creates its roles, functions, schedules, event buses and access entries, and starts the services
 * that the functions and the cluster call. Functions run only when they are invoked, `scheduler.advance` makes a schedule
 * due, or an event arrives. Alarms are evaluated for each minute that `scheduler.advance` passes.
 *
 * @throws AssemblyError, PolicyDocumentError, RoleTrustError, ScheduleExpressionError if the assembly cannot be deployed
 */
export async function startCloud(input: CloudInput): Promise<EmbeddedCloud> {
  const { account = '123456789012', region = 'eu-central-1', clock } = input;
  const { startProcess = startEnvironmentProcess, accountConcurrency } = input;
  const assembly = loadAssembly(input.assemblyDir, { account, region, partition: 'aws' });
  const iam = createIam(clock);
  checkCdkFunctions(assembly);
  for (const role of roleSpecs(assembly)) iam.addRole(role);
  for (const policy of resourcePolicies(assembly)) iam.addResourcePolicy(policy);
  for (const { functionName, roleArn } of resourcesOf(assembly, 'cdk-function')) {
    iam.issueServiceSession(roleArn, 'lambda.amazonaws.com', functionName);
  }
  const entries = resourcesOf(assembly, 'access-entry');
  for (const { principalArn } of entries) checkPrincipal(iam, account, principalArn);
  const deps = { iam, clock, region };
  const [sts, eks, secretsManager] = await Promise.all([
    startSts(deps),
    startEks(deps),
    startSecretsManager({ assembly, iam, clock }),
  ]);
  for (const cluster of input.clusters ?? []) eks.addCluster(cluster);
  for (const entry of entries) eks.putAccessEntry(entry);
  try {
    const servers = { sts, eks, secretsManager };
    const services = { assembly, iam, clock, region, startProcess, accountConcurrency };
    return await startServices({ ...services, ...servers });
  } catch (error) {
    await Promise.all([sts, eks, secretsManager].map((server) => server.stop()));
    throw error;
  }
}

interface ServiceDeps {
  readonly assembly: Assembly;
  readonly iam: Iam;
  readonly clock: MovableClock;
  readonly region: string;
  readonly sts: EmbeddedSts;
  readonly eks: EmbeddedEks;
  readonly secretsManager: EmbeddedSecretsManager;
  readonly startProcess: StartEnvironmentProcess;
  readonly accountConcurrency: number | undefined;
}

async function startServices(deps: ServiceDeps): Promise<EmbeddedCloud> {
  const { assembly, iam, clock, region, sts, eks, secretsManager } = deps;
  const { startProcess, accountConcurrency } = deps;
  const logs = createFunctionLogs();
  const timeline = createTimeline(clock);
  const endpoints = {
    AWS_ENDPOINT_URL_STS: sts.url,
    AWS_ENDPOINT_URL_EKS: eks.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
  };
  const metrics = createMetricStore(clock);
  const cloudWatch = startCloudWatch({ assembly, iam, clock, timeline, logs, metrics });
  const functionClock = createFollowingClock(clock);
  const functions = createFunctions({
    assembly,
    iam,
    clock,
    functionClock,
    timeline,
    logs,
    metrics,
    endpoints,
    startProcess,
    accountConcurrency,
  });
  const tokenRejections: string[] = [];
  const [scheduler, lambda, eventBridge, logsApi] = await Promise.all([
    startScheduler({ assembly, iam, clock, region, timeline, functions }),
    startLambda({ iam, clock, region, functions }),
    startEventBridge({ assembly, iam, clock, functions, metrics }),
    startLogs({ assembly, iam, clock, logs }),
  ]);
  return {
    sts,
    eks,
    secretsManager,
    eventBridge,
    cloudWatch,
    logsApi,
    assembly,
    functions,
    lambda,
    scheduler,
    logs,
    tokenRejections,
    unusedPolicyParts: iam.unusedPolicyParts,
    issuedSessions: iam.issuedSessions,
    skewFunctionClock(seconds) {
      functionClock.advance(seconds);
      return () => functionClock.advance(-seconds);
    },
    suspendResourcePolicies: iam.suspendResourcePolicies,
    authenticateToken: (clusterName) =>
      createTokenAuthenticator({
        clusterName,
        stsUrl: sts.url,
        partition: assembly.target.partition,
        clock,
        accessEntries: () => accessEntriesOf(eks, clusterName),
        onRejected: (reason) => tokenRejections.push(reason),
      }),
    stop: async () => {
      try {
        // First, as an event in flight would start a function.
        await eventBridge.stop();
      } finally {
        await functions.stop();
        const servers = [sts, eks, secretsManager, lambda, logsApi, scheduler];
        await Promise.all(servers.map((server) => server.stop()));
      }
    },
  };
}

// A cluster that authenticates with the aws-auth ConfigMap only ignores access entries.
function accessEntriesOf(eks: EmbeddedEks, clusterName: string): readonly AccessEntry[] {
  const areIgnored = eks.findCluster(clusterName)?.authenticationMode === 'CONFIG_MAP';
  return areIgnored ? [] : eks.accessEntriesOf(clusterName);
}

function checkPrincipal(iam: Iam, account: string, principalArn: string): void {
  if (!principalArn.includes(`:${account}:`) || iam.findRole(principalArn)) return;
  throw new AssemblyError(`access entry for ${principalArn}: the role does not exist`);
}
