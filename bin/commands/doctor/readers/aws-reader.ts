import {
  type AccessEntry,
  type Cluster,
  DescribeAccessEntryCommand,
  DescribeClusterCommand,
  type EKSClient,
} from '@aws-sdk/client-eks';
import {
  type FunctionConfiguration,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  type LambdaClient,
} from '@aws-sdk/client-lambda';
import { GetScheduleCommand, type SchedulerClient } from '@aws-sdk/client-scheduler';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import { PASS } from '../../../../contract/pass.ts';
import { memoize } from '../../../../kubernetes/cached-value.ts';
import { type InvocationResult, invokeFunction } from '../../../lambda/invoke-function.ts';
import type { ReadResult } from './read-result.ts';

/** The caller's identity. */
export interface AwsIdentity {
  readonly account: string;
  readonly arn: string;
}

/** The secret with the login of the functions, without its value. */
export interface LoginSecret {
  readonly hasValue: boolean;
  readonly changedAt?: Date | undefined;
}

/** Reads from AWS as the caller. */
export interface AwsReader {
  identity(): Promise<ReadResult<AwsIdentity>>;
  cluster(name: string): Promise<ReadResult<Cluster>>;
  accessEntry(clusterName: string, roleArn: string): Promise<ReadResult<AccessEntry>>;
  functionNamed(name: string): Promise<ReadResult<FunctionConfiguration>>;
  /** The reserved concurrency of a function; undefined if none is reserved. */
  concurrency(functionName: string): Promise<ReadResult<number | undefined>>;
  /** `ENABLED` or `DISABLED`. */
  scheduleState(name: string): Promise<ReadResult<string | undefined>>;
  loginSecret(name: string): Promise<ReadResult<LoginSecret>>;
  /** The value of the secret: a credential. */
  loginValue(name: string): Promise<ReadResult<string>>;
  /** Invokes a function to check what it can read and assume. It writes nothing. */
  check(functionName: string): Promise<ReadResult<InvocationResult>>;
}

/** The AWS clients that the reader needs. */
interface AwsClients {
  readonly sts: Pick<STSClient, 'send'>;
  readonly eks: Pick<EKSClient, 'send'>;
  readonly lambda: Pick<LambdaClient, 'send'>;
  readonly scheduler: Pick<SchedulerClient, 'send'>;
  readonly secrets: Pick<SecretsManagerClient, 'send'>;
}

/** Creates a reader. What several checks need is read once. */
export function createAwsReader({ sts, eks, lambda, scheduler, secrets }: AwsClients): AwsReader {
  return {
    identity: memoize(() =>
      readAws('sts:GetCallerIdentity', async () => {
        const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}));
        return { account: Account ?? '', arn: Arn ?? '' };
      }),
    ),
    cluster: memoize((name: string) =>
      readAws('eks:DescribeCluster', async () => {
        const { cluster } = await eks.send(new DescribeClusterCommand({ name }));
        return cluster ?? {};
      }),
    ),
    accessEntry: (clusterName, principalArn) =>
      readAws('eks:DescribeAccessEntry', async () => {
        const command = new DescribeAccessEntryCommand({ clusterName, principalArn });
        return (await eks.send(command)).accessEntry ?? {};
      }),
    functionNamed: memoize((FunctionName: string) =>
      readAws('lambda:GetFunctionConfiguration', () =>
        lambda.send(new GetFunctionConfigurationCommand({ FunctionName })),
      ),
    ),
    concurrency: (FunctionName) =>
      readAws('lambda:GetFunctionConcurrency', async () => {
        const command = new GetFunctionConcurrencyCommand({ FunctionName });
        return (await lambda.send(command)).ReservedConcurrentExecutions;
      }),
    scheduleState: (Name) =>
      readAws('scheduler:GetSchedule', async () => {
        return (await scheduler.send(new GetScheduleCommand({ Name }))).State;
      }),
    loginSecret: (SecretId) =>
      readAws('secretsmanager:DescribeSecret', async () => {
        const described = await secrets.send(new DescribeSecretCommand({ SecretId }));
        const stages = Object.values(described.VersionIdsToStages ?? {}).flat();
        return { hasValue: stages.includes('AWSCURRENT'), changedAt: described.LastChangedDate };
      }),
    loginValue: (SecretId) =>
      readAws('secretsmanager:GetSecretValue', async () => {
        const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId }));
        return SecretString;
      }),
    check: memoize((name: string) =>
      readAws('lambda:InvokeFunction', () => invokeFunction(lambda, name, { pass: PASS.check })),
    ),
  };
}

/** Error names of a caller without the permission. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'UnauthorizedOperation',
]);

/** Error names, of the SDK and of AWS, for missing, expired or unknown credentials. */
const NO_CREDENTIALS: ReadonlySet<string> = new Set([
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'InvalidClientTokenException',
]);

/**
 * Calls AWS and classifies the result.
 *
 * @param permission - IAM permission that the call needs, e.g. `eks:DescribeCluster`
 */
export async function readAws<T>(
  permission: string,
  call: () => Promise<T>,
): Promise<ReadResult<T>> {
  try {
    return { kind: 'found', value: await call() };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    if (name === 'ResourceNotFoundException') return { kind: 'absent' };
    if (FORBIDDEN.has(name)) return { kind: 'forbidden', permission };
    if (NO_CREDENTIALS.has(name)) return { kind: 'no-credentials', message: `${name}: ${message}` };
    return { kind: 'failed', message: `${permission} failed: ${name}: ${message}` };
  }
}
