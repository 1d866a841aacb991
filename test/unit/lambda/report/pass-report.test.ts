import { describe, expect, it } from 'vitest';
import type { ItemOutcome } from '../../../../lambda/act/item-outcome.ts';
import type { ManagedSecret } from '../../../../lambda/observe/managed-secrets.ts';
import { summarizePass } from '../../../../lambda/report/pass-report.ts';
import {
  anAwsIamRole,
  aPod,
  aSecret,
  aView,
  listing,
  minutes,
  NOW,
} from '../../../support/builders/builders.ts';

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
  isComparable: () => true,
  plan: { items: [], ignored: [] },
  unwritten: [],
} as const;

function report(outcomes: readonly ItemOutcome[], secrets: readonly ManagedSecret[] = []) {
  return summarizePass({ ...RECORD, view: aView({ secrets }), outcomes });
}

describe('summarizePass', () => {
  it('finds the nearest expiry', () => {
    expect(report([outcome('a', 59), outcome('b', 31), outcome('c', undefined)])).toMatchObject({
      nearestExpirySeconds: 31 * 60,
      renewalsOverdue: 0,
    });
  });

  it('has no nearest expiry without credentials', () => {
    expect(report([outcome('a', undefined)])).not.toHaveProperty('nearestExpirySeconds');
  });

  it('counts a renewal as overdue once less time is left than the renewal threshold', () => {
    expect(
      report([outcome('a', 29.9, 'failed'), outcome('b', -5), outcome('c', 30)]),
    ).toMatchObject({
      renewalsOverdue: 2,
      nearestExpirySeconds: -300,
      counts: { failed: 1, kept: 2 },
    });
  });

  it('scales the threshold for a short session, and leaves it out of the nearest expiry', () => {
    const short = (left: number) => ({ ...outcome('s', left), sessionSeconds: 900 }) as ItemOutcome;
    expect(report([short(8), outcome('a', 31)])).toMatchObject({
      renewalsOverdue: 0,
      nearestExpirySeconds: 31 * 60,
    });
    expect(report([short(7)])).toMatchObject({ renewalsOverdue: 1 });
  });

  describe('for an AWSIAMRole without a pod', () => {
    const expired = (left: number, reason: string) =>
      ({ ...outcome('r', left, 'failed'), awsIamRole: anAwsIamRole('r'), reason }) as ItemOutcome;

    it('counts expired credentials as overdue', () => {
      expect(report([expired(-5, 'api-failed')])).toMatchObject({
        renewalsOverdue: 1,
        overdueForOperator: 1,
        longestOverdueSeconds: 35 * 60,
      });
    });

    it('stops counting a denied role a day after the expiry', () => {
      expect(report([expired(-24 * 60, 'assume-role-denied')])).toMatchObject({
        renewalsOverdue: 1,
      });
      expect(report([expired(-24 * 60 - 1, 'assume-role-denied')])).toMatchObject({
        secretsInUse: 0,
        renewalsOverdue: 0,
      });
      expect(report([expired(-24 * 60 - 1, 'api-failed')])).toMatchObject({ renewalsOverdue: 1 });
    });
  });

  it('leaves out unused Secrets', () => {
    const marked = aSecret('a', { annotations: { 'kube-aws-iam/unused-since': 'x' } });
    expect(report([outcome('a', 3), outcome('b', 3, 'marked')], [marked])).toMatchObject({
      renewalsOverdue: 0,
    });
  });

  it.each([
    // Few marks of a namespace, and most of them.
    [3, 3, 0],
    [4, 4, 4],
    [4, 8, 0],
    [4, 7, 4],
  ])('with %i of %i Secrets marked counts %i of the marked ones as in use', (count, all, inUse) => {
    const annotations = { 'kube-aws-iam/unused-since': '2026-11-23T11:30:00Z' };
    const secrets = Array.from({ length: all }, (_, i) =>
      aSecret(`aws-iam-${i}`, i < count ? { annotations } : {}),
    );
    const outcomes = secrets.map(({ name }, i) => outcome(name, i < count ? 3 : 40));
    expect(report(outcomes, secrets)).toMatchObject({ renewalsOverdue: inUse });
  });

  it('leaves out unused Secrets whose removal finalizers delay, however many they are', () => {
    const unused = {
      annotations: { 'kube-aws-iam/unused-since': '2026-11-23T11:30:00Z' },
      deletion: { since: NOW, finalizers: ['example.com/keep'] },
    };
    const secrets = Array.from({ length: 30 }, (_, i) => aSecret(`aws-iam-${i}`, unused));
    const outcomes = secrets.map(({ name }) => outcome(name, -20));
    expect(report(outcomes, secrets)).toMatchObject({ secretsInUse: 0, overdueForOperator: 0 });
    // A pod requests one of them, which is renewed while it exists.
    const requested = outcomes.map((one, i) =>
      i === 0 ? { ...one, pod: { namespace: 'shop', name: 'web', uid: 'u' } } : one,
    );
    expect(report(requested, secrets)).toMatchObject({ secretsInUse: 1, renewalsOverdue: 1 });
  });

  it('counts Secrets that the pass itself has marked in mass as in use', () => {
    const secrets = Array.from({ length: 11 }, (_, i) => aSecret(`aws-iam-${i}`));
    const outcomes = secrets.map(({ name }) => outcome(name, 3, 'marked'));
    expect(report(outcomes, secrets)).toMatchObject({ renewalsOverdue: 11 });
  });

  it('reports the most overdue renewal, and how many are denied', () => {
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

  describe('for Secrets created for pods', () => {
    const pod = (createdAt?: Date) => ({
      ...aPod('web', ['aws-iam-a']),
      ...(createdAt && { createdAt }),
    });
    const created = { ...outcome('a', 60), action: 'create', result: 'created', pod: pod() };
    const unannounced = (createdAt: Date | undefined, overrides: object = {}) =>
      summarizePass({
        ...RECORD,
        view: aView({ pods: [pod(createdAt)] }),
        outcomes: [{ ...created, ...overrides } as ItemOutcome],
        forwarderRoleArn: 'arn:forwarder',
      }).createdUnannounced;

    it('counts new pods, which the forwarder should have reported', () => {
      expect(unannounced(minutes(-1))).toBe(1);
    });

    it.each<[string, Date | undefined, object?]>([
      ['of a pod that existed during the previous pass', minutes(-3)],
      ['of a pod without a creation time', undefined],
      ["of the forwarder's own pod", NOW, { roleArn: 'arn:forwarder' }],
      ['that existed', NOW, { result: 'kept' }],
      ['without a pod', NOW, { pod: undefined }],
    ])('does not count one %s', (_, createdAt, overrides) => {
      expect(unannounced(createdAt, overrides)).toBe(0);
    });
  });

  it('names incomplete lists', () => {
    const { incomplete } = summarizePass({
      ...RECORD,
      view: { ...aView({}), pods: listing([], new Error('page 7 of 12')) },
      outcomes: [],
    });
    expect(incomplete).toEqual(['pods: page 7 of 12']);
  });
});
