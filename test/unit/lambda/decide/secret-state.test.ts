import { describe, expect, it } from 'vitest';
import {
  expiryOf,
  generationOf,
  heldCredentials,
  lifetimeOf,
  refreshBeforeOf,
  renewalDueAt,
  unusedSince,
} from '../../../../lambda/decide/secret-state.ts';
import { aSecret, minutes, NOW } from '../../../support/builders/builders.ts';

/** An instant after NOW in milliseconds, as an annotation may contain it. */
const at = (milliseconds: number) => new Date(NOW.getTime() + milliseconds).toISOString();

const SESSION = 3_600_000;
const TOLERANCE = 300_000;

describe('the expiry in an annotation', () => {
  const expiry = (text: string) => expiryOf(aSecret('aws-iam-orders', {}, text), NOW, 3_600);

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
  // session, limited to, configured -> before
  it.each([
    [3_600, undefined, 3_000, 3_000],
    [3_600, undefined, 1_200, 1_200],
    [3_599, undefined, 3_000, 1_799.5],
    [900, undefined, 1_800, 450],
    [43_200, undefined, 21_600, 21_600],
    [43_200, undefined, 40_800, 40_800],
    [43_200, undefined, 1_200, 1_200],
    [43_200, 3_600, 21_600, 1_800],
    [43_200, 3_600, 1_200, 1_200],
    [43_200, 7_200, 21_600, 3_600],
    [3_600, undefined, 21_600, 1_800],
    [7_200, undefined, 40_800, 3_600],
    [900, undefined, 40_800, 450],
  ])(
    'is for sessions of %i s, limited to %s, with %i s configured: %d s',
    (sessionSeconds, limitedSeconds, configured, before) => {
      expect(refreshBeforeOf({ sessionSeconds, limitedSeconds }, configured)).toBe(before);
    },
  );

  it('is that of an hour for credentials of an earlier configuration, whose session is unknown', () => {
    const outdated = { roleArn: undefined };
    expect(refreshBeforeOf({ sessionSeconds: 43_200, outdated }, 21_600)).toBe(1_800);
    expect(refreshBeforeOf({ sessionSeconds: 3_600, outdated }, 3_000)).toBe(3_000);
  });
});

describe('renewalDueAt', () => {
  // hours of the session, minutes before expiry -> the earliest and the latest minute before expiry
  it.each([
    [1, 30, 30, 35],
    [2, 60, 60, 70],
    [12, 360, 360, 390],
    [12, 680, 680, 710],
  ])(
    'spreads renewals of %i-hour sessions, %i minutes before',
    (hours, minutesBefore, min, max) => {
      const dues = Array.from({ length: 500 }, (_, i) => {
        const secret = { namespace: 'shop', name: `aws-iam-${i}`, sessionSeconds: hours * 3_600 };
        return (NOW.getTime() - renewalDueAt(secret, NOW, minutesBefore * 60).getTime()) / 60_000;
      });
      expect(Math.min(...dues)).toBeGreaterThanOrEqual(min);
      expect(Math.max(...dues)).toBeLessThan(max);
      expect(Math.max(...dues) - Math.min(...dues)).toBeGreaterThan((max - min) * 0.9);
      expect(Math.max(...dues)).toBeLessThan(hours * 60 - 4);
    },
  );
});

describe('the session of the credentials in a Secret', () => {
  const FINGERPRINT = 'abcd1234';
  const held = (
    annotations: Readonly<Record<string, string>>,
    sessionSeconds: number,
    hoursLeft: number,
  ) => {
    const expiresAt = at(hoursLeft * SESSION);
    const own = { 'kube-aws-iam/session': FINGERPRINT, ...annotations };
    const secret = aSecret('aws-iam-orders', { annotations: own }, expiresAt);
    const session = heldCredentials(secret, { sessionSeconds }, FINGERPRINT, NOW);
    return { ...session, lifetime: lifetimeOf({ sessionSeconds, ...session }) };
  };

  it.each([
    ['as long as requested', {}, 43_200, 11, true, 43_200],
    ['of an hour that claims two', {}, 3_600, 2, false, 3_600],
    ['limited by the role', { 'kube-aws-iam/session-seconds': '3600' }, 43_200, 0.5, true, 3_600],
    [
      'of another configuration, of twelve hours',
      { 'kube-aws-iam/session': 'x' },
      3_600,
      11,
      true,
      3_600,
    ],
    [
      'of another configuration, of an hour',
      { 'kube-aws-iam/session': 'x' },
      43_200,
      0.5,
      true,
      3_600,
    ],
    [
      'of another configuration, longer than any',
      { 'kube-aws-iam/session': 'x' },
      3_600,
      13,
      false,
      3_600,
    ],
  ])('%s', (_, annotations, sessionSeconds, hoursLeft, isCredible, lifetime) => {
    const session = held(annotations, sessionSeconds, hoursLeft);
    expect(session.expiresAt !== undefined).toBe(isCredible);
    expect(session.lifetime).toBe(lifetime);
  });

  it.each(['899', '43200', '50000', '1e4', '-3600', ' 3600', '', '3600.5', '999999999'])(
    'is not limited by the annotation %j',
    (text) => {
      expect(
        held({ 'kube-aws-iam/session-seconds': text }, 43_200, 1).limitedSeconds,
      ).toBeUndefined();
    },
  );
});
