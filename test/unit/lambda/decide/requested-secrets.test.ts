import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  collectRequestedSecrets,
  parseSecretName,
} from '../../../../lambda/decide/requested-secrets.ts';
import { aPod } from '../../../support/builders/builders.ts';

describe('parseSecretName', () => {
  it.each([
    ['aws-iam-orders', 'orders'],
    ['aws-iam-a', 'a'],
    ['aws-iam-orders.prod-2', 'orders.prod-2'],
    [`aws-iam-${'r'.repeat(64)}`, 'r'.repeat(64)],
    ['aws-iam-token-reader', 'token-reader'],
    // Not a token: random names of Kubernetes contain no vowels.
    ['aws-iam-app-token-audit', 'app-token-audit'],
  ])('parses %s', (name, role) => {
    expect(parseSecretName(name)).toEqual({ role });
  });

  it.each([
    ['aws-iam-', 'impossible-secret-name'],
    ['aws-iam-Orders', 'impossible-secret-name'],
    ['aws-iam-team/orders', 'impossible-secret-name'],
    ['aws-iam-orders_2', 'impossible-secret-name'],
    ['aws-iam-orders.', 'impossible-secret-name'],
    ['aws-iam-orders\n', 'impossible-secret-name'],
    [`aws-iam-${'r'.repeat(300)}`, 'impossible-secret-name'],
    [`aws-iam-${'r'.repeat(65)}`, 'impossible-role-name'],
    ['aws-iam-authenticator-token-x7k2p', 'service-account-token'],
  ])('rejects %j: %s', (name, reason) => {
    expect(parseSecretName(name)).toMatchObject({ reason });
  });

  it('never returns a role name that IAM or Kubernetes rejects', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (rest) => {
        const { role } = parseSecretName(`aws-iam-${rest}`);
        if (role !== undefined) expect(role).toMatch(/^[a-z0-9.-]{1,64}$/);
      }),
    );
  });

  it('rejects a long hostile name quickly', () => {
    expect(parseSecretName(`aws-iam-${'a-'.repeat(500_000)}!`)).toMatchObject({
      reason: 'impossible-secret-name',
    });
  });
});

describe('collectRequestedSecrets', () => {
  it('contains every Secret that a pod mounts, not only the first', () => {
    const { requests } = collectRequestedSecrets([
      aPod('web', ['aws-iam-orders', 'aws-iam-billing']),
    ]);
    expect([...requests.keys()]).toEqual(['shop/aws-iam-orders', 'shop/aws-iam-billing']);
  });

  it('contains a Secret once for a thousand pods of one Deployment, with the first of them', () => {
    const pods = Array.from({ length: 1_000 }, (_, i) => aPod(`web-${i}`, ['aws-iam-orders']));
    const { requests } = collectRequestedSecrets(pods);
    expect([...requests.values()]).toEqual([
      {
        namespace: 'shop',
        secretName: 'aws-iam-orders',
        role: 'orders',
        pod: { namespace: 'shop', name: 'web-0', uid: 'uid-of-web-0' },
        isForExisting: false,
        isProven: false,
      },
    ]);
  });

  it('separates namespaces', () => {
    const { requests } = collectRequestedSecrets([
      aPod('web', ['aws-iam-orders'], 'shop'),
      aPod('web', ['aws-iam-orders'], 'bank'),
    ]);
    expect([...requests.keys()]).toEqual(['shop/aws-iam-orders', 'bank/aws-iam-orders']);
  });

  it('contains the reason for each ignored mount, and the remaining requests', () => {
    const { requests, ignored } = collectRequestedSecrets([
      aPod('web', ['aws-iam-Orders', 'aws-iam-authenticator-token-x7k2p', 'aws-iam-billing']),
    ]);
    expect([...requests.keys()]).toEqual(['shop/aws-iam-billing']);
    expect(ignored.map(({ secretName, reason }) => [secretName, reason])).toEqual([
      ['aws-iam-Orders', 'impossible-secret-name'],
      ['aws-iam-authenticator-token-x7k2p', 'service-account-token'],
    ]);
  });

  it('accepts twenty roles of a pod, and reports the excess', () => {
    const many = Array.from({ length: 15_000 }, (_, i) => `aws-iam-r${i}`);
    const { requests, ignored } = collectRequestedSecrets([
      aPod('greedy', many),
      aPod('web', ['aws-iam-r14000']),
    ]);
    const accepted = [...requests.values()].filter(({ isForExisting }) => !isForExisting);
    expect(accepted).toHaveLength(21);
    expect(accepted.at(-1)).toMatchObject({ secretName: 'aws-iam-r14000', pod: { name: 'web' } });
    expect(ignored).toMatchObject([{ secretName: 'aws-iam-r20', reason: 'too-many-roles' }]);
  });

  describe('of environment variables', () => {
    const withVariables = (...environmentNames: string[]) => ({
      ...aPod('web', ['aws-iam-mounted']),
      environmentNames,
    });

    it('are for existing Secrets, unless another pod mounts the Secret', () => {
      const { requests, inEnvironment } = collectRequestedSecrets([
        withVariables('aws-iam-a', 'aws-iam-b', 'aws-iam-x-token-bcdfg'),
        aPod('other', ['aws-iam-b']),
      ]);
      expect([...requests].map(([key, { isForExisting }]) => [key, isForExisting])).toEqual([
        ['shop/aws-iam-mounted', false],
        ['shop/aws-iam-a', true],
        ['shop/aws-iam-b', false],
      ]);
      expect([...inEnvironment.keys()]).toEqual(['shop/aws-iam-a', 'shop/aws-iam-b']);
    });

    it('are kept in any number, and explained for twenty', () => {
      const names = Array.from({ length: 50_000 }, (_, i) => `aws-iam-r${i}`);
      const running = { ...withVariables(...names), provenNames: names };
      const { requests, inEnvironment } = collectRequestedSecrets([running]);
      expect([requests.size, inEnvironment.size]).toEqual([50_001, 20]);
      expect([...requests.values()].filter(({ isProven }) => isProven)).toHaveLength(50_000);
    });
  });

  it('of several pods combine: who waits, who has started, and since when', () => {
    const at = (minute: number) => new Date(Date.UTC(2026, 10, 23, 12, minute));
    const gated = { ...aPod('gated', ['aws-iam-a']), isGated: true, createdAt: at(3) } as const;
    const running = {
      ...aPod('running', ['aws-iam-a']),
      provenNames: ['aws-iam-a'],
      createdAt: at(1),
    };
    const waiting = { ...aPod('waiting', ['aws-iam-a']), createdAt: at(2) };
    const of = (...pods: Parameters<typeof collectRequestedSecrets>[0]) => {
      const [request] = collectRequestedSecrets(pods).requests.values();
      return [request?.pod.name, request?.isForExisting, request?.isProven, request?.since];
    };
    expect(of(gated)).toEqual(['gated', true, false, at(3)]);
    expect(of(gated, waiting)).toEqual(['waiting', false, false, at(2)]);
    expect(of(waiting, gated, running)).toEqual(['waiting', false, true, at(1)]);
  });
});
