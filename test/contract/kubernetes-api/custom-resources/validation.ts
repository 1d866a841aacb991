import { expect, it } from 'vitest';
import type { ContractContext } from '../contract-context.ts';
import { create, patch, READY } from './context.ts';

/** Validation of AWSIAMRoles by the schema of the chart's CRD. */
export function customResourceValidation(context: () => ContractContext): void {
  it.each([
    ['no spec', { spec: undefined }, 'spec: Required value'],
    [
      'a spec that is not an object',
      { spec: 'x' },
      'spec: Invalid value: "string": spec in body must be of type object: "string"',
    ],
    [
      'a short reference',
      { spec: { roleReference: 'ab' } },
      'spec.roleReference: Invalid value: "ab": spec.roleReference in body should be at least 3 chars long',
    ],
    [
      'a long reference',
      { spec: { roleReference: 'a'.repeat(631) } },
      'spec.roleReference: Too long: may not be more than 630 bytes',
    ],
    [
      'a reference that is a number',
      { spec: { roleReference: 5 } },
      'spec.roleReference: Invalid value: "integer": spec.roleReference in body must be of type string: "integer"',
    ],
    [
      'a session that is too short',
      { spec: { roleSessionDuration: 899 } },
      'spec.roleSessionDuration: Invalid value: 899: spec.roleSessionDuration in body should be greater than or equal to 900',
    ],
    [
      'a session that is too long',
      { spec: { roleSessionDuration: 43_201 } },
      'spec.roleSessionDuration: Invalid value: 43201: spec.roleSessionDuration in body should be less than or equal to 43200',
    ],
    ['another kind', { kind: 'Pod' }, 'kind: Invalid value: "Pod": must be AWSIAMRole'],
  ])('are refused with %s', async (_what, more, message) => {
    const { body } = await create(context(), 'refused', more);
    const kind = message.startsWith('kind') ? 'Pod' : 'AWSIAMRole';
    expect(body).toMatchObject({
      message: `${kind}.zalando.org "refused" is invalid: ${message}`,
      reason: 'Invalid',
      details: { name: 'refused', group: 'zalando.org', kind },
      code: 422,
    });
  });

  it('are refused with a cause for every invalid field', async () => {
    const spec = { roleReference: 'a', roleSessionDuration: 1 };
    const { body } = await create(context(), 'wrong', { spec });
    const { causes } = body['details'] as { causes: { field: string }[] };
    const fields = causes.map(({ field }) => field).sort();
    expect(fields).toEqual(['spec.roleReference', 'spec.roleSessionDuration']);
  });

  it('are refused with a fraction of a second', async () => {
    const { body } = await create(context(), 'half', { spec: { roleSessionDuration: 900.5 } });
    expect(body).toMatchObject({
      // The second is the text of Kubernetes 1.32.
      message: expect.stringMatching(
        /spec\.roleSessionDuration in body must be of type (int64: "float64"|integer: "number")/,
      ),
      code: 422,
    });
  });

  it.each([
    ['no kind', { kind: undefined }, /^the object provided is unrecognized \(must be of type AWSI/],
    [
      'another version',
      { apiVersion: 'zalando.org/v2' },
      /^the API version in the data \(zalando.org\/v2\) does not match the expected API version \(zalando.org\/v1\)$/,
    ],
  ])('cannot be read with %s', async (_what, more, message) => {
    const { body } = await create(context(), 'unread', more);
    expect(body).toMatchObject({ reason: 'BadRequest', code: 400 });
    expect(body['message']).toMatch(message);
  });

  it.each([
    [
      'a condition with missing fields',
      { conditions: [{ type: 'Ready' }] },
      '[status.conditions[0].status: Required value, status.conditions[0].lastTransitionTime: Required value, status.conditions[0].reason: Required value, status.conditions[0].message: Required value]',
    ],
    [
      'a condition with an unknown status',
      { conditions: [{ ...READY, status: 'Maybe' }] },
      'status.conditions[0].status: Unsupported value: "Maybe": supported values: "True", "False", "Unknown"',
    ],
    [
      'a reason with a space',
      { conditions: [{ ...READY, reason: 'a b' }] },
      `status.conditions[0].reason: Invalid value: "a b": conditions[0].reason in body should match '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$'`,
    ],
    [
      'an invalid time',
      { conditions: [{ ...READY, lastTransitionTime: 'now' }] },
      'status.conditions[0].lastTransitionTime: Invalid value: "now": conditions[0].lastTransitionTime in body must be of type date-time: "now"',
    ],
    [
      'a long message',
      { conditions: [{ ...READY, message: 'x'.repeat(32_769) }] },
      'status.conditions[0].message: Too long: may not be more than 32768 bytes',
    ],
    [
      'conditions that are not a list',
      { conditions: {} },
      'status.conditions: Invalid value: "object": conditions in body must be of type array: "object"',
    ],
    [
      'a generation that is not a number',
      { observedGeneration: 'x' },
      'status.observedGeneration: Invalid value: "string": observedGeneration in body must be of type integer: "string"',
    ],
  ])('are refused with %s', async (_what, status, message) => {
    const c = context();
    await create(c, 'invalid-status');
    expect((await patch(c, 'invalid-status/status', { status })).body).toMatchObject({
      message: `AWSIAMRole.zalando.org "invalid-status" is invalid: ${message}`,
      code: 422,
    });
  });
}
