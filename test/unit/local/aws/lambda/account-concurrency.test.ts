import { describe, expect, it } from 'vitest';
import { createAccountConcurrency } from '../../../../../local/aws/lambda/account-concurrency.ts';

const reserving = (concurrency?: number) => ({ reservedConcurrency: () => concurrency });

describe('the concurrency of an account', () => {
  it.each([
    [1_000, [], 1_000],
    [1_000, [5, 20], 975],
    [1_000, [undefined, 0], 1_000],
    [10, [], 10],
  ])('of %i with reservations of %j leaves %i', (limit, reserved, left) => {
    const functions = new Map(reserved.map((one, index) => [`f${index}`, reserving(one)]));
    const { hasRoomFor } = createAccountConcurrency(limit, functions);
    expect([hasRoomFor(left), hasRoomFor(left + 1)]).toEqual([true, false]);
  });

  it.each([
    [1_000, 900, undefined],
    [1_000, 901, 100],
    [100, 1, 100],
    [50, 1, 50],
    [10, 1, 10],
    [10, 5, 10],
    // A pause reserves nothing.
    [10, 0, undefined],
    [105, 5, undefined],
    [104, 5, 100],
  ])('of %i allows a reservation of %i unless less than %s remain', (limit, reserved, minimum) => {
    const fn = reserving(7);
    const { problemWith } = createAccountConcurrency(limit, new Map([['f', fn]]));
    expect(problemWith(fn, reserved)).toBe(
      minimum &&
        `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${minimum}].`,
    );
  });

  it('counts the reservations of other functions', () => {
    const fn = reserving();
    const { problemWith } = createAccountConcurrency(
      200,
      new Map([
        ['f', fn],
        ['other', reserving(60)],
      ]),
    );
    expect(problemWith(fn, 40)).toBeUndefined();
    expect(problemWith(fn, 41)).toContain('[100]');
  });
});
