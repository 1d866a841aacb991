import { describe, expect, it } from 'vitest';
import type { ItemOutcome } from '../../../../../lambda/act/item-outcome.ts';
import type { ObservedAwsIamRole } from '../../../../../lambda/observe/awsiamroles.ts';
import {
  awsIamRoleStatus,
  type WrittenStatus,
} from '../../../../../lambda/report/statuses/awsiamrole-status.ts';
import {
  anAwsIamRole,
  BASE_ROLE_ARN,
  iso,
  minutes,
  NOW,
} from '../../../../support/builders/builders.ts';

const ORDERS = anAwsIamRole('orders', { generation: 3 });

function outcome(overrides: Partial<ItemOutcome>, awsIamRole = ORDERS): ItemOutcome {
  return {
    action: 'create',
    namespace: 'shop',
    name: 'orders',
    role: 'orders',
    roleArn: `${BASE_ROLE_ARN}orders`,
    sessionSeconds: 3_600,
    awsIamRole,
    result: 'created',
    expiresAt: minutes(60),
    ...overrides,
  } as ItemOutcome;
}

const REFUSED = {
  result: 'refused',
  reason: 'namespace-not-annotated',
  message: 'namespace shop allows no role',
  expiresAt: undefined,
} as const;

/** Returns the AWSIAMRole with a written status. */
function withStatus(written: WrittenStatus | undefined): ObservedAwsIamRole {
  const { expiration, roleARN, ...status } = written ?? { expiration: null, roleARN: null };
  return {
    ...ORDERS,
    status: {
      ...status,
      ...(expiration === null ? {} : { expiration }),
      ...(roleARN === null ? {} : { roleARN }),
    },
  };
}

describe('the status of an AWSIAMRole', () => {
  it('has the role, the expiry and the generation', () => {
    expect(awsIamRoleStatus(outcome({}), NOW)).toEqual({
      observedGeneration: 3,
      roleARN: `${BASE_ROLE_ARN}orders`,
      expiration: '2026-11-23T13:00:00Z',
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          observedGeneration: 3,
          lastTransitionTime: '2026-11-23T12:00:00Z',
          reason: 'CredentialsIssued',
          message: `the Secret holds credentials of ${BASE_ROLE_ARN}orders`,
        },
      ],
    });
  });

  it('explains missing credentials', () => {
    expect(awsIamRoleStatus(outcome(REFUSED), NOW)).toMatchObject({
      observedGeneration: 3,
      expiration: null,
      conditions: [
        {
          type: 'Ready',
          status: 'False',
          reason: 'NamespaceNotAnnotated',
          message: REFUSED.message,
        },
      ],
    });
  });

  it.each([
    ['refused', REFUSED],
    ['denied', { action: 'renew', result: 'failed', reason: 'assume-role-denied', message: 'no' }],
    ['not written', { action: 'renew', result: 'failed', reason: 'api-refused', message: 'no' }],
    [
      'malformed',
      {
        ...REFUSED,
        reason: 'role-reference-malformed',
        roleArn: '',
        outdated: { roleArn: `${BASE_ROLE_ARN}orders` },
      },
    ],
  ])('keeps what the Secret holds while it is valid: %s', (_, overrides) => {
    const status = awsIamRoleStatus(
      outcome({ ...overrides, expiresAt: minutes(20) } as object),
      NOW,
    );
    expect(status).toMatchObject({
      expiration: iso(minutes(20)),
      roleARN: `${BASE_ROLE_ARN}orders`,
      conditions: [{ status: 'False' }],
    });
  });

  it('keeps its expiration while nobody knows whether the Secret exists', () => {
    const unknown = {
      action: 'defer',
      result: 'deferred',
      reason: 'secrets-unknown',
      message: 'no',
    };
    const first = awsIamRoleStatus(outcome({}), NOW);
    const { expiresAt: _, ...deferred } = outcome(unknown as object, withStatus(first));
    const at = (now: Date) => awsIamRoleStatus(deferred as ItemOutcome, now);
    expect(at(minutes(30))).toBeUndefined();
    expect(at(minutes(61))).toMatchObject({ expiration: null });
  });

  it('explains a session that is shorter than requested', () => {
    const long = { ...ORDERS, roleSessionDuration: 43_200 };
    expect(awsIamRoleStatus(outcome({}, long), NOW)?.conditions?.[0]?.message).toContain(
      'the session lasts 3600 s instead of the 43200 s of spec.roleSessionDuration',
    );
    const short = { ...ORDERS, roleSessionDuration: 900 };
    expect(awsIamRoleStatus(outcome({}, short), NOW)?.conditions?.[0]?.message).not.toContain(
      '900',
    );
  });

  it.each([
    ['issued', {}],
    ['refused', REFUSED],
  ])('is written once, not every minute, when credentials are %s', (_, overrides) => {
    const first = awsIamRoleStatus(outcome(overrides), NOW);
    expect(awsIamRoleStatus(outcome(overrides, withStatus(first)), minutes(1))).toBeUndefined();
  });

  it('is restored by a later pass from the Secret', () => {
    const kept = outcome({ action: 'keep', result: 'kept', expiresAt: minutes(40) });
    expect(awsIamRoleStatus(kept, NOW)).toMatchObject({ expiration: iso(minutes(40)) });
  });

  it('keeps lastTransitionTime until the status changes, and conditions of other types', () => {
    const first = awsIamRoleStatus(outcome({}), NOW);
    const other = { ...(first?.conditions?.[0] as object), type: 'Audited' } as never;
    const seen = withStatus({
      ...(first as WrittenStatus),
      conditions: [other, ...(first?.conditions ?? [])],
    });
    const renewed = awsIamRoleStatus(outcome({ expiresAt: minutes(90) }, seen), minutes(30));
    expect(renewed?.conditions).toMatchObject([
      { type: 'Audited' },
      { type: 'Ready', lastTransitionTime: iso(NOW) },
    ]);
    const refused = awsIamRoleStatus(outcome(REFUSED, seen), minutes(30));
    expect(refused?.conditions).toMatchObject([
      { type: 'Audited' },
      { type: 'Ready', status: 'False', lastTransitionTime: iso(minutes(30)) },
    ]);
  });

  it('does not change during throttling while the credentials are valid', () => {
    const throttled = { result: 'failed', reason: 'sts-throttled', message: 'x' } as const;
    expect(
      awsIamRoleStatus(outcome({ ...throttled, expiresAt: minutes(20) }), NOW),
    ).toBeUndefined();
    for (const expiresAt of [undefined, minutes(-1)]) {
      expect(awsIamRoleStatus(outcome({ ...throttled, expiresAt }), NOW)).toMatchObject({
        conditions: [{ status: 'False', reason: 'StsThrottled' }],
      });
    }
  });

  it('does not change for a deferred outcome, or one of a pod', () => {
    const deferred = { result: 'deferred', reason: 'out-of-time', message: 'x' } as const;
    expect(awsIamRoleStatus(outcome(deferred), NOW)).toBeUndefined();
    const { awsIamRole: _, ...forPods } = outcome({});
    expect(awsIamRoleStatus(forPods as ItemOutcome, NOW)).toBeUndefined();
  });

  it('has no ARN for a malformed reference, and a truncated message', () => {
    const malformed = { ...REFUSED, roleArn: '', message: 'x'.repeat(5_000) };
    const status = awsIamRoleStatus(outcome(malformed), NOW);
    expect(status).toMatchObject({ roleARN: null });
    expect(awsIamRoleStatus(outcome(malformed, withStatus(status)), minutes(1))).toBeUndefined();
    expect(status?.conditions?.[0]?.message).toHaveLength(1_024);
  });
});

