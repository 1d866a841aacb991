import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NAMESPACE_NAME, OBJECT_NAME } from '../../contract/kubernetes/object-name.ts';
import { type CredentialRequestEvent, MAX_REQUESTS } from '../../contract/pod-event.ts';
import { PassEventError, readPassEvent } from '../../lambda/read-pass-event.ts';
import { readPodEvent } from '../../lambda/read-pod-event.ts';
import { aBusEvent, aRequest } from '../support/builders/builders.ts';
import { arbitraryValue, nestedArray } from './arbitrary-values.ts';
import { mutatedJson } from './mutated-json.ts';
import { numRuns } from './num-runs.ts';

const READ: ReadonlySet<string> = new Set([
  ...['source', 'detail-type', 'detail', 'wanted', 'namespace', 'secret', 'pod', 'awsIamRole'],
  ...['seenAt', 'pass', 'confirm', 'renew', '0', '1'],
]);
const EXCESSIVE_DEPTH = 20_000;

const ROLE_ARN = 'arn:aws:iam::123456789012:role/orders';
const passEvent = fc.constantFrom<unknown>(
  { pass: 'refresh' },
  { pass: 'sweep', confirm: true },
  { pass: 'check' },
  { pass: 'refresh', renew: ROLE_ARN },
);

/** A request with one invalid name, or any value. */
const invalidRequest = fc
  .record({
    member: fc.constantFrom('namespace', 'secret', 'pod', 'seenAt'),
    value: fc.oneof(
      fc.constantFrom('../x', 'a/b', 'A', 'aws-iam-a/../b', 'a\n', '-', 'a..b', 'x'.repeat(254)),
      arbitraryValue,
    ),
  })
  .map(({ member, value }) => ({ ...aRequest('aws-iam-orders'), [member]: value }));

function expectValid({ wanted }: CredentialRequestEvent): void {
  expect(wanted.length).toBeLessThanOrEqual(MAX_REQUESTS);
  for (const request of wanted) {
    expect(request.namespace).toMatch(NAMESPACE_NAME);
    const names = 'pod' in request ? [request.pod, request.secret] : [request.awsIamRole];
    for (const name of names) expect(name).toMatch(OBJECT_NAME);
    expect(new Date(request.seenAt).getTime()).not.toBeNaN();
  }
}

describe('invocations with any payload', () => {
  it.each(['refresh', 'sweep'] as const)('are a %s pass, or a short error', (acting) => {
    const event = fc.oneof(
      passEvent.chain((valid) => mutatedJson(valid, READ)),
      arbitraryValue,
      fc.constant(nestedArray(EXCESSIVE_DEPTH)),
      fc.constant({ pass: nestedArray(EXCESSIVE_DEPTH) }),
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
      numRuns(400),
    );
  });

  it('from the event bus contain valid requests, or are dropped', () => {
    const requests = [
      aRequest('aws-iam-orders'),
      { namespace: 'shop', awsIamRole: 'one', seenAt: '2026-11-23T12:00:00Z' },
    ];
    const event = fc.oneof(
      mutatedJson(aBusEvent(requests), READ),
      fc.nat({ max: 2 * MAX_REQUESTS }).map((count) => aBusEvent(Array(count).fill(requests[0]))),
      invalidRequest.map((request) => aBusEvent([request])),
      arbitraryValue.map((wanted) => aBusEvent(wanted)),
      fc.constant(aBusEvent(nestedArray(EXCESSIVE_DEPTH))),
      arbitraryValue,
    );
    fc.assert(
      fc.property(event, (invocation) => {
        const result = readPodEvent(invocation);
        if ('malformed' in result) expect(result.malformed.length).toBeLessThan(700);
        else expectValid(result);
      }),
      numRuns(1_000),
    );
  });
});
