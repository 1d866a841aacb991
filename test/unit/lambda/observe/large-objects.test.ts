import { describe, expect, it } from 'vitest';
import { BUDGET } from '../../../../contract/budgets.ts';
import { isCompleteIn } from '../../../../kubernetes/lists/api-object.ts';
import { listAwsIamRoles } from '../../../../lambda/observe/awsiamroles.ts';
import { listManagedSecrets } from '../../../../lambda/observe/managed-secrets.ts';
import { listNamespaces } from '../../../../lambda/observe/namespaces.ts';
import { EVERYWHERE } from '../../../support/builders/builders.ts';
import { FOREVER, fakeConnection } from '../../kubernetes/fake-connection.ts';

const INPUT = { scope: EVERYWHERE, signal: FOREVER } as const;
const MEGABYTE = 'x'.repeat(1_000_000);

/** More characters than any object may take in memory. */
const MAX_KEPT = 12_000;

const sizeOf = (value: unknown) => JSON.stringify(value).length;

function answering(kind: string, items: readonly object[]) {
  return fakeConnection(() => ({ body: { kind, items } }));
}

function metadata(more: object, name = 'one', namespace = 'shop') {
  return { metadata: { name, namespace, uid: `uid-of-${name}`, resourceVersion: '1', ...more } };
}

const many = (count: number, keyLength = 50) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`example.com/${'k'.repeat(keyLength)}${i}`, 'v']),
  );

describe('an AWSIAMRole', () => {
  const listed = async (parts: object, more: object = {}) => {
    const list = answering('AWSIAMRoleList', [{ ...metadata(more), ...parts }]);
    const { items, overBudget, failure } = await listAwsIamRoles(list, INPUT);
    expect(failure).toBeUndefined();
    expect(sizeOf(items)).toBeLessThan(MAX_KEPT);
    return { role: items[0], budgets: overBudget?.map(({ budget }) => budget) };
  };

  it('with a roleReference of a megabyte keeps its length', async () => {
    const { role, budgets } = await listed({ spec: { roleReference: MEGABYTE } });
    expect(role?.roleReferenceLength).toBeGreaterThanOrEqual(1_000_000);
    expect(role?.roleReference?.length ?? 0).toBeLessThanOrEqual(631);
    expect(budgets).toContain('roleReferenceLength');
  });

  it('with a roleReference of the maximum length keeps it', async () => {
    const roleReference = 'x'.repeat(BUDGET.roleReferenceLength);
    const { role, budgets } = await listed({ spec: { roleReference } });
    expect(role).toMatchObject({ roleReference });
    expect(role).not.toHaveProperty('roleReferenceLength');
    expect(budgets).toBeUndefined();
  });

  it('with 10,000 labels keeps some or none, and their length', async () => {
    const { role, budgets } = await listed({}, { labels: many(10_000) });
    expect(sizeOf(role?.labels)).toBeLessThan(2 * BUDGET.labelLength);
    expect(role?.labelLength).toBeGreaterThan(500_000);
    expect(budgets).toContain('labelLength');
  });

  it.each<[string, readonly unknown[]]>([
    ['a message of a megabyte', [{ type: 'Ready', status: 'True', message: MEGABYTE }]],
    ['10,000 conditions', Array(10_000).fill({ type: 'Other', status: 'True' })],
    ['a field of a megabyte', [{ type: 'Other', status: 'True', more: { x: MEGABYTE } }]],
  ])('with %s has cut conditions', async (_, conditions) => {
    const { role, budgets } = await listed({ status: { conditions } });
    expect(role?.status.areConditionsCut).toBe(true);
    expect(budgets).toContain('conditionsLength');
  });

  it('with long texts in its status keeps their beginning', async () => {
    await listed({ status: { roleARN: MEGABYTE, expiration: MEGABYTE } });
  });

  it('with 100 finalizers keeps the first', async () => {
    const finalizers = Array.from({ length: 100 }, (_, i) => `example.com/${i}`);
    const deletionTimestamp = '2026-11-23T12:00:00Z';
    const { role } = await listed({}, { finalizers, deletionTimestamp });
    expect(role?.deletion?.finalizers).toEqual(finalizers.slice(0, BUDGET.finalizersPerObject));
  });

  it('is left out where there are too many, but not one that has credentials', async () => {
    const status = { expiration: '2026-11-23T12:00:00Z' };
    const items = Array.from({ length: BUDGET.awsIamRolesPerNamespace + 10 }, (_, i) =>
      metadata({}, `role-${i}`),
    );
    const served = { ...metadata({}, 'served'), status };
    const other = metadata({}, 'one', 'other');
    const list = answering('AWSIAMRoleList', [...items, served, other]);
    const listing = await listAwsIamRoles(list, INPUT);
    const names = listing.items.map(({ name }) => name);
    expect(names).toHaveLength(BUDGET.awsIamRolesPerNamespace + 2);
    expect(names.slice(-2)).toEqual(['served', 'one']);
    expect(listing.overBudget).toMatchObject([
      { namespace: 'shop', budget: 'awsIamRolesPerNamespace', value: items.length },
    ]);
    expect(['shop', 'other'].map((name) => isCompleteIn(listing, name))).toEqual([false, true]);
  });
});

