import { describe, expect, it } from 'vitest';
import type { PodVolume } from '../../../../kubernetes/lists/api-object.ts';
import { listPods } from '../../../../lambda/observe/pods.ts';
import { EVERYWHERE } from '../../../support/builders/builders.ts';
import {
  type Answer,
  FOREVER,
  fakeConnection,
  queryOf,
  statusAnswer,
} from '../../kubernetes/fake-connection.ts';
import {
  type RecordedList,
  recordedJson,
  recordedProtobuf,
} from '../../kubernetes/lists/recorded-list.ts';

const INPUT = { phase: 'live', scope: EVERYWHERE, signal: FOREVER } as const;

function podList(...volumes: readonly (readonly PodVolume[])[]): Answer {
  const items = volumes.map((list, i) => ({
    metadata: { namespace: 'shop', name: `pod-${i}`, uid: `uid-${i}` },
    spec: { volumes: list },
  }));
  return { body: { kind: 'PodList', metadata: {}, items } };
}

/** A list of one pod of a namespace. */
function podIn(namespace: string): Answer {
  const metadata = { namespace, name: 'web', uid: 'uid-of-web' };
  const spec = { volumes: [secret('aws-iam-app')] };
  return { body: { kind: 'PodList', metadata: {}, items: [{ metadata, spec }] } };
}

async function mountedBy(volumes: readonly PodVolume[]) {
  const { items } = await listPods(
    fakeConnection(() => podList(volumes)),
    INPUT,
  );
  return items[0]?.secretNames;
}

const secret = (secretName: string): PodVolume => ({ secret: { secretName } });
const projected = (...names: readonly string[]): PodVolume => ({
  projected: { sources: names.map((name) => ({ secret: { name } })) },
});

describe('the list of pods', () => {
  it.each([
    ['pending', 'status.phase=Pending'],
    ['live', 'status.phase!=Succeeded,status.phase!=Failed'],
  ] as const)('of phase %s has the field selector %s', async (phase, selector) => {
    const connection = fakeConnection(() => podList());
    await listPods(connection, { ...INPUT, phase });
    expect(connection.requests.map(queryOf).map((q) => q.get('fieldSelector'))).toEqual([selector]);
    expect(connection.requests[0]?.path).toMatch(/^\/api\/v1\/pods\?/);
  });

  it('contains the pods that mount a Secret, and counts all', async () => {
    const connection = fakeConnection(() =>
      podList([secret('tls')], [secret('aws-iam-app')], [], [projected('my-aws-iam-app')]),
    );
    expect(await listPods(connection, INPUT)).toEqual({
      items: [
        {
          namespace: 'shop',
          name: 'pod-0',
          uid: 'uid-0',
          secretNames: [],
          otherSecretNames: ['tls'],
        },
        {
          namespace: 'shop',
          name: 'pod-1',
          uid: 'uid-1',
          secretNames: ['aws-iam-app'],
        },
        {
          namespace: 'shop',
          name: 'pod-3',
          uid: 'uid-3',
          secretNames: [],
          otherSecretNames: ['my-aws-iam-app'],
        },
      ],
      seen: 4,
    });
  });

  it.each<[string, readonly PodVolume[], readonly string[]]>([
    ['two volumes', [secret('aws-iam-b'), secret('aws-iam-a')], ['aws-iam-b', 'aws-iam-a']],
    ['projected sources', [projected('aws-iam-a', 'tls', 'aws-iam-b')], ['aws-iam-a', 'aws-iam-b']],
    ['duplicates', [secret('aws-iam-a'), projected('aws-iam-a')], ['aws-iam-a']],
    ['a bare prefix', [secret('aws-iam-')], ['aws-iam-']],
    [
      'other kinds of source',
      [{ projected: { sources: [{}] } }, {}, secret('aws-iam-a')],
      ['aws-iam-a'],
    ],
  ])('contains each mounted Secret once: %s', async (_, volumes, expected) => {
    expect(await mountedBy(volumes)).toEqual(expected);
  });

  it.each<RecordedList>(['pods-1', 'pods-2'])(
    'is the same from protobuf and from JSON: %s',
    async (name) => {
      const { metadata: _, ...json } = recordedJson(name);
      const protobuf = { 'content-type': 'application/vnd.kubernetes.protobuf' };
      const once = (answer: Answer) =>
        fakeConnection((_request, count) => (count === 1 ? answer : podList()));
      const fromJson = await listPods(once({ body: json }), INPUT);
      const fromProtobuf = await listPods(
        once({ headers: protobuf, body: recordedProtobuf(name) }),
        INPUT,
      );
      expect(fromProtobuf).toEqual(fromJson);
      expect(fromJson.items.length).toBeGreaterThan(0);
    },
  );

  it('of configured namespaces joins a list of each', async () => {
    const connection = fakeConnection(({ path }) =>
      podIn(path.includes('/bank/') ? 'bank' : 'shop'),
    );
    const { items, seen } = await listPods(connection, {
      ...INPUT,
      scope: { only: ['shop', 'bank'], except: [] },
    });
    expect([items.length, seen]).toEqual([2, 2]);
    expect(connection.requests.map(({ path }) => path.split('?')[0])).toEqual([
      '/api/v1/namespaces/shop/pods',
      '/api/v1/namespaces/bank/pods',
    ]);
  });

  it('of configured namespaces is incomplete when one of them is', async () => {
    const connection = fakeConnection(({ path }) =>
      path.includes('/bank/') ? statusAnswer(403, 'Forbidden') : podList([secret('aws-iam-app')]),
    );
    expect(
      await listPods(connection, { ...INPUT, scope: { only: ['shop', 'bank'], except: [] } }),
    ).toMatchObject({
      items: [{ name: 'pod-0' }],
      failure: { status: 403, message: expect.stringContaining('in namespace "bank"') },
    });
  });

  it('lists at most eight namespaces concurrently', async () => {
    let [open, max] = [0, 0];
    const connection = fakeConnection(async () => {
      open += 1;
      max = Math.max(max, open);
      await new Promise(setImmediate);
      open -= 1;
      return podList();
    });
    const namespaces = Array.from({ length: 30 }, (_, i) => `team-${i}`);
    await listPods(connection, { ...INPUT, scope: { only: namespaces, except: [] } });
    expect(max).toBe(8);
  });

  it('fails on an object without a uid', async () => {
    const pod = { metadata: { name: 'x' }, spec: { volumes: [secret('aws-iam-app')] } };
    const connection = fakeConnection(() => ({ body: { kind: 'PodList', items: [pod] } }));
    expect(await listPods(connection, INPUT)).toMatchObject({
      items: [],
      failure: { message: expect.stringContaining('no uid ("x")') },
    });
  });
});
