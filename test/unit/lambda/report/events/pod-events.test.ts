import { describe, expect, it } from 'vitest';
import type { FailureReason, ItemOutcome } from '../../../../../lambda/act/item-outcome.ts';
import { createGuard } from '../../../../../lambda/decide/guard.ts';
import type { RefuseItem } from '../../../../../lambda/decide/plan.ts';
import {
  collectRequestedSecrets,
  type IgnoredMount,
} from '../../../../../lambda/decide/requested-secrets.ts';
import { podEvents } from '../../../../../lambda/report/events/pod-events.ts';
import {
  aNamespace,
  aPod,
  aPolicy,
  BASE_ROLE_ARN,
  listing,
  minutes,
  NOW,
} from '../../../../support/builders/builders.ts';
import {
  aFailure,
  aPodReference,
  aRefusal,
  aSuccess,
} from '../../../../support/builders/event-builders.ts';

const NEVER = () => false;
const ALWAYS = () => true;

const reasonsOf = (outcomes: readonly ItemOutcome[], ignored: readonly IgnoredMount[] = []) =>
  podEvents(outcomes, ignored, NEVER, NOW).map(({ reason }) => reason);

/** What only a failure has. */
interface FailedFields {
  readonly reason: string;
  readonly message: string;
}

describe('podEvents', () => {
  it('warns a pod whose request is refused, with the message of the refusal', () => {
    expect(podEvents([aRefusal()], [], NEVER, NOW)).toEqual([
      {
        regarding: {
          apiVersion: 'v1',
          kind: 'Pod',
          namespace: 'shop',
          name: 'web',
          uid: 'uid-of-web',
        },
        secretName: 'aws-iam-orders',
        type: 'Warning',
        reason: 'RoleForbidden',
        note: 'Secret aws-iam-orders: namespace shop allows no role',
      },
    ]);
  });

  it.each<[RefuseItem['reason'], string[]]>([
    ['role-denied', ['RoleForbidden']],
    ['role-not-assumable', ['RoleForbidden']],
    ['namespace-not-annotated', ['RoleForbidden']],
    ['namespace-annotation-malformed', ['RoleForbidden']],
    ['namespace-does-not-allow', ['RoleForbidden']],
    ['name-taken', ['CreateSecretFailed']],
    ['namespace-terminating', []],
  ])('maps the refusal %s to %j', (reason, reasons) => {
    expect(reasonsOf([aRefusal({ reason })])).toEqual(reasons);
  });

  it.each<[FailureReason, ItemOutcome['action'], string[]]>([
    ['assume-role-denied', 'create', ['GetCredentialsFailed']],
    ['sts-refused', 'renew', ['GetCredentialsFailed']],
    ['api-refused', 'create', ['CreateSecretFailed']],
    ['api-refused', 'renew', ['UpdateSecretFailed']],
    ['api-refused', 'unmark', []],
    ['api-refused', 'remove', []],
    ['sts-throttled', 'create', []],
    ['sts-failed', 'create', []],
    ['api-failed', 'create', []],
  ])('maps the failure %s of a %s to %j', (reason, action, reasons) => {
    expect(reasonsOf([aFailure({ reason, action })])).toEqual(reasons);
  });

  it('names annotations without effect when STS denies the role, and only then', () => {
    const pod = {
      ...aPodReference(),
      ignoredAnnotations: ['iam.amazonaws.com/external-id', 'iam.amazonaws.com/session-name'],
    } as const;
    const notes = (outcome: ItemOutcome) =>
      podEvents([outcome], [], NEVER, NOW).map(({ note }) => note);
    expect(notes(aFailure({}, pod))).toEqual([
      "Secret aws-iam-orders: not authorized. The pod's annotations " +
        'iam.amazonaws.com/external-id (instead: setting externalId) and ' +
        'iam.amazonaws.com/session-name (instead: setting sessionName) have no effect',
    ]);
    for (const outcome of [
      aRefusal({}, pod),
      aFailure({ reason: 'api-refused' }, pod),
      aFailure(),
    ]) {
      expect(notes(outcome)).not.toEqual([expect.stringContaining('have no effect')]);
    }
  });

  it('has no Event for a deferred Secret, and none without a pod', () => {
    const deferred: ItemOutcome = {
      ...aRefusal(),
      result: 'deferred',
      reason: 'out-of-time',
      message: 'later',
    };
    const { pod: _, ...podless } = aRefusal();
    expect(reasonsOf([deferred, podless])).toEqual([]);
  });

  it('warns about ignored mounts, except ServiceAccount tokens', () => {
    const names = ['aws-iam-Orders', `aws-iam-${'r'.repeat(65)}`, 'aws-iam-x-token-bcdfg'];
    const many = Array.from({ length: 22 }, (_each, index) => `aws-iam-r${index}`);
    const { ignored } = collectRequestedSecrets([aPod('web', names), aPod('many', many)]);
    expect(podEvents([], ignored, NEVER, NOW)).toMatchObject([
      {
        type: 'Warning',
        reason: 'SecretIgnored',
        note: expect.stringMatching(/^Secret aws-iam-Orders: no Secret can have this name/),
      },
      { reason: 'SecretIgnored', note: expect.stringContaining('no IAM role can have this name') },
      { reason: 'SecretIgnored', regarding: { name: 'many' }, secretName: 'aws-iam-r20' },
    ]);
  });

  it.each(['created', 'renewed', 'kept', 'unmarked'] as const)(
    'reports the recovery when a Secret is %s for a pod that was warned',
    (result) => {
      const queries: string[] = [];
      const events = podEvents(
        [aSuccess(result)],
        [],
        ({ uid }, secret) => {
          queries.push(`${uid} ${secret}`);
          return true;
        },
        NOW,
      );
      expect(queries).toEqual(['uid-of-web aws-iam-orders']);
      expect(events).toMatchObject([
        {
          type: 'Normal',
          reason: 'CredentialsRecovered',
          note: 'Secret aws-iam-orders: it holds valid credentials of arn:aws:iam::123456789012:role/orders',
        },
      ]);
      expect(podEvents([aSuccess(result)], [], NEVER, NOW)).toEqual([]);
    },
  );

  it('reports a failure that was not tried in this pass only to a pod that was not warned, with the times', () => {
    const backedOff = { triedAt: NOW, retryAt: new Date(NOW.getTime() + 10_000) };
    const outcome = aFailure({ message: 'denied', backedOff });
    expect(podEvents([outcome], [], ALWAYS, NOW)).toEqual([]);
    expect(podEvents([outcome], [], NEVER, NOW)).toMatchObject([
      {
        reason: 'GetCredentialsFailed',
        note:
          'Secret aws-iam-orders: denied (last tried at 2026-11-23T12:00:00Z, next at 2026-11-23T12:00:10Z ' +
          'or a minute later)',
      },
    ]);
  });

  it.each<[IgnoredMount['reason'], string[]]>([
    ['environment-variable', ['Warning SecretIgnored']],
    ['foreign-secret', ['Normal SecretIgnored']],
    ['own-secret', []],
  ])('of the ignored use %s are %j, without a recovery', (reason, expected) => {
    const mount = { pod: aPodReference(), secretName: 'aws-iam-orders', reason, message: 'x' };
    const events = podEvents([aSuccess('kept')], [mount], ALWAYS, NOW);
    expect(events.map((event) => `${event.type} ${event.reason}`)).toEqual(expected);
  });

  it('reports no recovery while STS throttles', () => {
    expect(podEvents([aFailure({ reason: 'sts-throttled' })], [], ALWAYS, NOW)).toEqual([]);
  });

  it('considers at most 500 Events of a namespace', () => {
    const flood = Array.from({ length: 600 }, (_each, index) =>
      aRefusal({}, aPodReference(`web-${index}`)),
    );
    const { ignored } = collectRequestedSecrets([aPod('more', ['aws-iam-X'])]);
    const other = aRefusal({}, aPodReference('other', 'bank'));
    const events = podEvents([...flood, other], ignored, NEVER, NOW);
    expect(events).toHaveLength(501);
    expect(events.at(-1)).toMatchObject({ regarding: { namespace: 'bank' } });
  });

  it('truncates and sanitizes the name of a mounted Secret', () => {
    const hostile = `aws-iam-$(curl evil)\u001b[2J\n${'é🔑'.repeat(300_000)}`;
    const { ignored } = collectRequestedSecrets([aPod('web', [hostile])]);
    const [event] = podEvents([aRefusal({ message: 'é'.repeat(5_000) })], ignored, NEVER, NOW);
    expect(Buffer.byteLength(event?.note ?? '')).toBeLessThanOrEqual(1_024);
    const [mount] = podEvents([], ignored, NEVER, NOW);
    expect(mount?.secretName).toHaveLength(253);
    expect(mount?.note).toMatch(/^Secret aws-iam-\?\?curl\?evil\?\?\?2J\?{3,}: no Secret can/);
  });

  it.each([
    { 'iam.amazonaws.com/allowed-roles': '["; rm -rf /"]' },
    { 'iam.amazonaws.com/allowed-roles': '; rm -rf / #' },
    { 'iam.amazonaws.com/permitted': '; rm -rf / #(' },
  ])('never quotes the annotation of a namespace: %j', (annotations) => {
    const guard = createGuard(aPolicy(), listing([aNamespace('shop', annotations)]));
    const verdict = guard('shop', `${BASE_ROLE_ARN}orders`, 'pod');
    if (verdict.kind !== 'refused') throw new Error('the guard must refuse');
    const [event] = podEvents([aRefusal(verdict)], [], NEVER, NOW);
    expect(event?.note).toContain('namespace shop');
    expect(event?.note).not.toContain('rm -rf');
  });
});

