import { describe, expect, it } from 'vitest';
import { type AwsIamRoleNews, awsIamRoleEvent } from '../../../lambda/report/awsiamrole-events.ts';

const ABOUT = {
  resource: { namespace: 'shop', name: 'orders', uid: 'uid' },
  secretName: 'orders-secret',
};
const ROLE = {
  roleArn: 'arn:aws:iam::123456789012:role/a',
  expiresAt: new Date(1_785_840_543_000),
};

describe('awsIamRoleEvent', () => {
  it.each<[string, string, string, AwsIamRoleNews]>([
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
  ])('says %s %s: %s', (type, reason, note, news) => {
    expect(awsIamRoleEvent(news)).toEqual({
      regarding: { apiVersion: 'zalando.org/v1', kind: 'AWSIAMRole', ...ABOUT.resource },
      secretName: 'orders-secret',
      type,
      reason,
      note,
    });
  });

  it('shows a reference in bounds and without what a shell would act on', () => {
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
