import { describe, expect, it } from 'vitest';
import type { ItemOutcome } from '../../../../lambda/act/item-outcome.ts';
import type { IgnoredMount } from '../../../../lambda/decide/requested-secrets.ts';
import type { ObservedPod } from '../../../../lambda/observe/pods.ts';
import { countWithheld, refusedMounts } from '../../../../lambda/report/withheld.ts';
import { anAwsIamRole, aPod, listing, minutes, NOW } from '../../../support/builders/builders.ts';
import {
  aFailure,
  aPodReference,
  aRefusal,
  aSuccess,
} from '../../../support/builders/event-builders.ts';

const RUNNING: ObservedPod = { ...aPod('web', ['aws-iam-orders']), createdAt: minutes(-10) };
const ignored = (reason: IgnoredMount['reason']): IgnoredMount => ({
  pod: aPodReference(),
  secretName: 'aws-iam-orders',
  reason,
  message: 'why',
});
const deferred = (action: ItemOutcome['action'], reason: string) =>
  ({ ...aSuccess(), action, result: 'deferred', reason, message: 'later' }) as ItemOutcome;

function count(
  outcomes: readonly ItemOutcome[],
  pods: readonly ObservedPod[] = [RUNNING],
  mounts: readonly IgnoredMount[] = [],
): number {
  return countWithheld({
    view: { pods: listing(pods) },
    outcomes,
    ignored: mounts,
    startedAt: NOW,
  });
}

describe('the Secrets that running pods do not get', () => {
  it.each([
    ['refused', aRefusal(), 1],
    ['denied', aFailure(), 1],
    ['throttled', aFailure({ reason: 'sts-throttled' }), 1],
    ['deferred', deferred('create', 'too-many-in-namespace'), 1],
    ['created again and again', { ...aSuccess(), isRecreated: true } as ItemOutcome, 1],
    ['created', aSuccess(), 0],
    ['kept', aSuccess('kept'), 0],
    ['removed later', deferred('remove', 'wanted-again'), 0],
    ['marked later', deferred('mark', 'changed-meanwhile'), 0],
    ['refused to an AWSIAMRole', { ...aRefusal(), awsIamRole: anAwsIamRole('orders') }, 0],
  ])('%s: %s', (_, outcome, expected) => {
    expect(count([outcome])).toBe(expected);
  });

  it.each([
    ['are pending', { ...RUNNING, isPending: true } as const],
    ['are younger than ten minutes', { ...RUNNING, createdAt: minutes(-9) }],
    ['mount another Secret', { ...RUNNING, secretNames: ['aws-iam-other'] }],
    ['are in another namespace', { ...RUNNING, namespace: 'bank' }],
  ])('do not count pods that %s', (_, pod) => {
    expect(count([aRefusal()], [pod])).toBe(0);
    expect(count([aRefusal()], [pod, RUNNING])).toBe(1);
  });

  it('count a Secret once, and a pod without a creation time as old', () => {
    const { createdAt: _, ...ageless } = RUNNING;
    expect(count([aRefusal()], [ageless, { ...ageless, name: 'web-2' }])).toBe(1);
  });

  it.each<[IgnoredMount['reason'], number]>([
    ['too-many-roles', 1],
    ['impossible-secret-name', 1],
    ['impossible-role-name', 1],
    ['environment-variable', 1],
    ['own-secret', 0],
    ['foreign-secret', 1],
    ['service-account-token', 0],
  ])('count ignored mounts: %s %i', (reason, expected) => {
    expect(count([], [RUNNING], [ignored(reason)])).toBe(expected);
    expect(refusedMounts([ignored(reason)])).toHaveLength(expected);
  });
});