describe('what may pass by itself', () => {
  const waiting = (minutesAgo: number) => ({ ...aPodReference(), createdAt: minutes(-minutesAgo) });
  const reasons = (outcome: ItemOutcome) =>
    podEvents([outcome], [], NEVER, NOW).map(({ reason }) => reason);

  it.each(['sts-throttled', 'sts-failed', 'api-failed'] as const)(
    'is reported when it lasts: %s',
    (reason) => {
      expect(reasons(aFailure({ reason }, waiting(4)))).toEqual([]);
      expect(reasons(aFailure({ reason }, waiting(5)))).toHaveLength(1);
      const valid = (left: number) => aFailure({ reason, expiresAt: minutes(left) }, waiting(60));
      expect(reasons(valid(15))).toEqual([]);
      expect(reasons(valid(14))).toHaveLength(1);
    },
  );

  it.each([
    ['created', 3_600, ['SessionShortened Normal']],
    ['renewed', 3_600, ['SessionShortened Normal']],
    ['kept', 3_600, []],
    ['created', undefined, []],
  ])('says that a session is shorter than configured: %s, %s', (result, limitedSeconds, said) => {
    const session = { sessionSeconds: 43_200, limitedSeconds, expiresAt: minutes(60) };
    const outcome = { ...aFailure({}, waiting(1)), result, ...session } as ItemOutcome;
    const { reason: _, message: __, ...issued } = outcome as ItemOutcome & FailedFields;
    const events = podEvents([issued as ItemOutcome], [], () => false, NOW);
    expect(events.map((one) => `${one.reason} ${one.type}`)).toEqual(said);
    for (const { note } of events) expect(note).toContain('--max-session-duration 43200');
  });

  it('is not reported while a short session has a quarter left, as in the status', () => {
    const short = (left: number): ItemOutcome => ({
      ...aFailure({ reason: 'sts-throttled', expiresAt: minutes(left) }, waiting(60)),
      sessionSeconds: 900,
    });
    expect(reasons(short(3.75))).toEqual([]);
    expect(reasons(short(3.7))).toEqual(['GetCredentialsFailed']);
  });

  it('is reported when a Secret is deferred for minutes, but not if it only stays longer', () => {
    const deferred = (reason: string, minutesAgo: number) =>
      ({ ...aFailure({}, waiting(minutesAgo)), result: 'deferred', reason }) as ItemOutcome;
    expect(reasons(deferred('too-many-in-namespace', 4))).toEqual([]);
    expect(reasons(deferred('too-many-in-namespace', 5))).toEqual(['CreateSecretFailed']);
    expect(reasons(deferred('wanted-again', 60))).toEqual([]);
  });
});

it('warns of a Secret that somebody deletes again and again', () => {
  const recreated = { ...aSuccess('created'), isRecreated: true } as ItemOutcome;
  expect(podEvents([recreated], [], NEVER, NOW)).toMatchObject([
    { type: 'Warning', reason: 'SecretDeleted', note: expect.stringMatching(/audit log/) },
  ]);
});
