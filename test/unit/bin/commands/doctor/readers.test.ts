import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { unreadable } from '../../../../../bin/commands/doctor/check.ts';
import { printDiagnosis } from '../../../../../bin/commands/doctor/print-results.ts';
import { readAws } from '../../../../../bin/commands/doctor/readers/aws-reader.ts';
import { createClusterReader } from '../../../../../bin/commands/doctor/readers/cluster-reader.ts';
import { clusterFields } from '../../../../../bin/kubeconfig/kubeconfig-schema.ts';
import type { ApiRequest } from '../../../../../kubernetes/kubernetes-connection.ts';

const named = (name: string) => Object.assign(new Error('why'), { name });

describe('a call to AWS', () => {
  it.each([
    ['AccessDeniedException', { kind: 'forbidden', permission: 'eks:DescribeCluster' }],
    ['AccessDenied', { kind: 'forbidden', permission: 'eks:DescribeCluster' }],
    ['ResourceNotFoundException', { kind: 'absent' }],
    ['CredentialsProviderError', { kind: 'no-credentials' }],
    ['ExpiredToken', { kind: 'no-credentials' }],
    ['UnrecognizedClientException', { kind: 'no-credentials' }],
    ['TimeoutError', { kind: 'failed' }],
  ])('that fails with %s results in %j', async (name, result) => {
    const call = async () => {
      throw named(name);
    };
    expect(await readAws('eks:DescribeCluster', call)).toMatchObject(result);
  });

  it('that succeeds results in its value', async () => {
    expect(await readAws('x', async () => 1)).toEqual({ kind: 'found', value: 1 });
  });
});

describe('an unreadable result', () => {
  it('is not checked if the caller lacks access, and failed otherwise', () => {
    expect(unreadable({ kind: 'forbidden', permission: 'get pods' })).toMatchObject({
      status: 'not-checked',
      says: 'missing permission: get pods',
    });
    expect(unreadable({ kind: 'no-credentials', message: 'm' }).status).toBe('not-checked');
    expect(unreadable({ kind: 'failed', message: 'm' })).toMatchObject({
      status: 'failed',
      says: 'm',
    });
  });
});

describe('the cluster', () => {
  function reader(status: number, body: unknown) {
    const requests: ApiRequest[] = [];
    let connections = 0;
    const cluster = createClusterReader(async () => {
      connections += 1;
      return {
        context: 'c',
        clusterName: 'c',
        server: 's',
        loaded: { name: 'c', cluster: { ...clusterFields.parse({}), name: 'c', server: 's' } },
        connection: {
          async send(request) {
            requests.push(request);
            const headers = { 'content-type': 'application/json' };
            return { status, headers, body: Buffer.from(JSON.stringify(body)) };
          },
        },
      };
    });
    return { cluster, requests, connections: () => connections };
  }
  const schema = z.object({ kind: z.string() });
  const request = { path: '/x', permission: 'get x', schema };

  it.each([
    [200, { kind: 'X' }, { kind: 'found', value: { kind: 'X' } }],
    [200, {}, { kind: 'failed' }],
    [404, {}, { kind: 'absent' }],
    [403, {}, { kind: 'forbidden', permission: 'get x' }],
    [500, { kind: 'Status', message: 'broken' }, { kind: 'failed' }],
  ])('that responds with %s %j results in %j', async (status, body, result) => {
    expect(await reader(status, body).cluster.read(request)).toMatchObject(result);
  });

  it('is connected once', async () => {
    const { cluster, connections } = reader(200, { kind: 'X' });
    await Promise.all([cluster.read(request), cluster.read(request), cluster.connect()]);
    expect(connections()).toBe(1);
  });

  it('sends only the metadata of a Secret', async () => {
    const { cluster, requests } = reader(200, { kind: 'X' });
    await cluster.read({ ...request, asMetadata: true });
    expect(requests[0]?.headers?.['accept']).toMatch(/as=PartialObjectMetadata/);
  });
});

describe('a result', () => {
  const result = { id: 'a', title: 'access entry', status: 'failed', says: 'missing' } as const;

  it('is printed as a line, with details and remedy below', () => {
    const lines: string[] = [];
    const terminal = {
      line: (text: string | { readonly text: string } = '') =>
        void lines.push(typeof text === 'string' ? text : text.text),
    };
    const results = [
      { ...result, status: 'ok' },
      { ...result, details: ['one'], remedy: 'fix it' },
    ] as const;
    printDiagnosis(terminal, results, { first: results[1], summary: '2 checks' });
    expect(lines).toEqual([
      'Start with "access entry": fix it',
      '',
      'ok           access entry          missing',
      'FAILED       access entry          missing',
      '                                   - one',
      '                                   -> fix it',
      '',
      '2 checks',
    ]);
  });
});
