import { rmSync } from 'node:fs';
import { join } from 'node:path';
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
import { MovableClock } from '../../local/clock.ts';
import { type EmbeddedCloud, startCloud } from '../../local/cloud.ts';
import { operatorCredentials } from '../support/operator.ts';
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
  it('invokes a function, by name or ARN, and answers its result', async () => {
    const { lambda } = clients();
    const first = await lambda.send(invoke({ do: 'count' }));
    expect(first).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(first.FunctionError).toBeUndefined();
    expect(first.Payload?.transformToString()).toBe('1');
    const second = await lambda.send(invoke({ do: 'count' }, FUNCTION));
    expect(second.Payload?.transformToString()).toBe('2');
  });

  it("answers a function's error as one, with status 200", async () => {
    const { lambda } = clients();
    const { StatusCode, FunctionError, Payload } = await lambda.send(invoke({ do: 'fail' }));
    expect({ StatusCode, FunctionError }).toEqual({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(JSON.parse(Payload?.transformToString() ?? '')).toMatchObject({
      errorType: 'RangeError',
      errorMessage: 'as asked',
    });
  });

  it('tells how a function is set up', async () => {
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

  it('throttles every invocation with a reserved concurrency of 0, until that is taken away', async () => {
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

  it('does not find a function that is not there', async () => {
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
  ])('refuses who has no right to it: $1', async (command, action) => {
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

  it('tells the groups that the template gives', async () => {
    const { accessEntry } = await entryOf('demo');
    expect(accessEntry).toMatchObject({ principalArn: ROLE, kubernetesGroups: ['tiny:readers'] });
  });

  it('does not find what is not there, or was removed', async () => {
    cloud.eks.removeAccessEntry('demo', ROLE);
    await expect(entryOf('demo')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('is refused where the cluster takes no entries', async () => {
    await expect(entryOf('old')).rejects.toMatchObject({ name: 'InvalidRequestException' });
  });

  it('is refused to who has no right to it', async () => {
    const { eks } = clients([{ actions: ['eks:DescribeCluster'] }]);
    const command = new DescribeAccessEntryCommand({ clusterName: 'demo', principalArn: ROLE });
    await expect(eks.send(command)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

describe('GetSchedule', () => {
  it('tells whether a schedule fires, and one that is disabled does not', async () => {
    const { scheduler } = clients();
    const [Name = ''] = cloud.scheduler.names;
    const stateOf = async () => (await scheduler.send(new GetScheduleCommand({ Name }))).State;
    expect(await stateOf()).toBe('ENABLED');
    cloud.scheduler.setEnabled(Name, false);
    expect(await stateOf()).toBe('DISABLED');
    await cloud.scheduler.advance(120);
    expect(cloud.functions.invocations).toEqual([]);
    cloud.scheduler.setEnabled(Name, true);
    await cloud.scheduler.advance(60);
    expect(cloud.functions.invocations).toHaveLength(1);
  });

  it('does not find a schedule that is not there', async () => {
    await expect(
      clients().scheduler.send(new GetScheduleCommand({ Name: 'other' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
