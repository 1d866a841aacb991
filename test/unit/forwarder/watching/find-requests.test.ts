import { describe, expect, it } from 'vitest';
import {
  findPodRequests,
  findResourceRequests,
} from '../../../../forwarder/watching/find-requests.ts';
import type { WatchedObject } from '../../../../forwarder/watching/watch-event.ts';

const NOW = new Date('2026-11-23T12:00:00.123Z');
const pod = (...secretNames: string[]) => ({
  metadata: { namespace: 'shop', name: 'pod', uid: 'uid' },
  spec: { volumes: secretNames.map((secretName) => ({ secret: { secretName } })) },
});

const find = (object: WatchedObject) => findPodRequests({ kind: 'added', object }, NOW);

describe('findPodRequests', () => {
  it('returns each Secret with the prefix once, and the pod', () => {
    const seen = find(pod('aws-iam-a', 'other', 'aws-iam-b', 'aws-iam-a'));
    expect(seen.map(({ request }) => request)).toEqual([
      { namespace: 'shop', secret: 'aws-iam-a', pod: 'pod', seenAt: '2026-11-23T12:00:00.123Z' },
      { namespace: 'shop', secret: 'aws-iam-b', pod: 'pod', seenAt: '2026-11-23T12:00:00.123Z' },
    ]);
  });

  it('omits names that cannot be roles, and Secrets beyond the limit of a pod', () => {
    expect(find(pod('aws-iam-Upper', 'aws-iam-app-token-bcdfg'))).toEqual([]);
    const many = Array.from({ length: 30 }, (_, index) => `aws-iam-r${index}`);
    expect(find(pod(...many))).toHaveLength(20);
  });

  it('ignores changes of a pending pod', () => {
    expect(findPodRequests({ kind: 'modified', object: pod('aws-iam-a') }, NOW)).toEqual([]);
  });

  describe('of a pod with scheduling gates', () => {
    // As the API server writes it, and leaves it when the gates are removed (1.36).
    const condition = { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' };
    const gates = [{ name: 'example.com/quota' }];
    const gated = (schedulingGates: readonly object[] | undefined, conditions: unknown) => ({
      ...pod('aws-iam-a'),
      spec: { ...pod('aws-iam-a').spec, ...(schedulingGates && { schedulingGates }) },
      status: { phase: 'Pending', conditions },
    });

    it.each<['added' | 'modified', readonly object[] | undefined, unknown, boolean]>([
      ['added', gates, [condition], false],
      ['modified', gates, [condition], false],
      ['modified', undefined, [condition], true],
      ['modified', [], [{ type: 'Other' }, condition], true],
      // The forwarder was started after that.
      ['added', undefined, [condition], true],
      // The scheduler has looked at the pod since.
      ['modified', undefined, [{ ...condition, reason: 'Unschedulable' }], false],
      ['modified', undefined, undefined, false],
      ['modified', undefined, 'SchedulingGated', false],
      ['modified', undefined, [null, 'SchedulingGated', [condition]], false],
    ])('%s with the gates %j and the conditions %j: %s', (kind, remaining, conditions, isFound) => {
      const object = gated(remaining, conditions);
      expect(findPodRequests({ kind, object }, NOW)).toHaveLength(isFound ? 1 : 0);
    });
  });

  it('omits Secrets that only environment variables use', () => {
    const env = [{ valueFrom: { secretKeyRef: { name: 'aws-iam-env' } } }];
    const object = {
      ...pod('aws-iam-a'),
      spec: { ...pod('aws-iam-a').spec, containers: [{ env }] },
    };
    expect(find(object).map(({ request }) => 'secret' in request && request.secret)).toEqual([
      'aws-iam-a',
    ]);
  });

  it('throws for an object that is not a pod', () => {
    const { spec } = pod('aws-iam-a');
    expect(() => find({ spec })).toThrow('no name');
  });
});

const awsIamRole = (generation: number, status?: object, metadata: object = {}): WatchedObject => ({
  metadata: { namespace: 'shop', name: 'orders', uid: 'uid', generation, ...metadata },
  ...(status && { status }),
});
const REQUESTED = [
  {
    request: { namespace: 'shop', awsIamRole: 'orders', seenAt: '2026-11-23T12:00:00.123Z' },
    cause: 'uid/2',
  },
];

describe('findResourceRequests', () => {
  it.each(['added', 'modified'] as const)(
    'returns a resource that was not processed: %s',
    (kind) => {
      const findResource = (object: WatchedObject) => findResourceRequests({ kind, object }, NOW);
      expect(findResource(awsIamRole(2))).toEqual(REQUESTED);
      expect(findResource(awsIamRole(2, {}))).toEqual(REQUESTED);
      expect(findResource(awsIamRole(2, { observedGeneration: 1 }))).toEqual(REQUESTED);
      expect(findResource(awsIamRole(2, { observedGeneration: '2' }))).toEqual(REQUESTED);
    },
  );

  it.each(['added', 'modified'] as const)('omits one that was processed: %s', (kind) => {
    const object = awsIamRole(2, { observedGeneration: 2, roleARN: 'arn' });
    expect(findResourceRequests({ kind, object }, NOW)).toEqual([]);
  });

  it('omits one that is being deleted', () => {
    const object = awsIamRole(2, undefined, { deletionTimestamp: '2026-11-23T12:00:00Z' });
    expect(findResourceRequests({ kind: 'modified', object }, NOW)).toEqual([]);
  });

  it('throws for an object that is not a resource', () => {
    expect(() => findResourceRequests({ kind: 'added', object: {} }, NOW)).toThrow('no name');
  });
});
