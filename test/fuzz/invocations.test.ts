import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NAMESPACE_NAME, OBJECT_NAME } from '../../contract/object-name.ts';
import { type CredentialRequestEvent, MAX_REQUESTS } from '../../contract/pod-event.ts';
import { PassEventError, readPassEvent } from '../../lambda/read-pass-event.ts';
import { isBusEvent, readPodEvent } from '../../lambda/read-pod-event.ts';
import { aBusEvent, aRequest } from '../support/builders.ts';
import { mutatedJson } from './mutated-json.ts';
import { runs } from './runs.ts';
import { nested, strangeValue } from './strange-values.ts';

const READ: ReadonlySet<string> = new Set([
  ...['source', 'detail-type', 'detail', 'wanted', 'namespace', 'secret', 'pod', 'awsIamRole'],
  ...['seenAt', 'pass', 'confirm', 'renew', '0', '1'],
]);
const MUCH_DEEPER = 20_000;

const ROLE_ARN = 'arn:aws:iam::123456789012:role/orders';
const passEvent = fc.constantFrom<unknown>(
  { pass: 'refresh' },
  { pass: 'sweep', confirm: true },
  { pass: 'check' },
  { pass: 'refresh', renew: ROLE_ARN },
);

/** A want of which one member is a name that no object has, or anything. */
const strangeWant = fc
  .record({
    member: fc.constantFrom('namespace', 'secret', 'pod', 'seenAt'),
    value: fc.oneof(
      fc.constantFrom('../x', 'a/b', 'A', 'aws-iam-a/../b', 'a\n', '-', 'a..b', 'x'.repeat(254)),
      strangeValue,
    ),
  })
  .map(({ member, value }) => ({ ...aRequest('aws-iam-orders'), [member]: value }));

function expectPossible({ wanted }: CredentialRequestEvent): void {
  expect(wanted.length).toBeLessThanOrEqual(MAX_REQUESTS);
  for (const want of wanted) {
    expect(want.namespace).toMatch(NAMESPACE_NAME);
    const names = 'pod' in want ? [want.pod, want.secret] : [want.awsIamRole];
    for (const name of names) expect(name).toMatch(OBJECT_NAME);
    expect(new Date(want.seenAt).getTime()).not.toBeNaN();
  }
}

describe('invocations by anybody', () => {
  it.each(['refresh', 'sweep'] as const)('are a pass of %s, or refused in a line', (acting) => {
    const event = fc.oneof(
      passEvent.chain((right) => mutatedJson(right, READ)),
      strangeValue,
      fc.constant(nested(MUCH_DEEPER)),
      fc.constant({ pass: nested(MUCH_DEEPER) }),
    );
    fc.assert(
      fc.property(event, (invocation) => {
        try {
          const { pass, confirm, renew, ...rest } = readPassEvent(invocation, acting);
          expect([acting, 'check']).toContain(pass);
          if (confirm !== undefined) expect([pass, confirm]).toEqual(['sweep', true]);
          if (renew !== undefined) expect(renew).toMatch(/^arn:aws:iam::\d{12}:role\//);
          expect(rest).toEqual({});
        } catch (error) {
          expect(error).toBeInstanceOf(PassEventError);
          expect((error as Error).message.length).toBeLessThan(500);
        }
      }),
      runs(400),
    );
  });

  it('over the bus name possible objects, or are dropped in a line', () => {
    const wants = [
      aRequest('aws-iam-orders'),
      { namespace: 'shop', awsIamRole: 'one', seenAt: '2026-11-23T12:00:00Z' },
    ];
    const event = fc.oneof(
      mutatedJson(aBusEvent(wants), READ),
      fc.nat({ max: 2 * MAX_REQUESTS }).map((count) => aBusEvent(Array(count).fill(wants[0]))),
      strangeWant.map((want) => aBusEvent([want])),
      strangeValue.map((wanted) => aBusEvent(wanted)),
      fc.constant(aBusEvent(nested(MUCH_DEEPER))),
      strangeValue,
    );
    fc.assert(
      fc.property(event, (invocation) => {
        expect(isBusEvent(invocation)).toBeTypeOf('boolean');
        const reading = readPodEvent(invocation);
        if ('malformed' in reading) expect(reading.malformed.length).toBeLessThan(700);
        else expectPossible(reading);
      }),
      runs(1_000),
    );
  });
});
