import { describe, expect, it } from 'vitest';
import {
  expiryOf,
  generationOf,
  refreshBeforeOf,
  unusedSince,
} from '../../../../lambda/decide/secret-state.ts';
import { aSecret, minutes, NOW } from '../../../support/builders.ts';

/** An instant so many milliseconds after NOW, as whoever writes an annotation may write it. */
const at = (milliseconds: number) => new Date(NOW.getTime() + milliseconds).toISOString();

const SESSION = 3_600_000;
const TOLERANCE = 300_000;

describe('the end of credentials that an annotation names', () => {
  const expiry = (text: string) => expiryOf(aSecret('aws-iam-orders', {}, text), NOW);

  it.each([
    ['long ago', -365 * 24 * SESSION],
    ['now', 0],
    ['an hour from now', SESSION],
    ['an hour from now by a clock that is five minutes fast', SESSION + TOLERANCE],
  ])('is believed when it is %s', (_, milliseconds) => {
    expect(expiry(at(milliseconds))).toEqual(new Date(NOW.getTime() + milliseconds));
  });

  it.each([
    ['a millisecond beyond that', at(SESSION + TOLERANCE + 1)],
    ['two hours from now', at(2 * SESSION)],
    ['of a day that there is not', '2026-11-45T12:00:00Z'],
    ['in another zone', '2026-11-23T12:30:00+01:00'],
    ['a date alone', '2026-11-23'],
    ['of a year of six digits', '+002026-11-23T12:30:00Z'],
    ['a date with a remark', '2026-11-23T12:30:00Z (or so)'],
    ['a number', '1795435200000'],
    ['empty', ''],
  ])('is not believed when it is %s', (_, text) => {
    expect(expiry(text)).toBeUndefined();
  });

  it('may have a fraction of a second, to the nanosecond', () => {
    expect(expiry('2026-11-23T12:30:00.123456789Z')).toEqual(new Date('2026-11-23T12:30:00.123Z'));
    expect(expiry('2026-11-23T12:30:00.1234567890Z')).toBeUndefined();
  });
});

describe('the instant since which a Secret is unused', () => {
  const since = (text: string) =>
    unusedSince(
      aSecret('aws-iam-orders', { annotations: { 'kube-aws-iam/unused-since': text } }),
      NOW,
    );

  it.each([
    ['long ago', -365 * 24 * SESSION],
    ['now', 0],
    ['now by a clock that is five minutes fast', TOLERANCE],
  ])('is believed when it is %s', (_, milliseconds) => {
    expect(since(at(milliseconds))).toEqual(new Date(NOW.getTime() + milliseconds));
  });

  it('is not believed a millisecond beyond that', () => {
    expect(since(at(TOLERANCE + 1))).toBeUndefined();
  });

  it('is absent where there is no mark', () => {
    expect(unusedSince(aSecret('aws-iam-orders', {}, minutes(5)), NOW)).toBeUndefined();
  });
});

describe('the generation that credentials were made for', () => {
  it.each([
    ['0', 0],
    ['12', 12],
    ['9'.repeat(15), 999_999_999_999_999],
    ['9'.repeat(16), undefined],
    ['1 ', undefined],
    ['x1', undefined],
    ['-1', undefined],
    ['', undefined],
  ])('of %j is %s', (text, generation) => {
    const annotations = { 'kube-aws-iam/awsiamrole-generation': text };
    expect(generationOf(aSecret('orders', { annotations }))).toBe(generation);
  });
});

describe('how long before their end credentials are renewed', () => {
  // session, configured -> before
  it.each([
    [3_600, 3_000, 3_000],
    [3_600, 1_200, 1_200],
    [3_599, 3_000, 1_799.5],
    [900, 1_800, 450],
  ])('of %i s, with %i s configured: %d s', (sessionSeconds, configured, before) => {
    expect(refreshBeforeOf({ sessionSeconds }, configured)).toBe(before);
  });
});
