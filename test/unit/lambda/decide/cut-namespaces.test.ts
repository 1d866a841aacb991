import { describe, expect, it } from 'vitest';
import { BUDGET } from '../../../../contract/budgets.ts';
import { removeSecret } from '../../../../lambda/act/secrets/remove-secret.ts';
import { planRefresh } from '../../../../lambda/decide/plan-refresh.ts';
import { planSweep } from '../../../../lambda/decide/plan-sweep.ts';
import { collectRequestedSecrets } from '../../../../lambda/decide/requested-secrets.ts';
import { summarizeExcess } from '../../../../lambda/report/over-budget.ts';
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
import { FakeCluster } from '../../../support/builders/fake-cluster.ts';
import { FOREVER } from '../../kubernetes/fake-connection.ts';

const cut = { ...aPod('greedy', ['aws-iam-a']), cutNames: 5 };
const marked = { annotations: { 'kube-aws-iam/unused-since': iso(minutes(-90)) } };
const cutIn = new Set(['shop']);

const actionsOf = (items: readonly { action: string; namespace: string; name: string }[]) =>
  items.map(({ action, namespace, name }) => `${action} ${namespace}/${name}`).toSorted();

describe('where names of a pod were cut', () => {
  const inOther = { ...aSecret('aws-iam-gone'), namespace: 'other' };
  const secrets = [
    aSecret('aws-iam-a'),
    aSecret('aws-iam-unused'),
    aSecret('aws-iam-marked', marked),
    aSecret('aws-iam-due', marked, minutes(5)),
    { ...aSecret('orphan', ofAwsIamRole({ uid: 'u', name: 'orphan' })), owners: [] },
    inOther,
  ];
  const view = aView({
    namespaces: [aNamespace(), aNamespace('other')],
    pods: [cut],
    secrets,
  });
  const observed = { ...view, pods: { ...view.pods, cutIn } };

  it('a sweep neither marks nor removes a Secret, but in other namespaces', () => {
    expect(actionsOf(planSweep(aContext(observed), observed, true).items)).toEqual([
      'keep shop/aws-iam-a',
      'keep shop/aws-iam-marked',
      'keep shop/aws-iam-unused',
      'mark other/aws-iam-gone',
      'renew shop/aws-iam-due',
    ]);
  });

  it('it would without the cut', () => {
    expect(actionsOf(planSweep(aContext(view), view, true).items)).toEqual(
      expect.arrayContaining(['mark shop/aws-iam-unused', 'remove shop/aws-iam-marked']),
    );
  });

  it('a removal that was planned before is deferred', async () => {
    const cluster = new FakeCluster();
    const secret = aSecret('aws-iam-marked', marked);
    cluster.put(secret);
    const [item] = planSweep(
      aContext(aView({ secrets: [secret] })),
      aView({ secrets: [secret] }),
      true,
    ).items;
    if (item?.action !== 'remove') throw new Error('not planned');
    const pods = async () => ({ items: [cut], seen: 1, cutIn });
    const outcome = await removeSecret(cluster.deps(), item, pods, FOREVER);
    expect(outcome).toMatchObject({ result: 'deferred', reason: 'pods-unknown' });
    expect(cluster.log.filter((step) => step.startsWith('remove'))).toEqual([]);
  });

  it('the pod has one ignored mount with the number, however many names it has', () => {
    const { ignored } = collectRequestedSecrets([{ ...cut, cutNames: 69_999 }]);
    expect(ignored).toMatchObject([
      { reason: 'too-many-names', message: expect.stringContaining('70000 Secrets') },
    ]);
  });
});

it('a cut AWSIAMRole is not mistaken for a missing one', () => {
  const secret = aSecret('reports', ofAwsIamRole({ uid: 'u', name: 'reports' }));
  const view = aView({ secrets: [secret], pods: [aPod('web', ['aws-iam-new'])] });
  const observed = { ...view, awsIamRoles: { ...view.awsIamRoles, cutIn } };
  expect(actionsOf(planSweep(aContext(observed), observed, true).items)).toEqual([
    'defer shop/aws-iam-new',
  ]);
});

describe('a namespace with as many Secrets as the product creates', () => {
  const existing = Array.from({ length: BUDGET.secretsPerNamespace - 1 }, (_, i) =>
    aSecret(`aws-iam-${i}`),
  );
  const foreign = aSecret('theirs', { labels: {} });
  const roles = [anAwsIamRole('one'), anAwsIamRole('two')];
  const view = aView({
    secrets: [...existing, foreign],
    awsIamRoles: [...roles, { ...anAwsIamRole('one'), namespace: 'other' }],
    namespaces: [aNamespace(), aNamespace('other')],
  });
  const { items } = planRefresh(aContext(view), view);

  it('gets no more, and others do', () => {
    expect(actionsOf(items.filter(({ awsIamRole }) => awsIamRole !== undefined))).toEqual([
      'create other/one',
      'create shop/one',
      'refuse shop/two',
    ]);
    expect(items.find(({ action }) => action === 'refuse')).toMatchObject({
      reason: 'namespace-full',
      message: expect.stringContaining('has 2000 Secrets'),
    });
  });

  it('is in the report', () => {
    const outcomes = items.flatMap((item) =>
      item.action === 'refuse' ? [{ ...item, result: 'refused' as const }] : [],
    );
    expect(summarizeExcess(view, outcomes)).toEqual({
      namespacesOverBudget: 1,
      overBudget: [
        { namespace: 'shop', resource: 'secrets', budget: 'secretsPerNamespace', value: 2_001 },
      ],
    });
  });
});

it('the report has the greatest excesses of many namespaces, and their number', () => {
  const view = aView({});
  const overBudget = Array.from({ length: 3_000 }, (_, i) => ({
    namespace: `n-${i}`,
    resource: 'pods',
    budget: 'secretNamesPerPod' as const,
    value: 251 + i,
  }));
  const observed = { ...view, pods: { ...view.pods, overBudget } };
  const report = summarizeExcess(observed, []);
  expect(report.namespacesOverBudget).toBe(3_000);
  expect(report.overBudget).toHaveLength(20);
  expect(report.overBudget[0]?.namespace).toBe('n-2999');
});
