import { describe, expect, it } from 'vitest';
import {
  firstOfEachNamespace,
  type SecretState,
  secretStatuses,
} from '../../../../../bin/commands/status/secret-status.ts';
import { planSweep } from '../../../../../lambda/decide/plan-sweep.ts';
import type { ClusterView } from '../../../../../lambda/observe/observe-cluster.ts';
import {
  aContext,
  aNamespace,
  anAwsIamRole,
  anOwner,
  aPod,
  aSecret,
  aView,
  iso,
  listing,
  minutes,
  ofAwsIamRole,
} from '../../../../support/builders/builders.ts';

/** Returns the statuses of a view at NOW. */
function statusesOf(view: ClusterView) {
  const context = aContext(view);
  const plan = planSweep(context, view, true);
  return secretStatuses({ plan, view, context, incomplete: [] });
}

const unusedSince = (count: number) => ({
  annotations: { 'kube-aws-iam/unused-since': iso(minutes(-count)) },
});
const pods = [aPod('web', ['aws-iam-orders'])];

describe('the state of a Secret', () => {
  it.each<[SecretState, string, Parameters<typeof aView>[0]]>([
    ['ok', 'was created a moment ago', { pods, secrets: [aSecret('aws-iam-orders')] }],
    [
      'due',
      'is about to be renewed',
      { pods, secrets: [aSecret('aws-iam-orders', {}, minutes(30.01))] },
    ],
    ['due', 'has an invalid expiry', { pods, secrets: [aSecret('aws-iam-orders', {}, 'soon')] }],
    [
      'overdue',
      'should have been renewed',
      { pods, secrets: [aSecret('aws-iam-orders', {}, minutes(20))] },
    ],
    [
      'expired',
      'has expired credentials',
      { pods, secrets: [aSecret('aws-iam-orders', {}, minutes(-1))] },
    ],
    ['missing', 'is requested and does not exist', { pods }],
    ['refused', 'is not allowed', { pods, namespaces: [aNamespace('shop', {})] }],
    ['undecided', 'is in a namespace that was not listed', { pods, namespaces: [] }],
    ['unused', 'is no longer mounted by a pod', { secrets: [aSecret('aws-iam-orders')] }],
    ['unused', 'is marked', { secrets: [aSecret('aws-iam-orders', unusedSince(10))] }],
    [
      'unused',
      'was marked 40 minutes ago',
      { secrets: [aSecret('aws-iam-orders', unusedSince(40))] },
    ],
    [
      'ok',
      'is marked and mounted again',
      { pods, secrets: [aSecret('aws-iam-orders', unusedSince(10))] },
    ],
    [
      'foreign',
      'has another owner',
      { secrets: [aSecret('aws-iam-orders', { owners: [anOwner()] })] },
    ],
    ['foreign', 'has another name', { secrets: [aSecret('orders')] }],
    [
      'refused',
      'has a requested name and another owner',
      { pods, secrets: [aSecret('aws-iam-orders', { owners: [anOwner()] })] },
    ],
  ])('is %s when it %s', (state, _, parts) => {
    expect(statusesOf(aView(parts)).map((one) => one.state)).toEqual([state]);
  });

  it('of an AWSIAMRole is reported with its name, also after its deletion', () => {
    const resource = anAwsIamRole('billing');
    const secrets = [aSecret('billing', ofAwsIamRole(resource))];
    const [status] = statusesOf(aView({ awsIamRoles: [resource], secrets }));
    expect(status).toMatchObject({ state: 'ok', awsIamRole: 'billing', pods: [] });
    const incomplete = { ...aView({ secrets }), awsIamRoles: listing([], new Error('incomplete')) };
    expect(statusesOf(incomplete)).toMatchObject([{ state: 'undecided' }]);
    const [orphan] = statusesOf(aView({ secrets }));
    expect(orphan).toMatchObject({
      state: 'foreign',
      why: expect.stringContaining('its AWSIAMRole is deleted'),
    });
  });
});

it('the list names all pods that mount a Secret, and starts with the most urgent', () => {
  const view = aView({
    pods: [
      aPod('web-1', ['aws-iam-orders']),
      aPod('web-2', ['aws-iam-orders', 'aws-iam-mail']),
      aPod('web-1', ['aws-iam-orders'], 'bank'),
    ],
    namespaces: [aNamespace('shop'), aNamespace('bank')],
    secrets: [aSecret('aws-iam-orders'), aSecret('aws-iam-mail', {}, minutes(-3))],
  });
  expect(statusesOf(view)).toMatchObject([
    { state: 'expired', namespace: 'shop', secret: 'aws-iam-mail', pods: ['web-2'] },
    { state: 'missing', namespace: 'bank', secret: 'aws-iam-orders', pods: ['web-1'] },
    { state: 'ok', namespace: 'shop', secret: 'aws-iam-orders', pods: ['web-1', 'web-2'] },
  ]);
});

it('shows 200 Secrets of each namespace, and the number of the others', () => {
  const requests = Array.from({ length: 1_000 }, (_, i) => anAwsIamRole(`role-${i}`));
  const other = { ...anAwsIamRole('other'), namespace: 'other' };
  const namespaces = [aNamespace(), aNamespace('other')];
  const statuses = statusesOf(aView({ namespaces, awsIamRoles: [...requests, other] }));
  const { shown, omitted } = firstOfEachNamespace(statuses);
  expect(shown.filter(({ namespace }) => namespace === 'shop')).toHaveLength(200);
  expect(shown.filter(({ namespace }) => namespace === 'other')).toHaveLength(1);
  expect(omitted).toEqual([['shop', 800]]);
});
