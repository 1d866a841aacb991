import { describe, expect, it } from 'vitest';
import type { ItemOutcome } from '../../../lambda/act/item-outcome.ts';
import type { ManagedSecret } from '../../../lambda/observe/cluster-view.ts';
import { summarize } from '../../../lambda/report/run-report.ts';
import {
  anAwsIamRole,
  aPod,
  aSecret,
  aView,
  listing,
  minutes,
  NOW,
} from '../../support/builders.ts';

function outcome(
  name: string,
  left: number | undefined,
  result: 'kept' | 'failed' | 'marked' = 'kept',
) {
  return {
    action: 'keep',
    namespace: 'shop',
    name,
    role: name,
    roleArn: `arn:${name}`,
    sessionSeconds: 3_600,
    expiresAt: left === undefined ? undefined : minutes(left),
    result,
    ...(result === 'failed' ? { reason: 'sts-failed', message: 'down' } : {}),
  } as ItemOutcome;
}

const RECORD = {
  pass: 'refresh',
  startedAt: NOW,
  endedAt: NOW,
  refreshBeforeSeconds: 1_800,
  plan: { items: [], ignored: [] },
  unwritten: [],
} as const;

function report(outcomes: readonly ItemOutcome[], secrets: readonly ManagedSecret[] = []) {
  return summarize({ ...RECORD, view: aView({ secrets }), outcomes });
}

describe('summarize', () => {
  it('finds the credentials that end first', () => {
    expect(report([outcome('a', 59), outcome('b', 31), outcome('c', undefined)])).toMatchObject({
      nearestExpirySeconds: 31 * 60,
      renewalsOverdue: 0,
    });
  });

  it('says nothing of expiry when there are no credentials', () => {
    expect(report([outcome('a', undefined)])).not.toHaveProperty('nearestExpirySeconds');
  });

  it('counts a renewal as overdue when less is left than it should have waited for', () => {
    expect(
      report([outcome('a', 29.9, 'failed'), outcome('b', -5), outcome('c', 30)]),
    ).toMatchObject({
      renewalsOverdue: 2,
      nearestExpirySeconds: -300,
      counts: { failed: 1, kept: 2 },
    });
  });

  it('counts a short session by its own measure, and not as the nearest to its end', () => {
    const short = (left: number) => ({ ...outcome('s', left), sessionSeconds: 900 }) as ItemOutcome;
    expect(report([short(8), outcome('a', 31)])).toMatchObject({
      renewalsOverdue: 0,
      nearestExpirySeconds: 31 * 60,
    });
    expect(report([short(7)])).toMatchObject({ renewalsOverdue: 1 });
  });

  it('lets go of an AWSIAMRole whose credentials have ended and that no pod was seen to mount', () => {
    const ended = { ...outcome('r', -5, 'failed'), awsIamRole: anAwsIamRole('r') } as ItemOutcome;
    const pod = { namespace: 'shop', name: 'web', uid: 'u' };
    expect(report([ended])).toMatchObject({ renewalsOverdue: 0 });
    expect(report([{ ...ended, pod } as ItemOutcome])).toMatchObject({ renewalsOverdue: 1 });
  });

  it('leaves out what nothing uses', () => {
    const marked = aSecret('a', { annotations: { 'kube-aws-iam/unused-since': 'x' } });
    expect(report([outcome('a', 3), outcome('b', 3, 'marked')], [marked])).toMatchObject({
      renewalsOverdue: 0,
    });
  });

  it('says by how much the most overdue renewal is late, and which a person has to mend', () => {
    const denied = { ...outcome('d', 10, 'failed'), reason: 'assume-role-denied' } as ItemOutcome;
    expect(report([outcome('a', 25, 'failed'), denied, outcome('c', 40)])).toMatchObject({
      secretsInUse: 3,
      renewalsOverdue: 2,
      renewalsDenied: 1,
      longestOverdueSeconds: 20 * 60,
      denied: 1,
      reasons: { 'sts-failed': 1, 'assume-role-denied': 1 },
    });
    expect(report([outcome('c', 40)])).toMatchObject({ longestOverdueSeconds: 0, reasons: {} });
  });

  describe('of Secrets that a run made for pods', () => {
    const pod = (createdAt?: Date) => ({
      ...aPod('web', ['aws-iam-a']),
      ...(createdAt && { createdAt }),
    });
    const created = { ...outcome('a', 60), action: 'create', result: 'created', pod: pod() };
    const unannounced = (createdAt: Date | undefined, overrides: object = {}) =>
      summarize({
        ...RECORD,
        view: aView({ pods: [pod(createdAt)] }),
        outcomes: [{ ...created, ...overrides } as ItemOutcome],
        forwarderRoleArn: 'arn:forwarder',
      }).createdUnannounced;

    it('counts those whose pod came since the last run, which the forwarder should have announced', () => {
      expect(unannounced(minutes(-1))).toBe(1);
    });

    it.each<[string, Date | undefined, object?]>([
      ['of a pod that an earlier run could not serve', minutes(-3)],
      ['of a pod of which it is not known', undefined],
      ["of the forwarder's own, which nobody can announce", NOW, { roleArn: 'arn:forwarder' }],
      ['that was there', NOW, { result: 'kept' }],
      ['of no pod', NOW, { pod: undefined }],
    ])('does not count one %s', (_, createdAt, overrides) => {
      expect(unannounced(createdAt, overrides)).toBe(0);
    });
  });

  it('names the lists that did not arrive whole', () => {
    const { incomplete } = summarize({
      ...RECORD,
      view: { ...aView({}), pods: listing([], new Error('page 7 of 12')) },
      outcomes: [],
    });
    expect(incomplete).toEqual(['pods: page 7 of 12']);
  });
});
