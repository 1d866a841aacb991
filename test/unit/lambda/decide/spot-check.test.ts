import { describe, expect, it } from 'vitest';
import { createFingerprint } from '../../../../lambda/decide/configured-session.ts';
import { planRefresh } from '../../../../lambda/decide/plan-refresh.ts';
import type { ManagedSecret } from '../../../../lambda/observe/managed-secrets.ts';
import type { ObservedPod } from '../../../../lambda/observe/pods.ts';
import {
  aContext,
  aNamespace,
  aPod,
  aSecret,
  aView,
  BASE_ROLE_ARN,
  listing,
  minutes,
  SESSION_CONFIG,
} from '../../../support/builders/builders.ts';

/** A Secret in use, whose credentials were issued some minutes ago. */
const issued = (namespace: string, minutesAgo: number, name = 'aws-iam-r') => {
  const subject = { namespace, roleArn: BASE_ROLE_ARN + name.slice('aws-iam-'.length) };
  const fingerprint = createFingerprint(SESSION_CONFIG)({ ...subject, sessionSeconds: 3_600 });
  const annotations = { 'kube-aws-iam/session': fingerprint };
  return aSecret(name, { namespace, annotations }, minutes(60 - minutesAgo));
};
/** One whose renewal has been due for at least five minutes. */
const overdue = (namespace: string, name = 'aws-iam-r') => issued(namespace, 35, name);
const inNamespaces = (count: number, minutesAgo: number) =>
  Array.from({ length: count }, (_, index) => issued(`other-${index}`, minutesAgo - index / 10));

function renewed(
  secrets: readonly ManagedSecret[],
  { pods = [], except = [] }: { pods?: readonly ObservedPod[]; except?: readonly string[] } = {},
): readonly string[] {
  const names = new Set([...secrets, ...pods].map(({ namespace }) => namespace));
  const namespaces = [...names]
    .filter((name) => !except.includes(name))
    .map((name) => aNamespace(name));
  const view = {
    ...aView({ pods: [...pods], secrets: [...secrets] }),
    namespaces: listing(namespaces),
  };
  return planRefresh(aContext(view), view)
    .items.filter(({ action }) => action === 'renew')
    .map(({ namespace, name }) => `${namespace}/${name.slice('aws-iam-'.length)}`);
}

describe('a refresh', () => {
  it('renews nothing early if nothing is overdue', () => {
    expect(renewed(inNamespaces(9, 20))).toEqual([]);
  });

  it('renews nothing early if another namespace has received credentials since', () => {
    expect(renewed([overdue('a'), ...inNamespaces(9, 20), issued('b', 4)])).toEqual(['a/r']);
  });

  it('renews those that are due next of three other namespaces, if none has', () => {
    expect(renewed([overdue('a'), ...inNamespaces(9, 20)])).toEqual([
      'a/r',
      'other-0/r',
      'other-1/r',
      'other-2/r',
    ]);
  });

  it('renews one of each namespace only', () => {
    const secrets = ['r', 's', 't'].map((role) => issued('b', 20, `aws-iam-${role}`));
    expect(renewed([overdue('a'), ...secrets])).toEqual(['a/r', 'b/r']);
  });

  it.each<[string, ManagedSecret, (readonly string[])?]>([
    [
      'is marked',
      {
        ...issued('b', 20),
        annotations: { ...issued('b', 20).annotations, 'kube-aws-iam/unused-since': 'x' },
      },
    ],
    ['is being deleted', { ...issued('b', 20), deletion: { since: minutes(0), finalizers: [] } }],
    ['belongs to somebody else', { ...issued('b', 20), labels: {} }],
    ['is no longer allowed its role', issued('b', 20), ['b']],
  ])('does not renew a Secret early that %s', (_, secret, except = []) => {
    expect(renewed([overdue('a'), secret], { except })).toEqual(['a/r']);
  });

  it('renews another role of the only namespace, unless one has been issued since', () => {
    const fresh = issued('a', 20, 'aws-iam-s');
    expect(renewed([overdue('a'), fresh])).toEqual(['a/r', 'a/s']);
    expect(renewed([overdue('a'), fresh, issued('a', 2, 'aws-iam-t')])).toEqual(['a/r']);
  });

  it.each([
    [1, []],
    [2, ['b/r']],
  ])('does the same for a pod that has waited for %i minutes', (ago, expected) => {
    const pod = { ...aPod('web', ['aws-iam-missing'], 'a'), createdAt: minutes(-ago) };
    expect(renewed([issued('b', 20)], { pods: [pod] })).toEqual(expected);
  });
});
