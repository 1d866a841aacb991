import { describe, expect, it } from 'vitest';
import { listAwsIamRoles } from '../../../../lambda/observe/awsiamroles.ts';
import { EVERYWHERE } from '../../../support/builders/builders.ts';
import { FOREVER, fakeConnection } from '../../kubernetes/fake-connection.ts';

describe('an AWSIAMRole of an unknown CRD', () => {
  it.each([
    [{ spec: null, status: null }],
    [{ spec: 'x', status: 'x' }],
    [{ spec: { roleReference: 5, roleSessionDuration: '900' }, status: { conditions: [null] } }],
  ])(
    'is read without the fields of an unexpected type, %j, and does not affect others',
    async (parts) => {
      const item = (name: string, more: object) => ({
        metadata: { name, namespace: 'shop', uid: `uid-of-${name}` },
        ...more,
      });
      const other = item('other', { spec: { roleReference: 'orders' } });
      const body = { kind: 'AWSIAMRoleList', items: [item('unexpected', parts), other] };
      const connection = fakeConnection(() => ({ body }));
      const input = { scope: EVERYWHERE, signal: FOREVER };
      const { items, failure } = await listAwsIamRoles(connection, input);
      expect(failure).toBeUndefined();
      expect(items).toMatchObject([
        { name: 'unexpected', status: {} },
        { roleReference: 'orders' },
      ]);
      expect(items[0]).not.toHaveProperty('roleReference');
    },
  );
});
