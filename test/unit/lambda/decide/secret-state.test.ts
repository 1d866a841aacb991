import { describe, expect, it } from 'vitest';
import {
  expiryOf,
  generationOf,
  refreshBeforeOf,
  unusedSince,
} from '../../../../lambda/decide/secret-state.ts';
import { aSecret, minutes, NOW } from '../../../support/builders/builders.ts';

/** An instant after NOW in milliseconds, as an annotation may contain it. */
const at = (milliseconds: number) => new Date(NOW.getTime() + milliseconds).toISOString();

const SESSION = 3_600_000;
const TOLERANCE = 300_000;

describe('the expiry in an annotation', () => {
  const expiry = (text: string) => expiryOf(aSecret('aws-iam-orders', {}, text), NOW);

  it.each([
    ['long ago', -365 * 24 * SESSION],
    ['now', 0],
    ['an hour from now', SESSION],
    ['an hour from now by a clock that is five minutes fast', SESSION + TOLERANCE],
  ])('is accepted when it is %s', (_, milliseconds) => {
    expect(expiry(at(milliseconds))).toEqual(new Date(NOW.getTime() + milliseconds));
  });

  it.each([
    ['a millisecond later than that', at(SESSION + TOLERANCE + 1)],
    ['two hours from now', at(2 * SESSION)],
    ['an invalid day', '2026-11-45T12:00:00Z'],
    ['in another time zone', '2026-11-23T12:30:00+01:00'],
    ['a date alone', '2026-11-23'],
    ['with a year of six digits', '+002026-11-23T12:30:00Z'],
    ['followed by text', '2026-11-23T12:30:00Z (or so)'],
    ['a number', '1795435200000'],
    ['empty', ''],
  ])('is rejected when it is %s', (_, text) => {
    expect(expiry(text)).toBeUndefined();
  });

  it('may have fractional seconds, up to nanoseconds', () => {
    expect(expiry('2026-11-23T12:30:00.123456789Z')).toEqual(new Date('2026-11-23T12:30:00.123Z'));
    expect(expiry('2026-11-23T12:30:00.1234567890Z')).toBeUndefined();
  });
});

describe('the unused mark', () => {
  const since = (text: string) =>
    unusedSince(
      aSecret('aws-iam-orders', { annotations: { 'kube-aws-iam/unused-since': text } }),
      NOW,
    );

  it.each([
    ['long ago', -365 * 24 * SESSION],
    ['now', 0],
    ['now by a clock that is five minutes fast', TOLERANCE],
  ])('is accepted when it is %s', (_, milliseconds) => {
    expect(since(at(milliseconds))).toEqual(new Date(NOW.getTime() + milliseconds));
  });

  it('is rejected when it is a millisecond later than that', () => {
    expect(since(at(TOLERANCE + 1))).toBeUndefined();
  });

  it('is undefined without a mark', () => {
    expect(unusedSince(aSecret('aws-iam-orders', {}, minutes(5)), NOW)).toBeUndefined();
  });
});

describe('the generation of credentials', () => {
  it.each([
    ['0', 0],
    ['12', 12],
    ['9'.repeat(15), 999_999_999_999_999],
    ['9'.repeat(16), undefined],
    ['1 ', undefined],
    ['x1', undefined],
    ['-1', undefined],
    ['', undefined],
  ])('from %j is %s', (text, generation) => {
    const annotations = { 'kube-aws-iam/awsiamrole-generation': text };
    expect(generationOf(aSecret('orders', { annotations }))).toBe(generation);
  });
});

describe('refreshBeforeOf', () => {
  // session, configured -> before
  it.each([
    [3_600, 3_000, 3_000],
    [3_600, 1_200, 1_200],
    [3_599, 3_000, 1_799.5],
    [900, 1_800, 450],
  ])(
    'is for sessions of %i s, with %i s configured: %d s',
    (sessionSeconds, configured, before) => {
      expect(refreshBeforeOf({ sessionSeconds }, configured)).toBe(before);
    },
  );
});
