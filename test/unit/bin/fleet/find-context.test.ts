import { describe, expect, it, vi } from 'vitest';
import { findContext, listContexts } from '../../../../bin/fleet/find-context.ts';
import { kubeconfigOf } from '../../../support/programs/kubeconfig-of.ts';

const SERVER = 'https://ABCD.gr7.eu-central-1.eks.amazonaws.com';
const arn = (account: string, region: string, name: string) =>
  `arn:aws:eks:${region}:${account}:cluster/${name}`;
const PROD = {
  clusterName: 'prod',
  account: '111111111111',
  region: 'eu-central-1',
  isEks: true,
  server: undefined,
};

function context(name: string, entry = name, server = `https://${name}.example.com`) {
  return { context: name, entry, server };
}

describe('findContext', () => {
  it.each([
    [
      'the ARN of the cluster',
      [context('x'), context('mine', arn('111111111111', 'eu-central-1', 'prod'))],
      PROD,
      'mine',
    ],
    [
      'the ARN in another account',
      [context('other', arn('222222222222', 'eu-central-1', 'prod'))],
      PROD,
      undefined,
    ],
    [
      'the ARN in another Region',
      [context('other', arn('111111111111', 'eu-west-1', 'prod'))],
      PROD,
      undefined,
    ],
    [
      'the ARN of another name',
      [context('other', arn('111111111111', 'eu-central-1', 'prod2'))],
      PROD,
      undefined,
    ],
    [
      'the first of several',
      [
        context('a', arn('111111111111', 'eu-central-1', 'prod')),
        context('b', arn('111111111111', 'eu-central-1', 'prod')),
      ],
      PROD,
      'a',
    ],
    [
      'a name of eksctl, which has no account',
      [context('eksctl', 'prod.eu-central-1.eksctl.io')],
      PROD,
      undefined,
    ],
    ['the name of an EKS cluster', [context('prod')], PROD, undefined],
    [
      'the server of the settings',
      [context('gke', 'gke', 'https://192.0.2.1:6443')],
      { ...PROD, isEks: false, server: 'https://192.0.2.1:6443/' },
      'gke',
    ],
    [
      'another server than that of the settings',
      [context('prod')],
      { ...PROD, isEks: false, server: 'https://192.0.2.1' },
      undefined,
    ],
    [
      'the name of a cluster outside EKS',
      [context('other'), context('prod')],
      { ...PROD, isEks: false },
      'prod',
    ],
    ['no context', [], PROD, undefined],
  ])('looks for %s', async (_, contexts, cluster, expected) => {
    expect(await findContext(contexts, cluster, async () => undefined)).toBe(expected);
  });

  it.each([
    [SERVER.toLowerCase(), 'short'],
    [`${SERVER}/`, 'short'],
    [`${SERVER}:443`, 'short'],
    ['https://EFGH.gr7.eu-central-1.eks.amazonaws.com', undefined],
    [undefined, undefined],
  ])('compares the endpoint %s with the servers', async (endpoint, expected) => {
    const contexts = listContexts({
      kubeconfig: kubeconfigOf([{ context: 'other' }, { context: 'short', server: SERVER }]),
    });
    expect(await findContext(contexts, PROD, async () => endpoint)).toBe(expected);
  });

  it('asks EKS only if nothing else identifies the cluster', async () => {
    const describeEndpoint = vi.fn(async () => undefined);
    const named = [context('mine', arn('111111111111', 'eu-central-1', 'prod'))];
    await findContext(named, PROD, describeEndpoint);
    await findContext([], { ...PROD, isEks: false }, describeEndpoint);
    await findContext([], { ...PROD, server: 'https://192.0.2.1' }, describeEndpoint);
    expect(describeEndpoint).not.toHaveBeenCalled();
    await findContext([], PROD, describeEndpoint);
    expect(describeEndpoint).toHaveBeenCalledOnce();
  });
});

describe('listContexts', () => {
  it('lists the current context first', () => {
    const kubeconfig = kubeconfigOf([{ context: 'a' }, { context: 'b' }, { context: 'c' }], 'b');
    expect(listContexts({ kubeconfig }).map(({ context }) => context)).toEqual(['b', 'a', 'c']);
  });

  it('leaves out contexts that cannot be used', () => {
    const kubeconfig = kubeconfigOf([
      { context: 'whole' },
      { context: 'without-server', server: '' },
      { context: 'invalid', server: 5 },
    ]);
    expect(listContexts({ kubeconfig }).map(({ context }) => context)).toEqual(['whole']);
  });

  it('is empty without a kubeconfig', () => {
    expect(listContexts({ kubeconfig: '/does/not/exist' })).toEqual([]);
  });
});
