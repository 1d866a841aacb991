import { describe, expect, it } from 'vitest';
import type { ItemOutcome } from '../../../../lambda/act/item-outcome.ts';
import { summarizePass } from '../../../../lambda/report/pass-report.ts';
import { aView, minutes, NOW } from '../../../support/builders/builders.ts';

/** The outcome of a Secret whose credentials are valid for some more minutes. */
function outcome(namespace: string, left: number | undefined, rest: object): ItemOutcome {
  return {
    ...{ action: 'renew', namespace, name: 'aws-iam-r', role: 'r', roleArn: 'arn:r' },
    sessionSeconds: 3_600,
    expiresAt: left === undefined ? undefined : minutes(left),
    message: '',
    ...rest,
  } as ItemOutcome;
}

const issued = (namespace: string, minutesAgo: number) =>
  outcome(namespace, 60 - minutesAgo, { result: 'kept' });
const failed = (namespace: string, reason: string, left: number | undefined = 24) =>
  outcome(namespace, left, { result: 'failed', reason });
const denied = (namespace: string, left?: number) => failed(namespace, 'assume-role-denied', left);
/** The denied role of an AWSIAMRole or pod of unknown age, without a Secret. */
const neverIssued = (namespace: string) =>
  outcome(namespace, undefined, { result: 'failed', reason: 'assume-role-denied' });
const outOfTime = (namespace: string) =>
  outcome(namespace, 24, { result: 'deferred', reason: 'out-of-time' });
const inNamespaces = <T>(count: number, make: (namespace: string) => T, prefix = 'other') =>
  Array.from({ length: count }, (_, index) => make(`${prefix}-${index}`));
const many = <T>(count: number, one: T) => Array.from({ length: count }, () => one);
const affected = (count: number) => inNamespaces(count, denied, 'affected');

function report(outcomes: readonly ItemOutcome[], isComparable = (_: ItemOutcome) => true) {
  return summarizePass({
    pass: 'refresh',
    startedAt: NOW,
    endedAt: NOW,
    refreshBeforeSeconds: 1_800,
    isComparable,
    view: aView({}),
    plan: { items: [], ignored: [] },
    unwritten: [],
    outcomes,
  });
}

/** Whether a pass with these outcomes counts towards the alarms that page. */
function pages(outcomes: readonly ItemOutcome[]): boolean {
  const { failedForOperator, overdueForOperator } = report(outcomes);
  return failedForOperator + overdueForOperator > 0;
}

/** Namespaces that have credentials, some of which were issued two minutes ago. */
const healthy = (count: number, recently: number) => [
  ...inNamespaces(recently, (namespace) => issued(namespace, 2)),
  ...inNamespaces(count - recently, (namespace) => issued(namespace, 22), 'quiet'),
];

