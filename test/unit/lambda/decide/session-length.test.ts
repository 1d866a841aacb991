import { describe, expect, it } from 'vitest';
import {
  createFingerprint,
  type SessionSettings,
} from '../../../../lambda/decide/configured-session.ts';
import { createPlanContext } from '../../../../lambda/decide/plan.ts';
import { sessionSecondsOf } from '../../../../lambda/decide/plan-awsiamrole.ts';
import { planRefresh } from '../../../../lambda/decide/plan-refresh.ts';
import { refreshBeforeOf } from '../../../../lambda/decide/secret-state.ts';
import {
  aNamespace,
  anAwsIamRole,
  aPod,
  aPolicy,
  aSecret,
  aView,
  BASE_ROLE_ARN,
  minutes,
  NOW,
  ofAwsIamRole,
  SESSION_CONFIG,
} from '../../../support/builders/builders.ts';

const FORWARDER = `${BASE_ROLE_ARN}forwarder`;
const HOURLY: SessionSettings = { nameForm: 'namespace', source: 'role', seconds: 3_600 };
const OIDC: SessionSettings = { nameForm: 'namespace', source: 'oidc', seconds: 43_200 };

const configOf = (sessions: SessionSettings, refreshBeforeSeconds = sessions.seconds / 2) => ({
  ...SESSION_CONFIG,
  sessions,
  policy: { ...aPolicy(), forwarderRoleArn: FORWARDER },
  refreshBeforeSeconds,
});

/** A Secret as it was written with these settings, with as many minutes left. */
function written(
  name: string,
  sessions: SessionSettings,
  left: number,
  seconds = sessions.seconds,
) {
  const roleArn = BASE_ROLE_ARN + name.replace('aws-iam-', '');
  const fingerprint = createFingerprint(configOf(sessions))({
    namespace: 'shop',
    roleArn,
    sessionSeconds: seconds,
  });
  return aSecret(name, { annotations: { 'kube-aws-iam/session': fingerprint } }, minutes(left));
}

function plan(
  secrets: readonly ReturnType<typeof aSecret>[],
  sessions: SessionSettings,
  now: Date = NOW,
  refreshBeforeSeconds?: number,
) {
  const pods = secrets.map(({ name }) => aPod(`pod-of-${name}`, [name]));
  const view = aView({ secrets, pods });
  const context = createPlanContext(configOf(sessions, refreshBeforeSeconds), view.namespaces, now);
  return planRefresh(context, view).items;
}

const names = Array.from({ length: 200 }, (_, i) => `aws-iam-app-${i}`);

describe('when the length of sessions changes', () => {
  it.each([
    ['from one hour to twelve', HOURLY, OIDC, 55],
    ['from twelve hours to one', OIDC, HOURLY, 11 * 60],
    ['from twelve hours to two', OIDC, { ...OIDC, seconds: 7_200 }, 11 * 60],
    ['not, but who opens them', HOURLY, { ...OIDC, seconds: 3_600 }, 55],
  ])('%s, all are renewed within five minutes, by turns', (_, before, after, left) => {
    const secrets = names.map((name) => written(name, before, left));
    const renewedAt = [0, 1, 2, 3, 4].map(
      (minute) =>
        plan(secrets, after, minutes(minute)).filter(({ action }) => action === 'renew').length,
    );
    expect(renewedAt[0]).toBeGreaterThan(20);
    expect(renewedAt[0]).toBeLessThan(60);
    expect(renewedAt[4]).toBe(200);
    // Their expiry is known, and they are not overdue meanwhile.
    for (const item of plan(secrets, after)) {
      expect(item.expiresAt).toEqual(minutes(left));
      expect(refreshBeforeOf(item, after.seconds / 2)).toBeLessThan(left * 60);
    }
  });

  it('Secrets of the new length are kept', () => {
    const secrets = names.map((name) => written(name, OIDC, 12 * 60 - 1));
    expect(plan(secrets, OIDC).every(({ action }) => action === 'keep')).toBe(true);
  });

  it('and an expiry is later than any session, it is not believed', () => {
    const [item] = plan([written('aws-iam-app', OIDC, 13 * 60)], HOURLY);
    expect(item).toMatchObject({ action: 'renew', expiresAt: undefined });
  });

  it('an expiry that the configured session cannot have is not believed', () => {
    const [item] = plan([written('aws-iam-app', HOURLY, 120)], HOURLY);
    expect(item).toMatchObject({ action: 'renew', expiresAt: undefined });
  });
});

describe('sessions of twelve hours', () => {
  it.each([
    // minutes before expiry, minutes left -> renewed
    [undefined, 6 * 60 + 31, false],
    [undefined, 6 * 60 - 1, true],
    [680, 711, false],
    [680, 679, true],
    [20, 51, false],
    [20, 19, true],
  ])('are renewed %s minutes before they expire: %i left, %s', (before, left, isRenewed) => {
    const secrets = [written('aws-iam-app', OIDC, left)];
    const seconds = before === undefined ? undefined : before * 60;
    const [item] = plan(secrets, OIDC, NOW, seconds);
    expect(item?.action).toBe(isRenewed ? 'renew' : 'keep');
  });

  it('that the role limits to an hour are renewed after half of it', () => {
    const limited = (left: number) => {
      const secret = written('aws-iam-app', OIDC, left);
      const annotations = { ...secret.annotations, 'kube-aws-iam/session-seconds': '3600' };
      return plan([{ ...secret, annotations }], OIDC)[0]?.action;
    };
    expect(limited(36)).toBe('keep');
    expect(limited(29)).toBe('renew');
  });

  it('are not those of the forwarder', () => {
    const view = aView({
      pods: [{ ...aPod('forwarder', ['aws-iam-forwarder']), namespace: 'kube-aws-iam' }],
      namespaces: [aNamespace('kube-aws-iam')],
    });
    const context = createPlanContext(configOf(OIDC), view.namespaces, NOW);
    expect(planRefresh(context, view).items).toMatchObject([{ sessionSeconds: 3_600 }]);
  });

  it.each([
    [undefined, 43_200],
    [0, 43_200],
    [900, 900],
    [14_400, 14_400],
    [43_200, 43_200],
    [99_999, 43_200],
    [-5, 900],
  ])('of an AWSIAMRole that requests %s last %i s', (roleSessionDuration, seconds) => {
    const resource = anAwsIamRole(
      'orders',
      roleSessionDuration === undefined ? {} : { roleSessionDuration },
    );
    expect(sessionSecondsOf(resource, 43_200)).toBe(seconds);
  });

  it('of a Secret whose AWSIAMRole is missing are not taken for new ones', () => {
    const role = { uid: 'uid-of-gone', name: 'reports' };
    const secret = aSecret('reports', ofAwsIamRole(role), minutes(10 * 60));
    const view = aView({ secrets: [secret], pods: [aPod('web', ['reports'])] });
    const context = createPlanContext(configOf(OIDC), view.namespaces, NOW);
    expect(planRefresh(context, view).items).toMatchObject([
      { action: 'refuse', reason: 'awsiamrole-missing', expiresAt: minutes(10 * 60) },
    ]);
  });
});
