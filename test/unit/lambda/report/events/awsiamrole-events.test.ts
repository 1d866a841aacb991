import { describe, expect, it } from 'vitest';
import type { ItemOutcome } from '../../../../../lambda/act/item-outcome.ts';
import {
  type AwsIamRoleEventInput,
  awsIamRoleEvent,
  awsIamRoleEvents,
} from '../../../../../lambda/report/events/awsiamrole-events.ts';
import { anAwsIamRole, BASE_ROLE_ARN, minutes } from '../../../../support/builders/builders.ts';

const ABOUT = {
  resource: { namespace: 'shop', name: 'orders', uid: 'uid' },
  secretName: 'orders-secret',
};
const ROLE = {
  roleArn: 'arn:aws:iam::123456789012:role/a',
  expiresAt: new Date(1_785_840_543_000),
};

/** No object was warned. */
const never = () => false;

describe('awsIamRoleEvent', () => {
  it.each<[string, string, string, AwsIamRoleEventInput]>([
    [
      'Normal',
      'CreateCredentials',
      "Created credentials for role 'arn:aws:iam::123456789012:role/a', expiry time: 2026-08-04 10:49:03 +0000 UTC",
      { ...ABOUT, ...ROLE, result: 'created' },
    ],
    [
      'Normal',
      'UpdateCredentials',
      "Updated credentials for role 'arn:aws:iam::123456789012:role/a', expiry time: 2026-08-04 10:49:03 +0000 UTC",
      { ...ABOUT, ...ROLE, result: 'updated' },
    ],
    [
      'Warning',
      'GetCredentialsFailed',
      "Failed to get credentials for role 'path/My_Role': not authorized",
      {
        ...ABOUT,
        result: 'no-credentials',
        roleReference: 'path/My_Role',
        message: 'not authorized',
      },
    ],
    [
      'Warning',
      'CreateSecretFailed',
      'Failed to create secret shop/orders-secret with credentials: quota',
      { ...ABOUT, result: 'not-created', message: 'quota' },
    ],
    [
      'Warning',
      'UpdateSecretFailed',
      'Failed to update secret shop/orders-secret with credentials: quota',
      { ...ABOUT, result: 'not-updated', message: 'quota' },
    ],
    [
      'Warning',
      'ReadSecretFailed',
      'Failed to parse expiry time from secret shop/orders-secret',
      { ...ABOUT, result: 'unreadable', part: 'expiry time' },
    ],
  ])('creates %s %s: %s', (type, reason, note, input) => {
    expect(awsIamRoleEvent(input)).toEqual({
      regarding: { apiVersion: 'zalando.org/v1', kind: 'AWSIAMRole', ...ABOUT.resource },
      secretName: 'orders-secret',
      type,
      reason,
      note,
    });
  });

  it('truncates and sanitizes the role reference', () => {
    const { note } = awsIamRoleEvent({
      ...ABOUT,
      result: 'no-credentials',
      roleReference: `'$(id)${'r'.repeat(1_000_000)}`,
      message: 'm'.repeat(2_000),
    });
    expect(note).toContain(`role '???id?${'r'.repeat(634)}': m`);
    expect(Buffer.byteLength(note)).toBe(1_024);
  });
});

