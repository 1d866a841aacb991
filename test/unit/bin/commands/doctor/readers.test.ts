import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createClusterReader } from '../../../../../bin/commands/doctor/readers/cluster-reader.ts';
import { readAws } from '../../../../../bin/commands/doctor/read-aws.ts';
import { unread } from '../../../../../bin/commands/doctor/readers/read-result.ts';
import { showResult } from '../../../../../bin/commands/doctor/print-results.ts';
import type { ApiRequest } from '../../../../../kubernetes/kubernetes-connection.ts';

const named = (name: string) => Object.assign(new Error('why'), { name });

describe('a call to AWS', () => {
  it.each([
    ['AccessDeniedException', { kind: 'forbidden', right: 'eks:DescribeCluster' }],
    ['AccessDenied', { kind: 'forbidden', right: 'eks:DescribeCluster' }],
    ['ResourceNotFoundException', { kind: 'absent' }],
    ['CredentialsProviderError', { kind: 'no-credentials' }],
    ['ExpiredToken', { kind: 'no-credentials' }],
    ['UnrecognizedClientException', { kind: 'no-credentials' }],
    ['TimeoutError', { kind: 'failed' }],
  ])('that ends with %s is read as %j', async (name, reading) => {
    const call = async () => {
      throw named(name);
    };
    expect(await readAws('eks:DescribeCluster', call)).toMatchObject(reading);
  });

  it('that is answered is read', async () => {
    expect(await readAws('x', async () => 1)).toEqual({ kind: 'read', value: 1 });
  });
});

describe('what could not be read', () => {
  it('is not checked where it is the caller, and failed where it is not', () => {
    expect(unread({ kind: 'forbidden', right: 'get pods' })).toMatchObject({
      status: 'not-checked',
      says: 'you may not get pods',
    });
    expect(unread({ kind: 'no-credentials', message: 'm' }).status).toBe('not-checked');
    expect(unread({ kind: 'failed', message: 'm' })).toMatchObject({ status: 'failed', says: 'm' });
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
  const request = { path: '/x', right: 'get x', schema };

  it.each([
    [200, { kind: 'X' }, { kind: 'read', value: { kind: 'X' } }],
    [200, {}, { kind: 'failed' }],
    [404, {}, { kind: 'absent' }],
    [403, {}, { kind: 'forbidden', right: 'get x' }],
    [500, { kind: 'Status', message: 'broken' }, { kind: 'failed' }],
  ])('that answers %s %j is read as %j', async (status, body, reading) => {
    expect(await reader(status, body).cluster.read(request)).toMatchObject(reading);
  });

  it('is connected to once', async () => {
    const { cluster, connections } = reader(200, { kind: 'X' });
    await Promise.all([cluster.read(request), cluster.read(request), cluster.reach()]);
    expect(connections()).toBe(1);
  });

  it('is asked for the metadata of a Secret alone', async () => {
    const { cluster, requests } = reader(200, { kind: 'X' });
    await cluster.read({ ...request, asMetadata: true });
    expect(requests[0]?.headers?.['accept']).toMatch(/as=PartialObjectMetadata/);
  });
});

describe('a result', () => {
  const result = { id: 'a', title: 'access entry', status: 'failed', says: 'missing' } as const;

  it('is a line, with its parts and the remedy below', () => {
    const lines: string[] = [];
    const terminal = {
      line: (text: string | { readonly text: string } = '') =>
        void lines.push(typeof text === 'string' ? text : text.text),
    };
    showResult(terminal, { ...result, details: ['one'], remedy: 'mend it' });
    showResult(terminal, { ...result, status: 'ok' });
    expect(lines).toEqual([
      'FAILED       access entry          missing',
      '                                   - one',
      '                                   -> mend it',
      'ok           access entry          missing',
    ]);
  });
});