describe('the status states what the Secret holds', () => {
  const FORMER = 'arn:aws:iam::210987654321:role/former';
  const outdated = { roleArn: FORMER };
  const status = (changes: Partial<ItemOutcome>, awsIamRole = ORDERS) =>
    awsIamRoleStatus(outcome(changes, awsIamRole), NOW);

  it('while credentials of an earlier role wait for their renewal', () => {
    const held = status({ result: 'renewed', roleArn: FORMER });
    const waiting = { result: 'kept', outdated } as const;
    expect(status(waiting, withStatus(held))).toBeUndefined();
    expect(status(waiting)).toMatchObject({
      roleARN: FORMER,
      expiration: '2026-11-23T13:00:00Z',
      conditions: [{ status: 'True', message: `the Secret holds credentials of ${FORMER}` }],
    });
  });

  it('when the new role is denied: the reason, and the earlier role', () => {
    const denied = { result: 'failed', reason: 'assume-role-denied', message: 'no' } as const;
    expect(status({ ...denied, outdated })).toMatchObject({
      roleARN: FORMER,
      expiration: '2026-11-23T13:00:00Z',
      conditions: [{ status: 'False', reason: 'AssumeRoleDenied' }],
    });
  });

  it('when nobody knows whose credentials they are', () => {
    expect(status({ result: 'kept', outdated: { roleArn: undefined } })).toBeUndefined();
    const denied = { result: 'failed', reason: 'assume-role-denied', message: 'no' } as const;
    expect(status({ ...denied, outdated: { roleArn: undefined } })).toMatchObject({
      roleARN: null,
    });
  });

  it('when it holds nothing', () => {
    expect(status(REFUSED)).toMatchObject({ roleARN: null, expiration: null });
  });

  it('when it was created for the third time within an hour', () => {
    expect(status({ isRecreated: true })).toMatchObject({
      roleARN: `${BASE_ROLE_ARN}orders`,
      conditions: [
        {
          status: 'False',
          reason: 'SecretDeleted',
          message: expect.stringMatching(/deletes this Secret again and again.*audit log/),
        },
      ],
    });
  });
});

describe('a deferred AWSIAMRole', () => {
  const deferred = {
    result: 'deferred',
    reason: 'too-many-in-namespace',
    message: 'more than 500',
  } as const;
  const status = (age: number, expiresAt?: Date) =>
    awsIamRoleStatus(
      outcome({ ...deferred, expiresAt }, { ...ORDERS, createdAt: minutes(-age) }),
      NOW,
    );

  it('has a status once it has waited for minutes, or its credentials are about to expire', () => {
    expect(status(1)).toBeUndefined();
    expect(status(60, minutes(15))).toBeUndefined();
    const reported = { conditions: [{ status: 'False', reason: 'TooManyInNamespace' }] };
    expect(status(5)).toMatchObject(reported);
    expect(status(60, minutes(14))).toMatchObject(reported);
  });
});