describe('awsIamRoleEvents', () => {
  const resource = anAwsIamRole('orders', { roleReference: 'team/orders' });
  const roleArn = `${BASE_ROLE_ARN}team/orders`;
  const outcome = (overrides: object) =>
    ({
      namespace: 'shop',
      name: 'orders',
      role: 'team/orders',
      roleArn,
      sessionSeconds: 3_600,
      awsIamRole: resource,
      action: 'create',
      ...overrides,
    }) as ItemOutcome;
  const expiresAt = minutes(60);

  it.each<[string, object, string | undefined]>([
    ['created', { result: 'created', expiresAt }, 'CreateCredentials'],
    ['renewed', { result: 'renewed', expiresAt }, 'UpdateCredentials'],
    ['kept', { result: 'kept', expiresAt }, undefined],
    ['deferred', { result: 'deferred', reason: 'out-of-time', message: 'x' }, undefined],
    [
      'refused by the namespace',
      { result: 'refused', reason: 'namespace-not-annotated', message: 'x' },
      'GetCredentialsFailed',
    ],
    [
      'refused for its role reference',
      { result: 'refused', reason: 'role-reference-malformed', message: 'x' },
      'GetCredentialsFailed',
    ],
    [
      'refused for its name',
      { result: 'refused', reason: 'name-taken', message: 'x' },
      'CreateSecretFailed',
    ],
    [
      'in a terminating namespace',
      { result: 'refused', reason: 'namespace-terminating', message: 'x' },
      undefined,
    ],
    [
      'failed at STS',
      { result: 'failed', reason: 'assume-role-denied', message: 'x' },
      'GetCredentialsFailed',
    ],
    ['throttled by STS', { result: 'failed', reason: 'sts-throttled', message: 'x' }, undefined],
    [
      'not created',
      { result: 'failed', reason: 'api-refused', message: 'x' },
      'CreateSecretFailed',
    ],
    [
      'not updated',
      { action: 'renew', result: 'failed', reason: 'api-refused', message: 'x' },
      'UpdateSecretFailed',
    ],
    ['failed at the API', { result: 'failed', reason: 'api-failed', message: 'x' }, undefined],
  ])('%s', (_, overrides, reason) => {
    const events = awsIamRoleEvents([outcome(overrides)], never);
    expect(events.map((event) => event.reason)).toEqual(reason === undefined ? [] : [reason]);
    for (const { regarding } of events) {
      expect(regarding).toMatchObject({ kind: 'AWSIAMRole', name: 'orders', uid: resource.uid });
    }
  });

  it.each([
    [43_200, true],
    [3_601, true],
    [3_600, false],
    [900, false],
    [undefined, false],
  ])('say that a session is shorter than requested: %s s, %s', (roleSessionDuration, isSaid) => {
    const awsIamRole = { ...resource, ...(roleSessionDuration && { roleSessionDuration }) };
    for (const result of ['created', 'renewed'] as const) {
      const [event] = awsIamRoleEvents([outcome({ result, expiresAt, awsIamRole })], never);
      const limit = `; the session lasts 3600 s instead of the ${roleSessionDuration} s of spec.roleSessionDuration`;
      expect(event?.note.includes(limit)).toBe(isSaid);
      expect(event?.note).toMatch(/expiry time: [-\d]+ [:\d]+ \+0000 UTC(?:$|;)/);
    }
  });

  it.each([
    [
      'the role allows',
      { sessionSeconds: 43_200, limitedSeconds: 3_600 },
      'the session lasts 3600 s instead of 43200 s, because MaxSessionDuration of the role is lower. Raise it: aws iam update-role --role-name Billing --max-session-duration 43200',
    ],
    [
      'the setting allows',
      { sessionSeconds: 14_400, awsIamRole: { ...resource, roleSessionDuration: 43_200 } },
      'the session lasts 14400 s instead of the 43200 s of spec.roleSessionDuration: the setting sessions.hours allows no more',
    ],
  ])('say that a session is as short as %s', (_, fields, limit) => {
    const roleArn = 'arn:aws:iam::123456789012:role/team/Billing';
    const [event] = awsIamRoleEvents(
      [outcome({ result: 'renewed', expiresAt, roleArn, ...fields })],
      never,
    );
    expect(event?.note).toContain(`; ${limit}`);
  });

  it('also reports an annotation that cannot be parsed', () => {
    const unreadable = { result: 'renewed', expiresAt, unreadable: 'expiry time' };
    expect(awsIamRoleEvents([outcome(unreadable)], never).map(({ reason }) => reason)).toEqual([
      'ReadSecretFailed',
      'UpdateCredentials',
    ]);
  });

  it('has no Event for the Secret of a pod', () => {
    expect(
      awsIamRoleEvents([outcome({ awsIamRole: undefined, result: 'created', expiresAt })], never),
    ).toEqual([]);
  });

  it('reports the recovery of kept credentials after a Warning only', () => {
    const kept = outcome({ action: 'keep', result: 'kept', expiresAt });
    expect(awsIamRoleEvents([kept], never)).toEqual([]);
    expect(awsIamRoleEvents([kept], () => true)).toMatchObject([
      { type: 'Normal', reason: 'CredentialsRecovered', regarding: { uid: resource.uid } },
    ]);
    const unreadable = { ...kept, unreadable: 'expiry time' } as const;
    expect(awsIamRoleEvents([unreadable], () => true).map(({ reason }) => reason)).toEqual([
      'ReadSecretFailed',
    ]);
  });
});
