import { describe, expect, it } from 'vitest';
import type { ItemOutcome } from '../../../../lambda/act/item-outcome.ts';
import { summarizeRenewal } from '../../../../lambda/report/role-renewal.ts';

const ROLE_ARN = 'arn:aws:iam::123456789012:role/orders';

function outcome(
  name: string,
  rest: Pick<ItemOutcome, 'result'> & { reason?: string; message?: string; roleArn?: string },
): ItemOutcome {
  const subject = { namespace: 'shop', name, role: 'orders', roleArn: ROLE_ARN };
  // Has only the fields that are read.
  return { ...subject, action: 'renew', sessionSeconds: 3_600, ...rest } as ItemOutcome;
}

describe('summarizeRenewal', () => {
  it('counts the Secrets of the role, and lists those without new credentials', () => {
    const denied = { reason: 'assume-role-denied', message: 'why' };
    expect(
      summarizeRenewal(
        [
          outcome('a', { result: 'renewed' }),
          outcome('b', { result: 'created' }),
          outcome('c', { result: 'failed', ...denied }),
          outcome('d', { result: 'kept' }),
          outcome('e', { result: 'renewed', roleArn: 'arn:aws:iam::123456789012:role/other' }),
          outcome('f', { result: 'failed', ...denied, roleArn: 'arn:aws:iam::1:role/orders' }),
        ],
        ROLE_ARN,
      ),
    ).toEqual({
      renewed: 2,
      notRenewed: [
        {
          namespace: 'shop',
          secret: 'c',
          result: 'failed',
          reason: 'assume-role-denied',
          explanation: 'why',
        },
      ],
    });
  });

  it('limits the list to the size of a response', () => {
    const many = Array.from({ length: 1_500 }, (_, i) =>
      outcome(`s${i}`, { result: 'deferred', reason: 'out-of-time', message: '' }),
    );
    expect(summarizeRenewal(many, ROLE_ARN).notRenewed).toHaveLength(1_000);
  });
});
