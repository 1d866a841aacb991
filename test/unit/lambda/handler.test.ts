import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ENVIRONMENT } from '../../../contract/environment.ts';
import { createHandler } from '../../../lambda/handler.ts';
import { aBusEvent, aRequest, BASE_ROLE_ARN } from '../../support/builders/builders.ts';
import { FUNCTION_ENVIRONMENT } from '../../support/builders/function-environment.ts';

// Nothing here calls AWS: the events are dropped or rejected first.
let written: string[];

beforeEach(() => {
  written = [];
  for (const [name, value] of Object.entries({
    ...FUNCTION_ENVIRONMENT,
    AWS_LAMBDA_FUNCTION_NAME: 'kube-aws-iam-test-refresh',
    POWERTOOLS_DEV: '',
    [ENVIRONMENT.clusterName]: 'test',
    [ENVIRONMENT.baseRoleArn]: BASE_ROLE_ARN,
    [ENVIRONMENT.assumableRoles]: JSON.stringify([`${BASE_ROLE_ARN}app-*`]),
  })) {
    vi.stubEnv(name, value);
  }
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
  }
});

afterEach(() => {
  vi.restoreAllMocks();
});

const CONTEXT = {
  functionName: 'kube-aws-iam-test-refresh',
  functionVersion: '$LATEST',
  memoryLimitInMB: '512',
  awsRequestId: 'request-1',
  getRemainingTimeInMillis: () => 55_000,
} as Context;

const invoke = async (pass: 'refresh' | 'sweep', event: unknown) =>
  createHandler(pass)(event, CONTEXT);

const lines = () => written.flatMap((text) => text.split('\n').filter((line) => line !== ''));
const linesWith = (text: string) => lines().filter((line) => line.includes(text));

describe('an event from the bus', () => {
  it.each<[string, unknown]>([
    ['is malformed', aBusEvent([])],
    ['is of another source', aBusEvent([aRequest('aws-iam-app')], { source: 'aws.ec2' })],
    ['has the event of a schedule as its detail', aBusEvent([], { detail: { pass: 'refresh' } })],
    ['is also the event of a schedule', { pass: 'refresh', 'detail-type': 'Credentials Wanted' }],
    [
      'is the event of a schedule with an invalid detail-type',
      { pass: 'refresh', 'detail-type': 7 },
    ],
    ['has megabytes', aBusEvent('x'.repeat(6_000_000))],
  ])('that %s is dropped, counted, and logged in a short line', async (_, event) => {
    expect(await invoke('refresh', event)).toEqual({ dropped: expect.any(String) });
    const [line, ...more] = linesWith('CloudWatchMetrics');
    expect(more).toEqual([]);
    expect(JSON.parse(line ?? '')).toMatchObject({
      service: 'refresh',
      Cluster: 'test',
      PodEventsMalformed: 1,
    });
    expect(linesWith('dropped a malformed pod event')).toHaveLength(1);
    for (const each of lines()) expect(each.length).toBeLessThan(2_000);
  });

  it.each<[string, unknown]>([
    ['valid', aBusEvent([aRequest('aws-iam-app')])],
    ['malformed', aBusEvent([])],
    ['mixed with a sweep', { ...aBusEvent([]), pass: 'sweep', confirm: true }],
  ])('is rejected by the sweep function when it is %s', async (_, event) => {
    await expect(invoke('sweep', event)).rejects.toThrow(/^invalid event .*"pass": "sweep"/s);
    expect(linesWith('PodEventsMalformed')).toEqual([]);
  });
});

it.each<[string, unknown]>([
  ['requests without an envelope', { wanted: [aRequest('aws-iam-app')] }],
  ['an envelope without a detail-type', { ...aBusEvent([]), 'detail-type': undefined, pass: 'x' }],
  ['a list of events', [aBusEvent([aRequest('aws-iam-app')])]],
])('the refresh function rejects %s', async (_, event) => {
  const answer = invoke('refresh', JSON.parse(JSON.stringify(event)));
  await expect(answer).rejects.toThrow(/^invalid event /);
});
