import { describe, expect, it } from 'vitest';
import { createGuard } from '../../../../lambda/decide/guard.ts';
import { createPlanContext } from '../../../../lambda/decide/plan.ts';
import { planRefresh } from '../../../../lambda/decide/plan-refresh.ts';
import {
  aNamespace,
  anAwsIamRole,
  aPolicy,
  aView,
  BASE_ROLE_ARN,
  listing,
  NOW,
  SESSION_CONFIG,
} from '../../../support/builders/builders.ts';

describe('the guard', () => {
  it('allows a role that matches one of several patterns', () => {
    const policy = aPolicy({ assumableRoles: [`${BASE_ROLE_ARN}a-*`, `${BASE_ROLE_ARN}b-*`] });
    const guard = createGuard(policy, listing([aNamespace()]));
    expect(guard('shop', `${BASE_ROLE_ARN}b-1`, 'pod').kind).toBe('allowed');
    expect(guard('shop', `${BASE_ROLE_ARN}c-1`, 'pod').kind).toBe('refused');
  });

  it("refuses the forwarder's role to an AWSIAMRole without a Secret, also in the product's namespace", () => {
    const namespace = 'kube-aws-iam';
    const view = aView({
      namespaces: [aNamespace(namespace)],
      awsIamRoles: [anAwsIamRole('aws-iam-forwarder', { namespace, roleReference: 'forwarder' })],
    });
    const policy = aPolicy({ forwarderRoleArn: `${BASE_ROLE_ARN}forwarder` });
    const context = createPlanContext(
      { ...SESSION_CONFIG, policy, refreshBeforeSeconds: 1_800 },
      view.namespaces,
      NOW,
    );
    expect(planRefresh(context, view).items).toMatchObject([
      { action: 'refuse', reason: 'role-denied' },
    ]);
  });
});
