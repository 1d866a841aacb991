import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryDelay } from '../../../../kubernetes/connection/retry.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const at = (random: number) => ({ now: () => NOW, random: () => random });

describe('the delay before a retry', () => {
  it.each([
    ['seconds', '2', 2_000],
    ['a date', 'Mon, 23 Nov 2026 12:00:03 GMT', 3_000],
    ['a date in the past', 'Mon, 23 Nov 2026 11:00:00 GMT', 0],
    ['more than a pass lasts', '3600', 30_000],
  ])('is what the server requests: %s', (_, retryAfter, milliseconds) => {
    expect(retryDelay(at(0), 1, retryAfter)).toBe(milliseconds);
  });

  it.each([
    [1, 200],
    [2, 400],
    [5, 3_200],
  ])(
    'doubles when the server requests none: retry %i waits at most %i ms',
    (attempt, milliseconds) => {
      expect(retryDelay(at(1), attempt, undefined)).toBe(milliseconds);
      expect(retryDelay(at(0), attempt, undefined)).toBe(milliseconds / 2);
    },
  );

  it.each(['1.5', '-3', '0.5 s'])('does not parse %j as a date in the past', (retryAfter) => {
    expect(retryDelay(at(1), 1, retryAfter)).toBe(200);
  });

  it('is finite and bounded whatever the server sends', () => {
    fc.assert(
      fc.property(
        fc.nat(50),
        fc.string(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, text, r) => {
          const delay = retryDelay(at(r), n + 1, text);
          expect(delay).toBeGreaterThanOrEqual(0);
          expect(delay).toBeLessThanOrEqual(30_000);
        },
      ),
    );
  });
});
