import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  awsIamRoleTerminating,
  deletionNotice,
  secretImmutable,
  secretOfAnother,
} from '../../../../lambda/decide/ownership-problems.ts';
import {
  anAwsIamRole,
  anOwner,
  aSecret,
  minutes,
  NOW,
  ofAwsIamRole,
} from '../../../support/builders/builders.ts';

const deletion = (finalizers: readonly string[], ago = 10) => ({
  since: minutes(-ago),
  finalizers,
});

describe('the message about a Secret of another owner', () => {
  it('names the owner, the expiry and the remedy', () => {
    const secret = aSecret('aws-iam-orders', { owners: [anOwner()] }, minutes(12));
    expect(secretOfAnother(secret, 3_600, NOW).message).toBe(
      'Secret aws-iam-orders in namespace shop has the owner ConfigMap backup (metadata.ownerReferences), so the refresher ' +
        'does not renew it, and its credentials expire at 2026-11-23T12:12:00Z. Have the controller of ConfigMap remove the owner ' +
        'reference, or use another name; or delete the Secret, and the refresher creates it again: kubectl delete secret -n shop aws-iam-orders',
    );
  });

  it('is the same in each pass, until the credentials have expired', () => {
    const secret = aSecret('aws-iam-orders', { owners: [anOwner()] }, minutes(12));
    const messages = [0, 5, 11.9, 12, 30, 90].map(
      (at) => secretOfAnother(secret, 3_600, minutes(at)).message,
    );
    expect(new Set(messages).size).toBe(2);
    expect(messages.at(-1)).toContain('its credentials expired at 2026-11-23T12:12:00Z');
  });

  it.each([
    ['an owner of another API group', { apiVersion: 'example.com/v1', kind: 'AWSIAMRole' }],
    [
      'an AWSIAMRole of another name',
      { apiVersion: 'zalando.org/v1', kind: 'AWSIAMRole', name: 'x' },
    ],
    ['no API version', { apiVersion: '', kind: 'AWSIAMRole', name: 'aws-iam-orders' }],
  ])('applies to %s', (_, owner) => {
    const secret = aSecret('aws-iam-orders', {
      owners: [anOwner({ name: 'aws-iam-orders', ...owner })],
    });
    expect(secretOfAnother(secret, 3_600, NOW).reason).toBe('owned-by-another');
  });

  it('contains nothing that a shell or a terminal interprets, whatever tenants have written', () => {
    const texts = fc.string({ unit: 'binary', maxLength: 400 });
    fc.assert(
      fc.property(texts, texts, fc.array(texts, { maxLength: 6 }), (kind, name, finalizers) => {
        const owners = [anOwner({ kind, name })];
        const secret = aSecret('aws-iam-orders', { owners, deletion: deletion(finalizers) });
        const resource = anAwsIamRole('aws-iam-orders', { deletion: deletion(finalizers) });
        const messages = [
          secretOfAnother(secret, 3_600, NOW).message,
          deletionNotice(secret).notice ?? '',
          awsIamRoleTerminating(resource, deletion(finalizers), undefined, NOW).message,
        ];
        const oddlyNamed = aSecret(name, { owners }, minutes(5));
        messages.push(secretOfAnother(oddlyNamed, 3_600, NOW).message, secretImmutable(oddlyNamed));
        for (const message of messages) {
          expect(message).toMatch(/^[\w =+,.@:/()?;…-]*$/);
          expect(message.length).toBeLessThan(2_000);
        }
      }),
    );
  });
});

describe('the message about a Secret of a deleted AWSIAMRole', () => {
  const secret = (parts = {}) =>
    aSecret(
      'aws-iam-orders',
      { ...ofAwsIamRole({ uid: 'gone', name: 'aws-iam-orders' }), ...parts },
      minutes(20),
    );

  it('names the AWSIAMRole and what follows from each remedy', () => {
    expect(secretOfAnother(secret(), 3_600, NOW).message).toMatch(
      /belonged to AWSIAMRole aws-iam-orders, which no longer exists: it is not renewed, and its credentials expire at 2026-11-23T12:20:00Z\. Create the AWSIAMRole again, or delete the Secret: kubectl delete secret -n shop aws-iam-orders \(the refresher then creates one for role orders\)$/,
    );
  });

  it('names at most three finalizers', () => {
    const finalizers = ['a.io/1', 'a.io/2', 'a.io/3', 'a.io/4'];
    const { message } = secretOfAnother(secret({ deletion: deletion(finalizers) }), 3_600, NOW);
    expect(message).toContain('but the finalizers a.io/1, a.io/2, a.io/3, … delay that');
  });

  it.each([
    ['was deleted a minute ago', { deletion: deletion(['x/y'], 1) }, 'defer'],
    ['was deleted three minutes ago', { deletion: deletion(['x/y'], 3) }, 'refuse'],
    ['is not deleted', {}, 'refuse'],
  ])('is deferred only if it %s', (_, parts, action) => {
    expect(secretOfAnother(secret(parts), 3_600, NOW).action).toBe(action);
    const resource = anAwsIamRole('aws-iam-orders');
    expect(secretOfAnother(secret(parts), 3_600, NOW, resource).action).toBe(action);
  });

  it('is deferred if it was issued a minute ago: its AWSIAMRole may be new', () => {
    expect(secretOfAnother(secret(), 3_600, minutes(-39)).action).toBe('defer');
    expect(secretOfAnother(secret(), 3_600, minutes(-37)).action).toBe('refuse');
  });
});

it('an AWSIAMRole that is being deleted is reported with its finalizers and the expiry', () => {
  const resource = anAwsIamRole('orders');
  const { message } = awsIamRoleTerminating(resource, deletion(['a.io/hold']), minutes(-5), NOW);
  expect(message).toBe(
    'AWSIAMRole orders in namespace shop is being deleted, but the finalizers a.io/hold delay that: its Secret is no longer renewed, ' +
      'and its credentials expired at 2026-11-23T11:55:00Z. Have their controller remove them, or remove them: ' +
      'kubectl edit awsiamrole -n shop orders. Create it again if pods still need it',
  );
});

it('an immutable Secret is reported with what to do', () => {
  expect(secretImmutable({ namespace: 'shop', name: 'aws-iam-orders' })).toMatch(
    /is immutable .*kubectl delete secret -n shop aws-iam-orders\. Then restart the pods/,
  );
});
