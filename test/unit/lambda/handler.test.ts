import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ENVIRONMENT } from '../../../contract/environment.ts';
import { handlePass } from '../../../lambda/handle-pass.ts';
import { handlePodEvent } from '../../../lambda/handle-pod-event.ts';
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

const HANDLERS = {
  refresh: () => createHandler('refresh', handlePass('refresh')),
  sweep: () => createHandler('sweep', handlePass('sweep')),
  events: () => createHandler('events', handlePodEvent),
};

const invoke = async (name: keyof typeof HANDLERS, event: unknown) =>
  HANDLERS[name]()(event, CONTEXT);

const lines = () => written.flatMap((text) => text.split('\n').filter((line) => line !== ''));
const linesWith = (text: string) => lines().filter((line) => line.includes(text));

describe('an event of the events function', () => {
  it.each<[string, unknown]>([
    ['is malformed', aBusEvent([])],
    ['is of another source', aBusEvent([aRequest('aws-iam-app')], { source: 'aws.ec2' })],
    ['has the event of a schedule as its detail', aBusEvent([], { detail: { pass: 'refresh' } })],
    ['has a warm-up as its detail', aBusEvent([], { detail: { warmUp: true } })],
    ['is also a warm-up', { ...aBusEvent([]), warmUp: true }],
    ['is a warm-up and a pass', { warmUp: true, pass: 'refresh' }],
    ['is no warm-up', { warmUp: 'true' }],
    ['is a pass', { pass: 'refresh' }],
    ['has requests without an envelope', { wanted: [aRequest('aws-iam-app')] }],
    ['is a list of events', [aBusEvent([aRequest('aws-iam-app')])]],
    ['is empty', null],
    ['has megabytes', aBusEvent('x'.repeat(6_000_000))],
  ])('that %s is dropped, counted, and logged in a short line', async (_, event) => {
    expect(await invoke('events', event)).toEqual({ dropped: expect.any(String) });
    const [line, ...more] = linesWith('CloudWatchMetrics');
    expect(more).toEqual([]);
    expect(JSON.parse(line ?? '')).toMatchObject({
      service: 'events',
      Cluster: 'test',
      PodEventsMalformed: 1,
    });
    expect(linesWith('dropped a malformed pod event')).toHaveLength(1);
    for (const each of lines()) expect(each.length).toBeLessThan(2_000);
  });
});

describe.each(['refresh', 'sweep'] as const)('the %s function', (pass) => {
  it.each<[string, unknown]>([
    ['a pod event', aBusEvent([aRequest('aws-iam-app')])],
    ['a malformed pod event', aBusEvent([])],
    ['a pod event that is also a pass', { ...aBusEvent([]), pass }],
    ['requests without an envelope', { wanted: [aRequest('aws-iam-app')] }],
    ['a list of events', [aBusEvent([aRequest('aws-iam-app')])]],
    ['a warm-up', { warmUp: true }],
  ])('rejects %s', async (_, event) => {
    const expected = new RegExp(`^invalid event .*"pass": "${pass}"`, 's');
    await expect(invoke(pass, JSON.parse(JSON.stringify(event)))).rejects.toThrow(expected);
    expect(linesWith('PodEventsMalformed')).toEqual([]);
  });
});