describe('denied roles', () => {
  // affected namespaces, other namespaces in use, of which received credentials recently -> page
  it.each([
    // One namespace: unless nobody has received credentials since.
    [1, 0, 0, true],
    [1, 1, 0, true],
    [1, 1, 1, false],
    [1, 9, 0, true],
    [1, 9, 1, false],
    [1, 999, 1, false],
    // Two: unless they are most of the cluster.
    [2, 0, 0, true],
    [2, 1, 1, true],
    [2, 2, 0, true],
    [2, 2, 1, false],
    [2, 9, 1, false],
    // Three and more: unless more have received credentials recently.
    [3, 9, 2, true],
    [3, 9, 3, false],
    [3, 2, 2, true],
    [50, 150, 49, true],
    [50, 150, 50, false],
    [51, 50, 50, true],
    [200, 0, 0, true],
  ])(
    'in %i namespaces, with %i others, %i of them served recently: pages %s',
    (bad, good, recently, page) => {
      const outcomes = [...affected(bad), ...healthy(good, recently)];
      expect(pages(outcomes)).toBe(page);
      expect(report(outcomes)).toMatchObject({ denied: bad, failedForTenants: bad });
    },
  );

  it.each<[string, readonly ItemOutcome[], boolean]>([
    [
      'a thousand immutable Secrets of one namespace, more than all others have together',
      [...many(1_000, failed('flood', 'secret-immutable')), ...healthy(9, 1)],
      false,
    ],
    [
      'immutable Secrets of one namespace, since nobody has received credentials',
      [...many(25, failed('flood', 'secret-immutable')), ...healthy(9, 0)],
      false,
    ],
    [
      'immutable Secrets in most namespaces',
      [...inNamespaces(5, (name) => failed(name, 'secret-immutable'), 'bad'), ...healthy(4, 0)],
      true,
    ],
    [
      'immutable Secrets of one namespace, and denied roles of another',
      [failed('flood', 'secret-immutable'), denied('other'), ...healthy(9, 0)],
      true,
    ],
    ['expired long ago', [denied('flood', -300), ...healthy(2, 1)], false],
    ['without any credentials', [neverIssued('flood'), ...healthy(2, 1)], false],
    ['one of several of the only namespace', [denied('a'), issued('a', 2)], false],
    ['all of the only namespace', [denied('a'), denied('a')], true],
    ['issued before the problem began', [denied('a', 26), issued('b', 8)], true],
    ['issued after the problem began', [denied('a', 12), issued('b', 8)], false],
    // A tenant cannot look like an outage by problems that have just begun.
    [
      'of the first pod of a cluster, in which no credentials are in use',
      [neverIssued('a')],
      false,
    ],
    ['of an old and a new problem', [denied('a', 12), denied('a', 29), issued('b', 4)], false],
  ])('%s', (_, outcomes, page) => {
    expect(pages(outcomes)).toBe(page);
  });

  it.each([
    [10, false],
    [70, false],
    [80, true],
    [1_200, true],
    // Others have been served since.
    [1_400, false],
  ])('of a pod that was created %i seconds ago: pages %s', (seconds, page) => {
    const pod = {
      ...{ namespace: 'a', name: 'web', uid: 'u' },
      createdAt: new Date(NOW.getTime() - seconds * 1_000),
    };
    const create = outcome('a', undefined, { result: 'failed', reason: 'assume-role-denied', pod });
    expect(pages([create, ...healthy(1, 0)])).toBe(page);
  });

  it("do not count the forwarder's session as evidence if settings apply to the others only", () => {
    const outcomes = [denied('a'), issued('kube-aws-iam', 2)];
    const { failedForOperator } = report(outcomes, ({ namespace }) => namespace !== 'kube-aws-iam');
    expect([failedForOperator, report(outcomes).failedForOperator]).toEqual([1, 0]);
  });

  it('do not count a forged expiry or an unknown duration as evidence', () => {
    const forged = issued('b', -30);
    const outdated = { ...issued('b', 2), outdated: { roleArn: undefined } };
    expect(pages([denied('a'), forged])).toBe(true);
    expect(pages([denied('a'), outdated])).toBe(true);
  });
});

describe.each<[string, (namespace: string) => ItemOutcome]>([
  ['sts-failed', (namespace) => failed(namespace, 'sts-failed')],
  ['sts-throttled', (namespace) => failed(namespace, 'sts-throttled')],
  ['api-failed', (namespace) => failed(namespace, 'api-failed')],
  ['out-of-time', outOfTime],
])('%s', (_, problem) => {
  // affected namespaces, other namespaces in use, of which received credentials recently -> page
  it.each([
    [1, 0, 0, true],
    [1, 1, 0, true],
    [1, 1, 1, false],
    [1, 999, 1, false],
    [2, 0, 0, true],
    [2, 999, 999, true],
    [3, 9, 9, true],
  ])(
    'in %i namespaces, with %i others, %i of them served recently: pages %s',
    (bad, good, recently, page) => {
      expect(pages([...inNamespaces(bad, problem, 'affected'), ...healthy(good, recently)])).toBe(
        page,
      );
    },
  );

  it('of 10,000 Secrets of a namespace that floods does not page', () => {
    expect(pages([...many(10_000, problem('flood')), ...healthy(2, 1)])).toBe(false);
  });

  it('of the only namespace pages, although other Secrets of it are served', () => {
    expect(pages([problem('a'), issued('a', 2)])).toBe(true);
  });

  it("is the tickets' matter where one namespace fails", () => {
    const { counts, failedForTenants } = report([problem('a'), ...healthy(2, 1)]);
    expect(failedForTenants + counts.deferred).toBe(1);
  });
});

it.each([
  ['the intermediate role', 'intermediate-role-denied', true],
  ['the token that opens sessions', 'identity-token-missing', true],
  ['credentials of the refresher itself', 'own-credentials-expired', true],
  ['a provider that one account lacks', 'identity-provider-refused', false],
] as const)('pages for %s, which no tenant can break: %s, %s', (_, reason, isPaged) => {
  expect(pages([failed('a', reason), ...healthy(9, 9)])).toBe(isPaged);
});

it('pages for a provider that all accounts lack', () => {
  const outcomes = ['a', 'b', 'c'].map((name) => failed(name, 'identity-provider-refused'));
  expect(pages(outcomes)).toBe(true);
});

it('separates denied roles of a tenant from what else fails', () => {
  const outcomes = [denied('a'), failed('b', 'api-failed'), failed('c', 'api-failed')];
  expect(report([...outcomes, ...healthy(9, 3)])).toMatchObject({
    failedForOperator: 2,
    failedForTenants: 1,
    overdueForOperator: 2,
    renewalsDenied: 1,
  });
});
