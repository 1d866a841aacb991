import { describe, expect, it } from 'vitest';
import type { ItemOutcome } from '../../../lambda/act/item-outcome.ts';
import type { ManagedSecret } from '../../../lambda/observe/cluster-view.ts';
import { summarize } from '../../../lambda/report/run-report.ts';
import { anAwsIamRole, aSecret, aView, listing, minutes, NOW } from '../../support/builders.ts';

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

function report(outcomes: readonly ItemOutcome[], secrets: readonly ManagedSecret[] = []) {
  return summarize({
    pass: 'refresh',
    startedAt: NOW,
    endedAt: NOW,
    refreshBeforeSeconds: 1_800,
    view: aView({ secrets }),
    plan: { items: [], ignored: [] },
    outcomes,
    unwritten: [],
  });
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

  it('names the lists that did not arrive whole', () => {
    const { incomplete } = summarize({
      pass: 'sweep',
      startedAt: NOW,
      endedAt: minutes(1),
      refreshBeforeSeconds: 1_800,
      view: { ...aView({}), pods: listing([], new Error('page 7 of 12')) },
      plan: { items: [], ignored: [] },
      outcomes: [],
      unwritten: [],
    });
    expect(incomplete).toEqual(['pods: page 7 of 12']);
  });
});