describe('a Secret', () => {
  const listed = async (more: object) => {
    const list = answering('PartialObjectMetadataList', [metadata(more)]);
    const { items, overBudget } = await listManagedSecrets(list, INPUT);
    expect(sizeOf(items)).toBeLessThan(MAX_KEPT);
    return { secret: items[0], budgets: overBudget?.map(({ budget }) => budget) };
  };

  it('keeps the labels and annotations of the product only', async () => {
    const { secret } = await listed({
      labels: { ...many(10_000), heritage: 'kube-aws-iam-controller', type: 'awsiamrole' },
      annotations: { ...many(3_000), 'kube-aws-iam/unused-since': 'x', note: MEGABYTE },
    });
    expect(secret?.labels).toEqual({ heritage: 'kube-aws-iam-controller', type: 'awsiamrole' });
    expect(secret?.annotations).toEqual({ 'kube-aws-iam/unused-since': 'x' });
  });

  it.each([
    ['kube-aws-iam/expires-at', 'ownAnnotationLength'],
    ['kube-aws-iam/unused-since', 'ownAnnotationLength'],
    ['kube-aws-iam/written-metadata', 'writtenMetadataLength'],
  ])('with an annotation %s of 200,000 characters keeps its beginning', async (key, budget) => {
    const { secret, budgets } = await listed({ annotations: { [key]: 'x'.repeat(200_000) } });
    expect(secret?.annotations[key]?.length).toBeGreaterThan(1_000);
    expect(budgets).toContain(budget);
  });

  it('with too many owners has one that is not an AWSIAMRole', async () => {
    const owner = { apiVersion: 'zalando.org/v1', kind: 'AWSIAMRole', name: 'one', uid: 'u' };
    const long = { ...owner, uid: MEGABYTE };
    const { secret } = await listed({ ownerReferences: [long, ...Array(5_000).fill(owner)] });
    expect(secret?.owners).toHaveLength(BUDGET.ownersPerSecret + 1);
    expect(secret?.owners.at(-1)?.kind).toBe('');
  });

  it('is left out where somebody labelled too many', async () => {
    const items = Array.from({ length: BUDGET.labelledSecretsPerNamespace + 5 }, (_, i) =>
      metadata({}, `aws-iam-${i}`),
    );
    const list = answering('PartialObjectMetadataList', [...items, metadata({}, 'a', 'other')]);
    const listing = await listManagedSecrets(list, INPUT);
    expect(listing.items).toHaveLength(BUDGET.labelledSecretsPerNamespace + 1);
    expect(['shop', 'other'].map((name) => isCompleteIn(listing, name))).toEqual([false, true]);
  });
});

it.each(['iam.amazonaws.com/allowed-roles', 'iam.amazonaws.com/permitted'])(
  'a namespace keeps the beginning of an annotation %s of 200,000 characters, and no other',
  async (key) => {
    const annotations = { ...many(1_000), [key]: 'x'.repeat(200_000) };
    const object = { metadata: { name: 'shop', uid: 'n', annotations } };
    const list = answering('PartialObjectMetadataList', [object]);
    const { items, overBudget } = await listNamespaces(list, INPUT);
    expect(items[0]?.annotations).toEqual({ [key]: 'x'.repeat(BUDGET.allowedRolesLength + 1) });
    expect(overBudget?.[0]).toEqual({
      ...{ namespace: 'shop', resource: 'namespaces' },
      ...{ budget: 'allowedRolesLength', value: 200_000 },
    });
  },
);
