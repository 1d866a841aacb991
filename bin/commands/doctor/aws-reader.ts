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
import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import { PASS } from '../../../contract/pass.ts';
import { type Invocation, invokeFunction } from '../../lambda/invoke-function.ts';
import { readAws } from './read-aws.ts';
import type { Reading } from './reading.ts';

/** Who the caller is. */
export interface AwsIdentity {
  readonly account: string;
  readonly arn: string;
}

/** Reads from AWS as the caller. */
export interface AwsReader {
  identity(): Promise<Reading<AwsIdentity>>;
  cluster(name: string): Promise<Reading<Cluster>>;
  accessEntry(clusterName: string, roleArn: string): Promise<Reading<AccessEntry>>;
  functionNamed(name: string): Promise<Reading<FunctionConfiguration>>;
  /** The reserved concurrency of a function; undefined when it has none. */
  concurrency(functionName: string): Promise<Reading<number | undefined>>;
  /** `ENABLED` or `DISABLED`. */
  scheduleState(name: string): Promise<Reading<string | undefined>>;
  /** Has a function check what it sees from where it stands. It changes nothing. */
  check(functionName: string): Promise<Reading<Invocation>>;
}

/** The clients that the reader needs, by the SDK's default credentials. */
export interface AwsClients {
  readonly sts: Pick<STSClient, 'send'>;
  readonly eks: Pick<EKSClient, 'send'>;
  readonly lambda: Pick<LambdaClient, 'send'>;
  readonly scheduler: Pick<SchedulerClient, 'send'>;
}

/** Reads by the clients. */
export function createAwsReader({ sts, eks, lambda, scheduler }: AwsClients): AwsReader {
  return kept({
    identity: () =>
      readAws('sts:GetCallerIdentity', async () => {
        const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}));
        return { account: Account ?? '', arn: Arn ?? '' };
      }),
    cluster: (name) =>
      readAws('eks:DescribeCluster', async () => {
        const { cluster } = await eks.send(new DescribeClusterCommand({ name }));
        return cluster ?? {};
      }),
    accessEntry: (clusterName, principalArn) =>
      readAws('eks:DescribeAccessEntry', async () => {
        const command = new DescribeAccessEntryCommand({ clusterName, principalArn });
        return (await eks.send(command)).accessEntry ?? {};
      }),
    functionNamed: (FunctionName) =>
      readAws('lambda:GetFunctionConfiguration', () =>
        lambda.send(new GetFunctionConfigurationCommand({ FunctionName })),
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
    check: (name) =>
      readAws('lambda:InvokeFunction', () => invokeFunction(lambda, name, { pass: PASS.check })),
  });
}

/** Several checks judge the same cluster and the same functions: each is asked for once. */
function kept(reader: AwsReader): AwsReader {
  const keep = <K extends unknown[], T>(read: (...key: K) => Promise<T>) => {
    const readings = new Map<string, Promise<T>>();
    return (...key: K): Promise<T> => {
      const name = key.join(' ');
      const reading = readings.get(name) ?? read(...key);
      readings.set(name, reading);
      return reading;
    };
  };
  return {
    ...reader,
    identity: keep(reader.identity),
    cluster: keep(reader.cluster),
    functionNamed: keep(reader.functionNamed),
    check: keep(reader.check),
  };
}
