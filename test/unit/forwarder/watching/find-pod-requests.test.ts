import { describe, expect, it } from 'vitest';
import { findPodRequests } from '../../../../forwarder/watching/find-pod-requests.ts';
import type { WatchedObject } from '../../../../forwarder/watching/watch-event.ts';

const NOW = new Date('2026-11-23T12:00:00.123Z');
const aPod = (...secretNames: string[]) => ({
  metadata: { namespace: 'shop', name: 'pod', uid: 'uid' },
  spec: { volumes: secretNames.map((secretName) => ({ secret: { secretName } })) },
});

const findWants = (object: WatchedObject) => findPodRequests({ kind: 'added', object }, NOW);

describe('findPodWants', () => {
  it('names each Secret with the prefix once, and the pod', () => {
    const seen = findWants(aPod('aws-iam-a', 'other', 'aws-iam-b', 'aws-iam-a'));
    expect(seen.map(({ request: want }) => want)).toEqual([
      { namespace: 'shop', secret: 'aws-iam-a', pod: 'pod', seenAt: '2026-11-23T12:00:00.123Z' },
      { namespace: 'shop', secret: 'aws-iam-b', pod: 'pod', seenAt: '2026-11-23T12:00:00.123Z' },
    ]);
  });

  it('leaves out what cannot be a role, and what is more than a pod may ask for', () => {
    expect(findWants(aPod('aws-iam-Upper', 'aws-iam-app-token-bcdfg'))).toEqual([]);
    const many = Array.from({ length: 30 }, (_, index) => `aws-iam-r${index}`);
    expect(findWants(aPod(...many))).toHaveLength(20);
  });

  it('looks at a pod once, when it begins to be pending', () => {
    expect(findPodRequests({ kind: 'modified', object: aPod('aws-iam-a') }, NOW)).toEqual([]);
  });

  it('throws for what is no pod', () => {
    const { spec } = aPod('aws-iam-a');
    expect(() => findWants({ spec })).toThrow('no name');
  });
});
