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
} from '../../../support/builders.ts';

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
  return summarizePass({ ...RECORD, view: aView({ secrets }), outcomes });
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

  describe('of an AWSIAMRole that no pod was seen to mount', () => {
    const ended = (left: number, reason: string) =>
      ({ ...outcome('r', left, 'failed'), awsIamRole: anAwsIamRole('r'), reason }) as ItemOutcome;

    it('goes on counting when its credentials have ended', () => {
      expect(report([ended(-5, 'api-failed')])).toMatchObject({
        renewalsOverdue: 1,
        overdueForOperator: 1,
        longestOverdueSeconds: 35 * 60,
      });
    });

    it('lets go of a denied role that nobody has mended for a day', () => {
      expect(report([ended(-24 * 60, 'assume-role-denied')])).toMatchObject({ renewalsOverdue: 1 });
      expect(report([ended(-24 * 60 - 1, 'assume-role-denied')])).toMatchObject({
        secretsInUse: 0,
        renewalsOverdue: 0,
      });
      expect(report([ended(-24 * 60 - 1, 'api-failed')])).toMatchObject({ renewalsOverdue: 1 });
    });
  });

  describe('of what is denied', () => {
    const denied = (namespace: string, left?: number) =>
      ({
        ...outcome('d', left, 'failed'),
        namespace,
        reason: 'assume-role-denied',
      }) as ItemOutcome;
    const given = (left: number) => outcome('g', left);
    const many = <T>(count: number, one: T) => Array.from({ length: count }, () => one);

    it.each<[string, readonly ItemOutcome[]]>([
      ['one of several', [denied('a', 20), given(40), given(35)]],
      ['two namespaces, however many', [...many(9, denied('a')), ...many(9, denied('b'))]],
      [
        'three namespaces, while more was given in the last ten minutes',
        [denied('a'), denied('b'), denied('c'), ...many(3, given(51))],
      ],
    ])('leaves it to its owners: %s', (_, outcomes) => {
      const { failed } = report(outcomes).counts;
      expect(report(outcomes)).toMatchObject({
        denied: failed,
        failedForOperator: 0,
        overdueForOperator: 0,
      });
    });

    it.each<[string, readonly ItemOutcome[]]>([
      ['more than half of what is in use', [denied('a', 20), denied('a', 25), given(55)]],
      ['all that there is', [denied('a', 20)]],
      [
        'three namespaces, of which more is denied than was given lately',
        [
          denied('a', 20),
          denied('b', 25),
          denied('c'),
          given(51),
          given(53),
          ...many(9, given(49)),
        ],
      ],
    ])('takes it for what all roles share: %s', (_, outcomes) => {
      const { counts, renewalsDenied } = report(outcomes);
      expect(report(outcomes)).toMatchObject({
        denied: counts.failed,
        failedForOperator: counts.failed,
        overdueForOperator: renewalsDenied,
      });
    });

    it('takes the rest of the failures for the operator to mend', () => {
      const others = many(2, outcome('f', 20, 'failed'));
      expect(report([denied('a', 20), ...others, ...many(3, given(40))])).toMatchObject({
        failedForOperator: 2,
        renewalsDenied: 1,
        overdueForOperator: 2,
      });
    });
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
      summarizePass({
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
    const { incomplete } = summarizePass({
      ...RECORD,
      view: { ...aView({}), pods: listing([], new Error('page 7 of 12')) },
      outcomes: [],
    });
    expect(incomplete).toEqual(['pods: page 7 of 12']);
  });
});
