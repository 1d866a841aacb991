import { describe, expect, it } from 'vitest';
import { findResourceRequests } from '../../../../forwarder/watching/find-resource-requests.ts';
import type { WatchedObject } from '../../../../forwarder/watching/watch-event.ts';

const NOW = new Date('2026-11-23T12:00:00.123Z');
const aResource = (generation: number, status?: object, metadata: object = {}): WatchedObject => ({
  metadata: { namespace: 'shop', name: 'orders', uid: 'uid', generation, ...metadata },
  ...(status && { status }),
});
const WANTED = [
  {
    request: { namespace: 'shop', awsIamRole: 'orders', seenAt: '2026-11-23T12:00:00.123Z' },
    occasion: 'uid/2',
  },
];

describe('findResourceWants', () => {
  it.each(['added', 'modified'] as const)(
    'names a resource that was not dealt with: %s',
    (kind) => {
      const find = (object: WatchedObject) => findResourceRequests({ kind, object }, NOW);
      expect(find(aResource(2))).toEqual(WANTED);
      expect(find(aResource(2, {}))).toEqual(WANTED);
      expect(find(aResource(2, { observedGeneration: 1 }))).toEqual(WANTED);
      expect(find(aResource(2, { observedGeneration: '2' }))).toEqual(WANTED);
    },
  );

  it.each(['added', 'modified'] as const)('leaves out one that was: %s', (kind) => {
    const object = aResource(2, { observedGeneration: 2, roleARN: 'arn' });
    expect(findResourceRequests({ kind, object }, NOW)).toEqual([]);
  });

  it('leaves out one that is being deleted', () => {
    const object = aResource(2, undefined, { deletionTimestamp: '2026-11-23T12:00:00Z' });
    expect(findResourceRequests({ kind: 'modified', object }, NOW)).toEqual([]);
  });

  it('throws for what is no resource', () => {
    expect(() => findResourceRequests({ kind: 'added', object: {} }, NOW)).toThrow('no name');
  });
});
