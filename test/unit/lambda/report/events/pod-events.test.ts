import { describe, expect, it } from 'vitest';
import type { FailureReason, ItemOutcome } from '../../../../../lambda/act/item-outcome.ts';
import { collectRequestedSecrets, type IgnoredMount } from '../../../../../lambda/decide/requested-secrets.ts';
import { createGuard } from '../../../../../lambda/decide/guard.ts';
import type { RefuseItem } from '../../../../../lambda/decide/plan.ts';
import { podEvents } from '../../../../../lambda/report/events/pod-events.ts';
import { aNamespace, aPod, aPolicy, BASE_ROLE_ARN, listing } from '../../../../support/builders.ts';
import { aFailure, aPodReference, aRefusal, aSuccess } from '../../../../support/event-builders.ts';

const NEVER = () => false;
const ALWAYS = () => true;

const reasonsOf = (outcomes: readonly ItemOutcome[], ignored: readonly IgnoredMount[] = []) =>
  podEvents(outcomes, ignored, NEVER).map(({ reason }) => reason);

describe('podEvents', () => {
  it('warns the pod that wants what is refused, with all that the refusal says', () => {
    expect(podEvents([aRefusal()], [], NEVER)).toEqual([
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
  ])('calls the refusal %s %j', (reason, reasons) => {
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
  ])('calls the failure %s of a %s %j', (reason, action, reasons) => {
    expect(reasonsOf([aFailure({ reason, action })])).toEqual(reasons);
  });

  it('says nothing of what waits for the next run, and nothing where no pod was seen', () => {
    const deferred: ItemOutcome = {
      ...aRefusal(),
      result: 'deferred',
      reason: 'out-of-time',
      message: 'later',
    };
    const { pod: _, ...podless } = aRefusal();
    expect(reasonsOf([deferred, podless])).toEqual([]);
  });

  it('warns of mounts that ask for nothing, but for the token of a ServiceAccount', () => {
    const names = ['aws-iam-Orders', `aws-iam-${'r'.repeat(65)}`, 'aws-iam-x-token-bcdfg'];
    const many = Array.from({ length: 22 }, (_each, index) => `aws-iam-r${index}`);
    const { ignored } = collectRequestedSecrets([aPod('web', names), aPod('many', many)]);
    expect(podEvents([], ignored, NEVER)).toMatchObject([
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
    'gives the all-clear when a Secret is %s for a pod that was warned of it',
    (result) => {
      const asked: string[] = [];
      const events = podEvents([aSuccess(result)], [], ({ uid }, secret) => {
        asked.push(`${uid} ${secret}`);
        return true;
      });
      expect(asked).toEqual(['uid-of-web aws-iam-orders']);
      expect(events).toMatchObject([
        {
          type: 'Normal',
          reason: 'CredentialsRecovered',
          note: 'Secret aws-iam-orders: credentials of arn:aws:iam::123456789012:role/orders are there',
        },
      ]);
      expect(podEvents([aSuccess(result)], [], NEVER)).toEqual([]);
    },
  );

  it('gives no all-clear for trouble that nobody can mend', () => {
    expect(podEvents([aFailure({ reason: 'sts-throttled' })], [], ALWAYS)).toEqual([]);
  });

  it('considers 500 of a namespace, whatever its pods ask for', () => {
    const flood = Array.from({ length: 600 }, (_each, index) =>
      aRefusal({}, aPodReference(`web-${index}`)),
    );
    const { ignored } = collectRequestedSecrets([aPod('more', ['aws-iam-X'])]);
    const other = aRefusal({}, aPodReference('other', 'bank'));
    const events = podEvents([...flood, other], ignored, NEVER);
    expect(events).toHaveLength(501);
    expect(events.at(-1)).toMatchObject({ regarding: { namespace: 'bank' } });
  });

  it('keeps notes in bounds and harmless, whatever a mounted Secret is called', () => {
    const hostile = `aws-iam-$(curl evil)\u001b[2J\n${'é🔑'.repeat(300_000)}`;
    const { ignored } = collectRequestedSecrets([aPod('web', [hostile])]);
    const [event] = podEvents([aRefusal({ message: 'é'.repeat(5_000) })], ignored, NEVER);
    expect(Buffer.byteLength(event?.note ?? '')).toBeLessThanOrEqual(1_024);
    const [mount] = podEvents([], ignored, NEVER);
    expect(mount?.secretName).toHaveLength(253);
    expect(mount?.note).toMatch(/^Secret aws-iam-\?\?curl\?evil\?\?\?2J\?{3,}: no Secret can/);
  });

  it.each([
    { 'iam.amazonaws.com/allowed-roles': '["; rm -rf /"]' },
    { 'iam.amazonaws.com/allowed-roles': '; rm -rf / #' },
    { 'iam.amazonaws.com/permitted': '; rm -rf / #(' },
  ])('never quotes what a namespace is annotated with: %j', (annotations) => {
    const guard = createGuard(aPolicy(), listing([aNamespace('shop', annotations)]));
    const verdict = guard('shop', `${BASE_ROLE_ARN}orders`, 'pod');
    if (verdict.kind !== 'refused') throw new Error('it has to be refused');
    const [event] = podEvents([aRefusal(verdict)], [], NEVER);
    expect(event?.note).toContain('namespace shop');
    expect(event?.note).not.toContain('rm -rf');
  });
});
