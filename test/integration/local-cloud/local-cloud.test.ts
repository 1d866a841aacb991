import { realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Sha256 } from '@aws-crypto/sha256-js';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { MovableClock } from '../../../local/clock.ts';
import { type EmbeddedCloud, startCloud } from '../../../local/cloud.ts';
import { changedAssembly, synthesizeTinyApp } from './tiny-app.ts';

const ACCOUNT = '123456789012';
const DEMO = { name: 'demo', endpoint: 'https://127.0.0.1:6443', caPem: 'PEM' };
const APP_ROLE = `arn:aws:iam::${ACCOUNT}:role/app-reader`;

let folder: string;
beforeAll(() => {
  folder = synthesizeTinyApp();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function start(change?: (template: string) => string) {
  const changed = change && changedAssembly(folder, change);
  if (changed) onTestFinished(changed.remove);
  const clock = new MovableClock();
  const assemblyDir = changed?.dir ?? join(folder, 'cdk.out');
  const cloud = await startCloud({ assemblyDir, clock, clusters: [DEMO] });
  onTestFinished(() => cloud.stop());
  cloud.sts.addRole({
    arn: APP_ROLE,
    trustPolicy: {
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        Action: 'sts:AssumeRole',
        Condition: { ArnEquals: { 'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:role/tiny-*` } },
      },
    },
  });
  return { clock, cloud };
}

async function payloadOf(cloud: EmbeddedCloud, event: object): Promise<unknown> {
  const result = await cloud.functions.invoke('tiny', event);
  return result.kind === 'success' ? result.payload : result;
}

const errorOf = (errorType: string, errorMessage: unknown) => ({
  kind: 'error',
  error: { errorType, errorMessage },
});

describe('a function of the assembly', () => {
  it('runs in its folder with the environment variables of the template and of Lambda only', async () => {
    const { cloud } = await start();
    const environment = await payloadOf(cloud, { do: 'env' });
    expect(environment).toMatchObject({
      CLUSTER_NAME: 'demo',
      AWS_REGION: 'eu-central-1',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_LAMBDA_LOG_FORMAT: 'JSON',
      TZ: ':UTC',
      AWS_ENDPOINT_URL_STS: cloud.sts.url,
      _X_AMZN_TRACE_ID: expect.stringMatching(
        /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/,
      ),
    });
    const names = Object.keys(environment ?? {}).filter((name) => !/^(AWS|LAMBDA)_/.test(name));
    expect(names.sort()).toEqual([
      ...['CLUSTER_NAME', 'HOME', 'LANG', 'PATH', 'TZ', '_HANDLER', '_X_AMZN_TRACE_ID'],
    ]);
    expect(await payloadOf(cloud, { do: 'cwd' })).toMatch(
      new RegExp(`^${realpathSync(join(folder, 'cdk.out'))}/asset\\.`),
    );
  });

  it('receives a context', async () => {
    const { cloud } = await start();
    expect(await payloadOf(cloud, { do: 'context' })).toMatchObject({
      functionName: 'tiny',
      functionVersion: '$LATEST',
      invokedFunctionArn: `arn:aws:lambda:eu-central-1:${ACCOUNT}:function:tiny`,
      memoryLimitInMB: '128',
      logGroupName: '/tiny',
      awsRequestId: cloud.functions.invocations[0]?.requestId,
      remaining: expect.closeTo(5_000, -3),
    });
  });

  it('reuses an idle environment and runs in a new one if there is none', async () => {
    const { cloud } = await start();
    expect(await payloadOf(cloud, { do: 'count' })).toBe(1);
    expect(await payloadOf(cloud, { do: 'count' })).toBe(2);
    const waiting = payloadOf(cloud, { do: 'wait', milliseconds: 300 });
    expect(await payloadOf(cloud, { do: 'count' })).toBe(1);
    await waiting;
  });

  it('sees the embedded time, even if it changes during an invocation', async () => {
    const { cloud, clock } = await start();
    await payloadOf(cloud, { do: 'count' });
    const waiting = payloadOf(cloud, { do: 'wait', milliseconds: 300 });
    clock.advance(3_600);
    const now = clock.now().getTime();
    const closeTo = (time: number) => expect.closeTo(time, -4);
    expect(await waiting).toEqual(closeTo(now));
    expect(await payloadOf(cloud, { do: 'dates' })).toEqual([
      closeTo(now),
      closeTo(now),
      closeTo(now),
      0,
    ]);
  });

  it('calls the embedded EKS and STS as its role', async () => {
    const { cloud } = await start();
    expect(await payloadOf(cloud, { do: 'describe' })).toBe(DEMO.endpoint);
    expect(await payloadOf(cloud, { do: 'assume', role: APP_ROLE })).toMatchObject({
      AccessKeyId: expect.stringMatching(/^ASIA/),
    });
    expect(cloud.sts.calls[0]).toMatchObject({
      action: 'AssumeRole',
      caller: `arn:aws:sts::${ACCOUNT}:assumed-role/tiny-eu-central-1/tiny`,
    });
    expect(cloud.unusedPolicyParts().filter((id) => id.startsWith('tiny'))).toEqual([]);
  });

  it('still has valid credentials a day later', async () => {
    const { cloud, clock } = await start();
    await payloadOf(cloud, { do: 'count' });
    clock.advance(86_400);
    expect(await payloadOf(cloud, { do: 'describe' })).toBe(DEMO.endpoint);
    expect(await payloadOf(cloud, { do: 'count' })).toBe(1);
  });

  it("logs every line, those of console as JSON, and the runtime's own lines about errors", async () => {
    const { cloud } = await start();
    await payloadOf(cloud, { do: 'log', text: '{"a":1}' });
    const { lines } = cloud.logs;
    const requestId = cloud.functions.invocations[0]?.requestId;
    const common = { functionName: 'tiny', logGroupName: '/tiny', requestId, stream: 'stdout' };
    expect(lines).toMatchObject([common, common, { ...common, text: 'no newline' }]);
    expect(lines.slice(0, 2).map(({ text }) => JSON.parse(text))).toEqual([
      { timestamp: expect.any(String), level: 'INFO', requestId, message: '{"a":1}' },
      { timestamp: expect.any(String), level: 'ERROR', requestId, message: 'to stderr' },
    ]);
    await payloadOf(cloud, { do: 'fail' });
    expect(JSON.parse(lines.at(-1)?.text ?? '')).toMatchObject({
      level: 'ERROR',
      message: { errorType: 'RangeError', errorMessage: 'on request' },
    });
  });

  it('that throws is an error with type, message and trace', async () => {
    const { cloud } = await start();
    const failed = await payloadOf(cloud, { do: 'fail' });
    expect(failed).toMatchObject(errorOf('RangeError', 'on request'));
    expect(failed).toMatchObject({
      error: { trace: expect.arrayContaining(['RangeError: on request']) },
    });
    expect(await payloadOf(cloud, { do: 'failWithText' })).toMatchObject(
      errorOf('string', 'just text'),
    );
    // A handler error does not end the environment.
    await payloadOf(cloud, { do: 'count' });
    expect(await payloadOf(cloud, { do: 'count' })).toBe(2);
  });

  it('that exits or times out loses its environment', async () => {
    const { cloud } = await start((template) => template.replace('"Timeout": 5', '"Timeout": 1'));
    expect(await payloadOf(cloud, { do: 'exit' })).toMatchObject(
      errorOf('Runtime.ExitError', expect.stringMatching(/exit status 3$/)),
    );
    expect(await payloadOf(cloud, { do: 'hang' })).toMatchObject(
      errorOf('Sandbox.Timedout', expect.stringMatching(/Task timed out after 1\.00 seconds$/)),
    );
    expect(cloud.logs.lines.at(-1)?.text).toMatch(/Task timed out/);
    expect(await payloadOf(cloud, { do: 'count' })).toBe(1);
  });

  it('that does not exist is an error that lists the functions', async () => {
    const { cloud } = await start();
    await expect(cloud.functions.invoke('huge', {})).rejects.toThrow(
      'Function not found: huge; functions of the assembly: tiny',
    );
  });
});

describe('the schedules', () => {
  it('fire by the embedded clock, in order, with their input', async () => {
    const { cloud, clock } = await start();
    const toTheHour = 3_600 - ((clock.now().getTime() / 1_000) % 3_600);
    await cloud.scheduler.advance(toTheHour);
    const before = cloud.functions.invocations.length;
    await cloud.scheduler.advance(600);
    const fired = cloud.functions.invocations.slice(before);
    expect(fired.filter(({ event }) => JSON.stringify(event) === '{"do":"count"}')).toHaveLength(
      10,
    );
    expect(fired.filter(({ event }) => JSON.stringify(event) === '{"do":"cwd"}')).toHaveLength(1);
    expect(fired.every(({ result }) => result.kind === 'success')).toBe(true);
    expect(fired.map(({ startedAt }) => startedAt)).toEqual(
      fired.map(({ startedAt }) => startedAt).sort((a, b) => a.getTime() - b.getTime()),
    );
  });

  it('give up a failing invocation according to the template', async () => {
    const { cloud } = await start((template) =>
      template.replace(String.raw`{\"do\":\"count\"}`, String.raw`{\"do\":\"fail\"}`),
    );
    await cloud.scheduler.advance(61);
    expect(cloud.functions.invocations.map(({ result }) => result.kind)).toContain('error');
    expect(cloud.functions.asyncFailures).toMatchObject([
      { condition: 'RetriesExhausted', error: { errorMessage: 'on request' } },
      { condition: 'RetriesExhausted' },
    ]);
  });
});

describe('CloudWatch', () => {
  const allTime = { from: new Date(0), until: new Date('2100-01-01') };

  /** Returns the values of a Lambda metric. */
  function valuesOf({ cloudWatch }: EmbeddedCloud, name: string): readonly number[] {
    const metric = { namespace: 'AWS/Lambda', name, dimensions: { FunctionName: 'tiny' } };
    return cloudWatch.metrics.values(metric, allTime, allTime.until);
  }

  it('counts invocations and errors, with a 0 for each success', async () => {
    const { cloud } = await start();
    await payloadOf(cloud, { do: 'count' });
    await payloadOf(cloud, { do: 'fail' });
    expect(valuesOf(cloud, 'Invocations')).toEqual([1, 1]);
    expect(valuesOf(cloud, 'Errors')).toEqual([0, 1]);
    expect(valuesOf(cloud, 'ConcurrentExecutions')).toEqual([1, 1]);
    expect(valuesOf(cloud, 'Duration')).toHaveLength(2);
    expect(valuesOf(cloud, 'Throttles')).toEqual([]);
  });

  it('counts the events of a throttled function, and those that Lambda drops', async () => {
    const { cloud } = await start();
    const allowAgain = cloud.functions.throttle('tiny');
    cloud.functions.invokeAsync('tiny', { do: 'count' });
    await cloud.functions.settled();
    expect(valuesOf(cloud, 'AsyncEventsReceived')).toEqual([1]);
    expect(valuesOf(cloud, 'Throttles')).toEqual([1]);
    expect(valuesOf(cloud, 'AsyncEventsDropped')).toEqual([]);
    await cloud.scheduler.advance(300);
    expect(valuesOf(cloud, 'AsyncEventsDropped')).not.toEqual([]);
    expect(valuesOf(cloud, 'Invocations')).toEqual([]);
    allowAgain();
    expect(await payloadOf(cloud, { do: 'count' })).toBe(1);
  });

  it('counts nothing while schedules are paused', async () => {
    const { cloud } = await start();
    const resume = cloud.scheduler.pause();
    await cloud.scheduler.advance(3_600);
    expect(cloud.functions.invocations).toEqual([]);
    resume();
    await cloud.scheduler.advance(3_600);
    expect(cloud.functions.invocations).not.toEqual([]);
  });
});

describe('an EKS token from the function', () => {
  it('authenticates the user of the access entry in the template', async () => {
    const { cloud } = await start();
    const environment = await payloadOf(cloud, { do: 'env' });
    const token = await eksToken(environment);
    expect(await cloud.authenticateToken('demo')(token)).toMatchObject({
      username: `arn:aws:sts::${ACCOUNT}:assumed-role/tiny-eu-central-1/tiny`,
      groups: ['tiny:readers'],
    });
    expect(await cloud.authenticateToken('other')(token)).toBeUndefined();
    cloud.eks.addCluster({ ...DEMO, authenticationMode: 'CONFIG_MAP' });
    expect(await cloud.authenticateToken('demo')(token)).toBeUndefined();
    expect(cloud.tokenRejections).toHaveLength(2);
  });
});

describe('credentials that the function returns', () => {
  it('are accepted from any AWS SDK, even if the clock was advanced', async () => {
    const { cloud, clock } = await start();
    await cloud.scheduler.advance(7_200);
    const credentials = await payloadOf(cloud, { do: 'assume', role: APP_ROLE });
    const { AccessKeyId, SecretAccessKey, SessionToken } = toStrings(credentials);
    const pod = new STSClient({
      endpoint: cloud.sts.url,
      region: 'eu-central-1',
      credentials: {
        accessKeyId: AccessKeyId ?? '',
        secretAccessKey: SecretAccessKey ?? '',
        sessionToken: SessionToken ?? '',
      },
    });
    const identity = await pod.send(new GetCallerIdentityCommand());
    expect(identity.Arn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/app-reader/shop@demo`);
    clock.advance(3_601);
    await expect(pod.send(new GetCallerIdentityCommand())).rejects.toMatchObject({
      name: 'ExpiredToken',
    });
  });
});

describe('a template with', () => {
  const renamed = (from: string, to: string) => (template: string) => template.replaceAll(from, to);

  it('another environment variable breaks the function', async () => {
    const { cloud } = await start(renamed('CLUSTER_NAME', 'CLUSTER'));
    expect(await payloadOf(cloud, { do: 'count' })).toMatchObject(
      errorOf('Error', 'CLUSTER_NAME is not set'),
    );
  });

  it('another handler breaks the function', async () => {
    const { cloud } = await start(renamed('index.handler', 'index.hanlder'));
    expect(await payloadOf(cloud, { do: 'count' })).toMatchObject(
      errorOf('Runtime.HandlerNotFound', 'index.hanlder is undefined or not exported'),
    );
  });

  it('a callback handler breaks the function', async () => {
    const { cloud } = await start(renamed('index.handler', 'index.throughCallback'));
    expect(await payloadOf(cloud, { do: 'count' })).toMatchObject(
      errorOf('Runtime.CallbackHandlerDeprecated', expect.stringContaining('callback')),
    );
  });

  it.each([
    ['eks:DescribeCluster', { do: 'describe' }, 'AccessDeniedException'],
    ['cluster/demo', { do: 'describe' }, 'AccessDeniedException'],
    ['role/app-*', { do: 'assume', role: APP_ROLE }, 'AccessDenied'],
  ])('no permission for %s breaks the call', async (permission, event, errorType) => {
    const { cloud } = await start(renamed(permission, 'x:y/z'));
    expect(await payloadOf(cloud, event)).toMatchObject(
      errorOf(errorType, expect.stringMatching(/is not authorized to perform/)),
    );
  });

  it('no permission to write logs loses log lines', async () => {
    const { cloud } = await start(renamed('logs:PutLogEvents', 'logs:Put'));
    await payloadOf(cloud, { do: 'log', text: 'x' });
    expect(cloud.logs.lines).toEqual([]);
    expect(cloud.logs.denied).toEqual(new Set(['tiny']));
  });

  it.each([
    ['lambda:InvokeFunction', 'lambda:Invoke', /lacks lambda:InvokeFunction/],
    ['scheduler.amazonaws.com', 'events.amazonaws.com', /scheduler.amazonaws.com cannot assume/],
    [
      ':schedule-group/default',
      ':schedule-group/other',
      /cannot assume .* on behalf of arn:aws:scheduler/,
    ],
  ])('%s replaced by %s breaks the schedules', async (from, to, message) => {
    const { cloud } = await start(renamed(from, to));
    await expect(cloud.scheduler.advance(60)).rejects.toThrow(message);
  });

  it('another input reaches the function', async () => {
    const { cloud } = await start(
      renamed(String.raw`\"do\":\"count\"`, String.raw`\"do\":\"cuont\"`),
    );
    await cloud.scheduler.advance(1);
    expect(cloud.functions.asyncFailures).toMatchObject([
      { error: { errorMessage: 'unknown action cuont' } },
    ]);
  });

  it('a reserved concurrency of 0 throttles', async () => {
    const { cloud } = await start(
      renamed('"Timeout": 5', '"Timeout": 5, "ReservedConcurrentExecutions": 0'),
    );
    expect(await payloadOf(cloud, { do: 'count' })).toEqual({ kind: 'throttled' });
  });

  it.each([
    ['lambda.amazonaws.com', 'ec2.amazonaws.com', /lambda.amazonaws.com cannot assume/],
    ['AWS::EKS::AccessEntry', 'AWS::EKS::Nodegroup', /is of type AWS::EKS::Nodegroup/],
    ['rate(1 minute)', 'rate(1 fortnight)', /rate\(1 fortnight\) is not supported/],
    ['"CLUSTER_NAME"', '"AWS_REGION"', undefined],
    ['"tiny:readers"', '"system:masters"', /cannot start with system:/],
    ['"sts:AssumeRole"', '"sts:AssumeRole", "Principle": "x"', /Unrecognized key: "Principle"/],
    ['nodejs24.x', 'nodejs20.x', /nodejs24\.x/],
  ])('%s replaced by %s cannot be deployed or run', async (from, to, message) => {
    const attempt = start(renamed(from, to)).then(({ cloud }) => payloadOf(cloud, { do: 'count' }));
    await expect(attempt).rejects.toThrow(message ?? /sets AWS_REGION, which Lambda reserves/);
  });
});

function toStrings(value: unknown): Partial<Record<string, string>> {
  const entries = Object.entries(Object(value)).map(([key, item]) => [key, String(item)] as const);
  return Object.fromEntries(entries);
}

async function eksToken(environment: unknown): Promise<string> {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION } =
    toStrings(environment);
  const host = `sts.${AWS_REGION}.amazonaws.com`;
  const signer = new SignatureV4({
    credentials: {
      accessKeyId: AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: AWS_SECRET_ACCESS_KEY ?? '',
      sessionToken: AWS_SESSION_TOKEN ?? '',
    },
    region: AWS_REGION ?? '',
    service: 'sts',
    sha256: Sha256,
  });
  const { query } = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname: host,
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host, 'x-k8s-aws-id': 'demo' },
    },
    { expiresIn: 60 },
  );
  const search = new URLSearchParams(toStrings(query) as Record<string, string>);
  return `k8s-aws-v1.${Buffer.from(`https://${host}/?${search}`).toString('base64url')}`;
}
