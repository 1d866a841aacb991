import { describe, expect, it } from 'vitest';
import { reasonFor } from '../../../../bin/planning/planned-item.ts';
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
} from '../../../support/builders/builders.ts';

const resource = anAwsIamRole('billing', { generation: 2 });
const unusedSince = (count: number) => ({
  annotations: { 'kube-aws-iam/unused-since': iso(minutes(-count)) },
});
const sightedOnce = (count: number) => ({
  annotations: { ...unusedSince(count).annotations, 'kube-aws-iam/unused-sightings': '1' },
});
const pods = [aPod('web', ['aws-iam-orders'])];

describe('the reason for an action', () => {
  it.each<[string, Parameters<typeof aView>[0], RegExp]>([
    ['create', { pods }, /^it is requested and does not exist$/],
    [
      'renew',
      { pods, secrets: [aSecret('aws-iam-orders', {}, minutes(10))] },
      /^its renewal has been due since 2026-11-23T11:3\d:\d\dZ$/,
    ],
    [
      'renew',
      { pods, secrets: [aSecret('aws-iam-orders', {}, 'soon')] },
      /^its expiry is missing or invalid$/,
    ],
    [
      'renew',
      { awsIamRoles: [resource], secrets: [aSecret('billing', ofAwsIamRole(resource))] },
      /^it was created for generation 1 of the AWSIAMRole, which is at 2$/,
    ],
    [
      'renew',
      { awsIamRoles: [resource], secrets: [aSecret('billing', ofAwsIamRole(resource, 'x'))] },
      /^it was created for an unknown generation/,
    ],
    [
      'keep',
      { pods, secrets: [aSecret('aws-iam-orders')] },
      /^its renewal is due at 2026-11-23T12:2\d:\d\dZ$/,
    ],
    [
      'keep',
      { secrets: [aSecret('aws-iam-orders', unusedSince(10))] },
      /^no pod has mounted it since 2026-11-23T11:50:00Z; it is removed after 30 minutes of disuse$/,
    ],
    [
      'remove',
      { secrets: [aSecret('aws-iam-orders', unusedSince(31))] },
      /^no pod has mounted it since 2026-11-23T11:29:00Z$/,
    ],
    [
      'mark',
      { secrets: [aSecret('aws-iam-orders')] },
      /^no pod mounts it; it is removed after 30 minutes of disuse$/,
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
  ])('is given for %s', (action, parts, expected) => {
    const view = aView(parts);
    const context = aContext(view);
    const [item, ...more] = planSweep(context, view, true).items;
    if (item === undefined) throw new Error('the plan is empty');
    expect(more).toEqual([]);
    expect(item.action).toBe(action);
    expect(reasonFor(item, context)).toMatch(expected);
  });

  it.each([
    ['mark', unusedSince(31)],
    ['keep', sightedOnce(31)],
  ])('is given for %s, when the brake holds the removal back', (action, annotated) => {
    const view = aView({ secrets: [1, 2, 3, 4].map((i) => aSecret(`aws-iam-r${i}`, annotated)) });
    const context = aContext(view);
    const [item, ...others] = planSweep(context, view, false).items;
    expect([item?.action, others.length]).toEqual([action, 3]);
    if (item !== undefined) {
      expect(reasonFor(item, context)).toBe(
        'no pod has mounted it since 2026-11-23T11:29:00Z; it is removed after 4 hours of disuse, because most Secrets of its namespace, or of most namespaces, are unused',
      );
    }
  });
});

it('is another configuration, and the Secret waits for its turn', () => {
  // Its turn is in the last of the five minutes.
  const name = 'aws-iam-search';
  const secret = aSecret(name, { annotations: { 'kube-aws-iam/session': 'x' } });
  const view = aView({ pods: [aPod('web', [name])], secrets: [secret] });
  const reasons = [0, 1, 2, 3, 4].map((minute) => {
    const context = aContext(view, minutes(minute));
    const [item] = planSweep(context, view, true).items;
    return item && `${item.action}: ${reasonFor(item, context)}`;
  });
  expect(reasons[0]).toMatch(
    /^keep: its credentials were issued for another configuration: .*; it is renewed within five minutes$/,
  );
  expect(reasons[4]).toMatch(/^renew: its credentials were issued for another configuration: /);
});
