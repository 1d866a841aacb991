import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MOST_WANTS, secretOfWant } from '../../lambda/contract/pod-event.ts';
import { PassEventError } from '../../lambda/errors.ts';
import { readPassEvent } from '../../lambda/read-pass-event.ts';
import { isBusEvent, readPodEvent } from '../../lambda/read-pod-event.ts';
import { EXAMPLES, hostileText, hostileValue, mutated } from './hostile.ts';

const EVENT = {
  version: '0',
  id: '1',
  source: 'kube-aws-iam.forwarder',
  'detail-type': 'Credentials Wanted',
  detail: {
    wanted: [
      {
        namespace: 'shop',
        secret: 'aws-iam-orders',
        pod: 'web',
        seenAt: '2026-11-23T12:00:00.000Z',
      },
      { namespace: 'shop', awsIamRole: 'billing', seenAt: '2026-11-23T12:00:00.000Z' },
    ],
  },
};

const NAME = /^[a-z0-9.-]{1,253}$/;

describe('whatever invokes a function', () => {
  it('as a pod event names objects that can be, or is dropped with a short reason', () => {
    fc.assert(
      fc.property(fc.oneof(mutated(EVENT), hostileValue), (event) => {
        isBusEvent(event);
        const reading = readPodEvent(event);
        if ('malformed' in reading) {
          expect(reading.malformed.length).toBeLessThan(1_000);
          return;
        }
        expect(reading.wanted.length).toBeLessThanOrEqual(MOST_WANTS);
        for (const want of reading.wanted) {
          expect(want.namespace).toMatch(NAME);
          expect(secretOfWant(want)).toMatch(NAME);
          if ('pod' in want) expect(want.pod).toMatch(NAME);
          expect(Number.isNaN(Date.parse(want.seenAt))).toBe(false);
        }
      }),
      EXAMPLES,
    );
  });

  it('as a pass is one of the passes, or an error that names them', () => {
    const event = fc.oneof(
      hostileValue,
      fc.record(
        {
          pass: fc.oneof(fc.constantFrom('refresh', 'sweep', 'check'), hostileValue),
          confirm: fc.oneof(fc.boolean(), hostileValue),
          renew: fc.oneof(hostileText, fc.constant('arn:aws:iam::123456789012:role/a')),
        },
        { requiredKeys: [] },
      ),
    );
    fc.assert(
      fc.property(event, fc.constantFrom('refresh', 'sweep'), (value, acting) => {
        try {
          const { pass, confirm, renew } = readPassEvent(value, acting);
          expect([acting, 'check']).toContain(pass);
          if (confirm !== undefined) expect([pass, confirm]).toEqual(['sweep', true]);
          if (renew !== undefined)
            expect(renew).toMatch(/^arn:aws[a-z-]*:iam::\d{12}:role\/[!-~]+$/);
        } catch (error) {
          expect(error).toBeInstanceOf(PassEventError);
          expect((error as Error).message.length).toBeLessThan(1_000);
        }
      }),
      EXAMPLES,
    );
  });
});
