import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  collectRequestedSecrets,
  parseSecretName,
} from '../../../../lambda/decide/requested-secrets.ts';
import { aPod } from '../../../support/builders.ts';

describe('roleOfSecret', () => {
  it.each([
    ['aws-iam-orders', 'orders'],
    ['aws-iam-a', 'a'],
    ['aws-iam-orders.prod-2', 'orders.prod-2'],
    [`aws-iam-${'r'.repeat(64)}`, 'r'.repeat(64)],
    ['aws-iam-token-reader', 'token-reader'],
    // Ends like a token but for the vowels, which Kubernetes leaves out of random names.
    ['aws-iam-app-token-audit', 'app-token-audit'],
  ])('reads %s', (name, role) => {
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
  ])('says of %j: %s', (name, reason) => {
    expect(parseSecretName(name)).toMatchObject({ reason });
  });

  it('never reads a role that IAM or Kubernetes would refuse', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (rest) => {
        const { role } = parseSecretName(`aws-iam-${rest}`);
        if (role !== undefined) expect(role).toMatch(/^[a-z0-9.-]{1,64}$/);
      }),
    );
  });

  it('takes no longer for a long hostile name', () => {
    expect(parseSecretName(`aws-iam-${'a-'.repeat(500_000)}!`)).toMatchObject({
      reason: 'impossible-secret-name',
    });
  });
});

describe('collectRequests', () => {
  it('asks for every Secret that a pod mounts, not only for the first', () => {
    const { requests } = collectRequestedSecrets([
      aPod('web', ['aws-iam-orders', 'aws-iam-billing']),
    ]);
    expect([...requests.keys()]).toEqual(['shop/aws-iam-orders', 'shop/aws-iam-billing']);
  });

  it('asks once for a thousand pods of one Deployment, and names the first', () => {
    const pods = Array.from({ length: 1_000 }, (_, i) => aPod(`web-${i}`, ['aws-iam-orders']));
    const { requests } = collectRequestedSecrets(pods);
    expect([...requests.values()]).toEqual([
      {
        namespace: 'shop',
        secretName: 'aws-iam-orders',
        role: 'orders',
        pod: { namespace: 'shop', name: 'web-0', uid: 'uid-of-web-0' },
        isSurplus: false,
      },
    ]);
  });

  it('keeps namespaces apart', () => {
    const { requests } = collectRequestedSecrets([
      aPod('web', ['aws-iam-orders'], 'shop'),
      aPod('web', ['aws-iam-orders'], 'bank'),
    ]);
    expect([...requests.keys()]).toEqual(['shop/aws-iam-orders', 'bank/aws-iam-orders']);
  });

  it('gives a reason for each mount that asks for nothing, and goes on', () => {
    const { requests, ignored } = collectRequestedSecrets([
      aPod('web', ['aws-iam-Orders', 'aws-iam-authenticator-token-x7k2p', 'aws-iam-billing']),
    ]);
    expect([...requests.keys()]).toEqual(['shop/aws-iam-billing']);
    expect(ignored.map(({ secretName, reason }) => [secretName, reason])).toEqual([
      ['aws-iam-Orders', 'impossible-secret-name'],
      ['aws-iam-authenticator-token-x7k2p', 'service-account-token'],
    ]);
  });

  it('takes twenty roles of a pod, and says so of what comes after them', () => {
    const many = Array.from({ length: 15_000 }, (_, i) => `aws-iam-r${i}`);
    const { requests, ignored } = collectRequestedSecrets([
      aPod('greedy', many),
      aPod('web', ['aws-iam-r14000']),
    ]);
    const served = [...requests.values()].filter(({ isOverLimit: isSurplus }) => !isSurplus);
    expect(served).toHaveLength(21);
    expect(served.at(-1)).toMatchObject({ secretName: 'aws-iam-r14000', pod: { name: 'web' } });
    expect(ignored).toMatchObject([{ secretName: 'aws-iam-r20', reason: 'too-many-roles' }]);
  });
});
