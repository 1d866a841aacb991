import { describe, expect, it } from 'vitest';
import { whyOf } from '../../../../bin/planning/planned-item.ts';
import { planSweep } from '../../../../lambda/decide/plan-sweep.ts';
import {
  aContext,
  aNamespace,
  anAwsIamRole,
  aPod,
  aSecret,
  aView,
  iso,
  minutes,
  ofAwsIamRole,
} from '../../../support/builders.ts';

const resource = anAwsIamRole('billing', { generation: 2 });
const unusedSince = (count: number) => ({
  annotations: { 'kube-aws-iam/unused-since': iso(minutes(-count)) },
});
const pods = [aPod('web', ['aws-iam-orders'])];

describe('why a plan does what it does', () => {
  it.each<[string, Parameters<typeof aView>[0], RegExp]>([
    ['create', { pods }, /^it is wanted, and not there$/],
    [
      'renew',
      { pods, secrets: [aSecret('aws-iam-orders', {}, minutes(10))] },
      /^its renewal is due since 2026-11-23T11:3\d:\d\dZ$/,
    ],
    [
      'renew',
      { pods, secrets: [aSecret('aws-iam-orders', {}, 'soon')] },
      /^nothing credible says when/,
    ],
    [
      'renew',
      { awsIamRoles: [resource], secrets: [aSecret('billing', ofAwsIamRole(resource))] },
      /^it was made for generation 1 of the AWSIAMRole, which is at 2$/,
    ],
    [
      'renew',
      { awsIamRoles: [resource], secrets: [aSecret('billing', ofAwsIamRole(resource, 'x'))] },
      /^it was made for no known generation/,
    ],
    [
      'keep',
      { pods, secrets: [aSecret('aws-iam-orders')] },
      /^its renewal is due at 2026-11-23T12:2\d:\d\dZ$/,
    ],
    [
      'keep',
      { secrets: [aSecret('aws-iam-orders', unusedSince(10))] },
      /^no pod has mounted it since 2026-11-23T11:50:00Z; it is removed when that has been so for 30 minutes$/,
    ],
    [
      'remove',
      { secrets: [aSecret('aws-iam-orders', unusedSince(31))] },
      /^no pod has mounted it since 2026-11-23T11:29:00Z$/,
    ],
    [
      'mark',
      { secrets: [aSecret('aws-iam-orders')] },
      /^no pod mounts it; it is removed when that has been so for 30 minutes$/,
    ],
    [
      'unmark',
      { pods, secrets: [aSecret('aws-iam-orders', unusedSince(10))] },
      /^a pod mounts it again$/,
    ],
    [
      'refuse',
      { pods, namespaces: [aNamespace('shop', {})] },
      /^namespace shop allows no role; to allow this one: kubectl annotate/,
    ],
    ['defer', { pods, namespaces: [] }, /^namespace shop is missing from the list/],
  ])('is told of %s', (action, parts, expected) => {
    const view = aView(parts);
    const context = aContext(view);
    const [item, ...more] = planSweep(context, view, true).items;
    if (item === undefined) throw new Error('there is nothing in the plan');
    expect(more).toEqual([]);
    expect(item.action).toBe(action);
    expect(whyOf(item, context)).toMatch(expected);
  });
});
