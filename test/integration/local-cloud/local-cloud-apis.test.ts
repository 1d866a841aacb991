import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { DescribeAccessEntryCommand, EKSClient } from '@aws-sdk/client-eks';
import {
  DeleteFunctionConcurrencyCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MovableClock } from '../../../local/clock.ts';
import { type EmbeddedCloud, startCloud } from '../../../local/cloud.ts';
import { operatorCredentials } from '../../../local/installation/operator.ts';
import { synthesizeTinyApp } from './tiny-app.ts';

const FUNCTION = 'arn:aws:lambda:eu-central-1:123456789012:function:tiny';
const ROLE = 'arn:aws:iam::123456789012:role/tiny-eu-central-1';
const ALL = [{ actions: ['lambda:*', 'eks:*', 'scheduler:*'] }];

let folder: string;
beforeAll(() => {
  folder = synthesizeTinyApp();
});
afterAll(() => rmSync(folder, { recursive: true }));

let cloud: EmbeddedCloud;
beforeEach(async () => {
  cloud = await startCloud({
    assemblyDir: join(folder, 'cdk.out'),
    clock: new MovableClock(),
    clusters: [{ name: 'demo' }, { name: 'old', authenticationMode: 'CONFIG_MAP' }],
  });
});
afterEach(() => cloud.stop());

function clients(allowed = ALL) {
  const credentials = operatorCredentials(cloud, 'operator', allowed);
  const config = { region: 'eu-central-1', credentials, maxAttempts: 1 };
  return {
    lambda: new LambdaClient({ ...config, endpoint: cloud.lambda.url }),
    eks: new EKSClient({ ...config, endpoint: cloud.eks.url }),
    scheduler: new SchedulerClient({ ...config, endpoint: cloud.scheduler.url }),
  };
}

const invoke = (event: object, FunctionName = 'tiny') =>
  new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) });

describe('the API of Lambda', () => {
  it('invokes a function by name or ARN and returns its result', async () => {
    const { lambda } = clients();
    const first = await lambda.send(invoke({ do: 'count' }));
    expect(first).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(first.FunctionError).toBeUndefined();
    expect(first.Payload?.transformToString()).toBe('1');
    const second = await lambda.send(invoke({ do: 'count' }, FUNCTION));
    expect(second.Payload?.transformToString()).toBe('2');
  });

  it('returns a function error with status 200', async () => {
    const { lambda } = clients();
    const { StatusCode, FunctionError, Payload } = await lambda.send(invoke({ do: 'fail' }));
    expect({ StatusCode, FunctionError }).toEqual({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(JSON.parse(Payload?.transformToString() ?? '')).toMatchObject({
      errorType: 'RangeError',
      errorMessage: 'on request',
    });
  });

  it('returns the configuration of a function', async () => {
    const { lambda } = clients();
    expect(
      await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'tiny' })),
    ).toMatchObject({
      FunctionArn: FUNCTION,
      Runtime: 'nodejs24.x',
      Role: ROLE,
      State: 'Active',
      LastUpdateStatus: 'Successful',
      Environment: { Variables: { CLUSTER_NAME: 'demo' } },
    });
  });

  it('throttles every invocation with a reserved concurrency of 0, until it is deleted', async () => {
    const { lambda } = clients();
    const FunctionName = 'tiny';
    const reserved = () => lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }));
    expect((await reserved()).ReservedConcurrentExecutions).toBeUndefined();
    const set = { FunctionName, ReservedConcurrentExecutions: 0 };
    expect(await lambda.send(new PutFunctionConcurrencyCommand(set))).toMatchObject({
      ReservedConcurrentExecutions: 0,
    });
    expect((await reserved()).ReservedConcurrentExecutions).toBe(0);
    await expect(lambda.send(invoke({ do: 'count' }))).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      $metadata: { httpStatusCode: 429 },
    });
    await cloud.scheduler.advance(120);
    expect(cloud.functions.invocations.map(({ result }) => result.kind)).not.toContain('success');
    await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    expect((await reserved()).ReservedConcurrentExecutions).toBeUndefined();
    expect((await lambda.send(invoke({ do: 'count' }))).Payload?.transformToString()).toBe('1');
  });

  it('does not find a function that does not exist', async () => {
    const { lambda } = clients();
    await expect(lambda.send(invoke({}, 'other'))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Function not found: arn:aws:lambda:eu-central-1:123456789012:function:other',
    });
  });

  it.each([
    [new InvokeCommand({ FunctionName: 'tiny' }), 'lambda:InvokeFunction'],
    [
      new GetFunctionConfigurationCommand({ FunctionName: 'tiny' }),
      'lambda:GetFunctionConfiguration',
    ],
    [new GetFunctionConcurrencyCommand({ FunctionName: 'tiny' }), 'lambda:GetFunctionConcurrency'],
    [
      new PutFunctionConcurrencyCommand({ FunctionName: 'tiny', ReservedConcurrentExecutions: 0 }),
      'lambda:PutFunctionConcurrency',
    ],
    [
      new DeleteFunctionConcurrencyCommand({ FunctionName: 'tiny' }),
      'lambda:DeleteFunctionConcurrency',
    ],
  ])('denies a caller without the permission $1', async (command, action) => {
    const { lambda } = clients([{ actions: ['lambda:List*'] }]);
    // The overloads of `send` take one command at a time.
    await expect(lambda.send(command as InvokeCommand)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `User: arn:aws:sts::123456789012:assumed-role/operator/jane is not authorized to perform: ${action} on resource: ${FUNCTION}`,
    });
  });
});

describe('DescribeAccessEntry', () => {
  const entryOf = (clusterName: string, principalArn = ROLE) =>
    clients().eks.send(new DescribeAccessEntryCommand({ clusterName, principalArn }));

  it('returns the groups of the template', async () => {
    const { accessEntry } = await entryOf('demo');
    expect(accessEntry).toMatchObject({ principalArn: ROLE, kubernetesGroups: ['tiny:readers'] });
  });

  it('does not find an entry that was removed', async () => {
    cloud.eks.removeAccessEntry('demo', ROLE);
    await expect(entryOf('demo')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('is rejected for a cluster that does not use access entries', async () => {
    await expect(entryOf('old')).rejects.toMatchObject({ name: 'InvalidRequestException' });
  });

  it('is denied without permission', async () => {
    const { eks } = clients([{ actions: ['eks:DescribeCluster'] }]);
    const command = new DescribeAccessEntryCommand({ clusterName: 'demo', principalArn: ROLE });
    await expect(eks.send(command)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

describe('GetSchedule', () => {
  it('returns the state of a schedule, and a disabled schedule does not fire', async () => {
    const { scheduler } = clients();
    const [Name = ''] = cloud.scheduler.names;
    const stateOf = async () => (await scheduler.send(new GetScheduleCommand({ Name }))).State;
    expect(await stateOf()).toBe('ENABLED');
    cloud.scheduler.setEnabled(Name, false);
    expect(await stateOf()).toBe('DISABLED');
    // The other schedule may fire as well.
    const firings = () =>
      cloud.functions.invocations.filter(({ event }) => isDeepStrictEqual(event, { do: 'count' }));
    await cloud.scheduler.advance(120);
    expect(firings()).toEqual([]);
    cloud.scheduler.setEnabled(Name, true);
    await cloud.scheduler.advance(60);
    expect(firings()).toHaveLength(1);
  });

  it('does not find a schedule that does not exist', async () => {
    await expect(
      clients().scheduler.send(new GetScheduleCommand({ Name: 'other' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
