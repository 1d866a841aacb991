import { describe, expect, it } from 'vitest';
import {
  type LeaseObject,
  leaderOf,
  requestPass,
} from '../../../../bin/in-cluster/request-pass.ts';
import {
  REQUEST_ANNOTATION,
  RESPONSE_ANNOTATION,
} from '../../../../contract/kubernetes/refresher-lease.ts';
import type { KubernetesConnection } from '../../../../kubernetes/kubernetes-connection.ts';

const NOW = new Date('2026-05-01T12:00:00Z');
const LEASE = {
  holderIdentity: 'pod-1',
  renewTime: '2026-05-01T11:59:58.000000Z',
  leaseDurationSeconds: 15,
};
const { signal } = new AbortController();

/** A Lease whose leader answers after some reads, or whatever else happens to its annotations. */
function lease(
  onRead: (annotations: Record<string, string>, reads: number) => void,
  spec: object = LEASE,
) {
  const annotations: Record<string, string> = {};
  let reads = 0;
  const connection: KubernetesConnection = {
    async send({ method, body = '' }) {
      if (method === 'PATCH') Object.assign(annotations, JSON.parse(body).metadata.annotations);
      else {
        if (annotations[REQUEST_ANNOTATION] !== undefined) {
          reads += 1;
          onRead(annotations, reads);
        }
      }
      const text = JSON.stringify({ metadata: { annotations }, spec });
      return { status: 200, headers: {}, body: Buffer.from(text) };
    },
  };
  return connection;
}

function request(connection: KubernetesConnection) {
  let now = NOW.getTime();
  return requestPass(connection, { pass: 'check' }, async () => 'nothing leads', signal, {
    now: () => new Date(now),
    async sleep(milliseconds) {
      now += milliseconds;
    },
  });
}

const idOf = (annotations: Record<string, string>): string =>
  JSON.parse(annotations[REQUEST_ANNOTATION] ?? '{}').id;

describe('a request by the Lease', () => {
  it.each([
    [{ result: { renewed: 1 } }, { kind: 'response', payload: { renewed: 1 } }],
    [
      { result: {}, omitted: 7 },
      { kind: 'response', payload: {}, omitted: 7 },
    ],
    [
      { error: 'ClusterSetupError: no\nrights' },
      { kind: 'error', errorType: 'ClusterSetupError', errorMessage: 'no\nrights' },
    ],
    [
      { error: 'something: broke' },
      { kind: 'error', errorType: 'Error', errorMessage: 'something: broke' },
    ],
  ])('returns the response %j of the leader', async (response, expected) => {
    const connection = lease((annotations, reads) => {
      if (reads === 3) {
        annotations[RESPONSE_ANNOTATION] = JSON.stringify({ id: idOf(annotations), ...response });
      }
    });
    expect(await request(connection)).toEqual(expected);
  });

  it.each(['{"id":"another","result":{"wrong":true}}', 'not JSON', '[]', '{"result":{}}', ''])(
    'waits for its own response, and not for %j',
    async (text) => {
      const connection = lease((annotations, reads) => {
        annotations[RESPONSE_ANNOTATION] =
          reads < 5 ? text : JSON.stringify({ id: idOf(annotations), result: {} });
      });
      expect(await request(connection)).toEqual({ kind: 'response', payload: {} });
    },
  );

  it('fails when nobody responds, when another command replaces it, and when nobody leads', async () => {
    await expect(request(lease(() => undefined))).rejects.toThrow(
      /did not respond within 150 seconds: run kubectl logs/,
    );
    const replaced = lease((annotations) => {
      annotations[REQUEST_ANNOTATION] = '{"id":"x"}';
    });
    await expect(request(replaced)).rejects.toThrow(/another command has replaced the request/);
    await expect(request(lease(() => undefined, {}))).rejects.toThrow('nothing leads');
  });
});

describe('the leader', () => {
  const holds = (spec: object): boolean =>
    leaderOf({ metadata: { annotations: {} }, spec } as LeaseObject, NOW) !== undefined;

  it.each([
    [true, LEASE],
    [true, { ...LEASE, renewTime: '2026-05-01T11:59:46Z' }],
    [true, { ...LEASE, renewTime: '2026-05-01T11:59:20Z', leaseDurationSeconds: 60 }],
    // Its clock may be ahead.
    [true, { ...LEASE, renewTime: '2026-05-01T12:00:30Z' }],
    [false, { ...LEASE, renewTime: '2026-05-01T11:59:44Z' }],
    [false, { ...LEASE, renewTime: null }],
    [false, { ...LEASE, renewTime: 'soon' }],
    [false, { ...LEASE, holderIdentity: '' }],
    [false, {}],
  ])('is %s for %j', (expected, spec) => {
    expect(holds(spec)).toBe(expected);
  });
});
