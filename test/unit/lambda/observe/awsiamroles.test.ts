import { describe, expect, it } from 'vitest';
import { listAwsIamRoles } from '../../../../lambda/observe/awsiamroles.ts';
import { EVERYWHERE } from '../../../support/builders.ts';
import { FOREVER, fakeConnection } from '../../kubernetes/fake-connection.ts';

describe("an AWSIAMRole whose schema is anybody's", () => {
  it.each([
    [{ spec: null, status: null }],
    [{ spec: 'x', status: 'x' }],
    [{ spec: { roleReference: 5, roleSessionDuration: '900' }, status: { conditions: [null] } }],
  ])('is read without what is not of its type, %j, and hides no other', async (parts) => {
    const item = (name: string, more: object) => ({
      metadata: { name, namespace: 'shop', uid: `uid-of-${name}` },
      ...more,
    });
    const other = item('other', { spec: { roleReference: 'orders' } });
    const body = { kind: 'AWSIAMRoleList', items: [item('strange', parts), other] };
    const connection = fakeConnection(() => ({ body }));
    const input = { scope: EVERYWHERE, signal: FOREVER };
    const { items, failure } = await listAwsIamRoles(connection, input);
    expect(failure).toBeUndefined();
    expect(items).toMatchObject([{ name: 'strange', status: {} }, { roleReference: 'orders' }]);
    expect(items[0]).not.toHaveProperty('roleReference');
  });
});
