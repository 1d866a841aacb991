import { describe, expect, it } from 'vitest';
import { listAwsIamRoles } from '../../../lambda/observe/awsiamroles.ts';
import { EVERYWHERE } from '../../support/builders.ts';
import { FOREVER, fakeConnection } from './fake-connection.ts';

const METADATA = { namespace: 'shop', name: 'billing', uid: 'u', generation: 3 };

function list(resource: object) {
  const body = { kind: 'AWSIAMRoleList', items: [{ metadata: METADATA, ...resource }] };
  return listAwsIamRoles(
    fakeConnection(() => ({ body })),
    { scope: EVERYWHERE, signal: FOREVER },
  );
}

describe('the list of AWSIAMRoles, whose schema may be anybody’s', () => {
  it.each([
    ['a spec that is null', { spec: null }],
    ['a status that is null', { status: null }],
    ['texts in place of both', { spec: 'x', status: 'y' }],
    ['numbers in the place of texts', { spec: { roleReference: 1 }, status: { roleARN: 2 } }],
    ['conditions that are none', { status: { conditions: [null, 1, 'x', {}] } }],
  ])('keeps of a resource with %s what can be kept', async (_, resource) => {
    const { items, failure } = await list(resource);
    expect(failure).toBeUndefined();
    expect(items).toMatchObject([{ namespace: 'shop', name: 'billing', generation: 3 }]);
  });
});
