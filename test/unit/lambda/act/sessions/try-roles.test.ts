import { describe, expect, it } from 'vitest';
import { AssumeRoleError } from '../../../../../lambda/act/sessions/assume-role-error.ts';
import { tryRoles } from '../../../../../lambda/act/sessions/try-roles.ts';
import type { PlanItem } from '../../../../../lambda/decide/plan.ts';
import { aSecret, BASE_ROLE_ARN } from '../../../../support/builders/builders.ts';

const FOREVER = new AbortController().signal;
const CREDENTIALS = {
  accessKeyId: 'ASIA',
  secretAccessKey: 'very-secret',
  sessionToken: 'token',
  expiresAt: new Date(0),
};

function item(action: string, role: string, overrides: object = {}): PlanItem {
  const secret = aSecret(`aws-iam-${role}`);
  const roleArn = BASE_ROLE_ARN + role;
  const subject = { namespace: 'shop', name: secret.name, role, roleArn, sessionSeconds: 3_600 };
  return { ...subject, action, secret, ...overrides } as PlanItem;
}

const marked = { annotations: { 'kube-aws-iam/unused-since': '2026-11-23T11:00:00Z' } };

describe('tryRoles', () => {
  it('tries the roles in use, once for each namespace and role, and returns no credentials', async () => {
    const requested: string[] = [];
    const assumeRole = async ({ namespace, roleArn }: { namespace: string; roleArn: string }) => {
      requested.push(`${namespace} ${roleArn.split('/').at(-1)}`);
      return CREDENTIALS;
    };
    const items = [
      item('create', 'a'),
      item('keep', 'a'),
      item('renew', 'b'),
      item('keep', 'a', { namespace: 'bank' }),
      item('keep', 'unused', { secret: aSecret('aws-iam-unused', marked) }),
      item('refuse', 'refused', { reason: 'role-denied', message: 'no' }),
      item('defer', 'deferred', { reason: 'namespace-unknown', message: 'later' }),
      item('mark', 'marked'),
      item('remove', 'removed'),
    ];
    const { tried, notTried } = await tryRoles(assumeRole, { items, ignored: [] }, FOREVER);
    expect(requested).toEqual(['shop a', 'shop b', 'bank a']);
    expect(tried).toEqual([
      { namespace: 'shop', roleArn: `${BASE_ROLE_ARN}a`, canAssume: true },
      { namespace: 'shop', roleArn: `${BASE_ROLE_ARN}b`, canAssume: true },
      { namespace: 'bank', roleArn: `${BASE_ROLE_ARN}a`, canAssume: true },
    ]);
    expect(notTried).toBe(0);
  });

  it('returns the reason for each role that cannot be assumed, and tries the others', async () => {
    const assumeRole = async ({ roleArn }: { roleArn: string }) => {
      if (roleArn.endsWith('a')) throw new AssumeRoleError('assume-role-denied', 'no trust policy');
      return CREDENTIALS;
    };
    const items = [item('create', 'a'), item('create', 'b')];
    expect(await tryRoles(assumeRole, { items, ignored: [] }, FOREVER)).toMatchObject({
      tried: [
        { canAssume: false, reason: 'assume-role-denied', explanation: 'no trust policy' },
        { canAssume: true },
      ],
    });
  });

  it('tries at most 500 roles, none after the signal has aborted, and returns how many it skipped', async () => {
    const items = Array.from({ length: 600 }, (_, i) => item('create', `r${i}`));
    const plan = { items, ignored: [] };
    const some = await tryRoles(async () => CREDENTIALS, plan, FOREVER);
    expect([some.tried.length, some.notTried]).toEqual([500, 100]);
    expect(await tryRoles(async () => CREDENTIALS, plan, AbortSignal.abort())).toEqual({
      tried: [],
      notTried: 600,
    });
  });
});
