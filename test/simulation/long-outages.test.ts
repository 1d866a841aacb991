import { afterEach, describe, expect, it, vi } from 'vitest';
import { OUTAGES, playLongOutages, ROLES_PER_NAMESPACE } from './scenarios/long-outages.ts';
import { SESSION_MISTAKES } from './session-mistakes.ts';
import { HOUR_LONG, halfDayLong } from './world/session-settings.ts';

/** `refreshBeforeMinutes` of 11 h 20. */
const EARLY = halfDayLong(680);
const HALF_LIFE = halfDayLong();
const KINDS = Object.keys(OUTAGES) as readonly (keyof typeof OUTAGES)[];

/** Both namespaces' Secrets of a role. */
const secretsOf = (role: number) => [`bank/aws-iam-app-${role}`, `shop/aws-iam-app-${role}`];
const ALL = Array.from({ length: ROLES_PER_NAMESPACE }, (_, role) => secretsOf(role))
  .flat()
  .toSorted();

describe('sessions of twelve hours', { timeout: 120_000 }, () => {
  it.each(KINDS)(
    'outlive an outage of %s of eleven hours, if they are renewed 11 h 20 before they expire',
    async (of) => {
      // One after the other, at other minutes of the renewals.
      const outages = [2.1, 15.45].map((from) => ({ of, from, hours: 11 }));
      const result = await playLongOutages({ hours: 28, settings: () => EARLY, outages });
      expect(result.expired).toEqual([]);
      expect(result.violations).toEqual([]);
      expect(result.crashes).toEqual([]);
    },
  );

  it.each(KINDS)('outlive an outage of %s of five and a half hours by default', async (of) => {
    const outages = [5.8, 13.2].map((from) => ({ of, from, hours: 5.5 }));
    const result = await playLongOutages({ hours: 20, settings: () => HALF_LIFE, outages });
    expect(result.expired).toEqual([]);
    expect(result.violations).toEqual([]);
  });

  it.each([
    ['an hour, with 45 minutes', HOUR_LONG, 0.75],
    ['twelve hours, renewed at half-life, with eleven', HALF_LIFE, 11],
    ['twelve hours, renewed 11 h 20 before they expire, with eleven and a half', EARLY, 11.6],
  ])('expire in longer outages: %s', async (_, settings, hours) => {
    const from = 8.9;
    const outages = [{ of: 'everything', from, hours } as const];
    const result = await playLongOutages({ hours: 22, settings: () => settings, outages });
    expect(result.expired.length).toBeGreaterThan(0);
    // The outage explains it.
    expect(result.violations).toEqual([]);
  });

  it('of a role whose maximum is lower last an hour, and are renewed twice an hour', async () => {
    const result = await playLongOutages({
      hours: 26,
      settings: () => EARLY,
      outages: [{ of: 'STS', from: 12, hours: 11 }],
      maxSeconds: { 1: 3_600, 2: 14_400 },
    });
    expect(result.expired).toEqual([...secretsOf(1), ...secretsOf(2)].toSorted());
    expect(result.violations).toEqual([]);
    for (const role of ['app-1', 'app-2']) {
      const sessions = result.sessionsOf(role).filter(({ hour }) => hour < 12);
      expect(new Set(sessions.map(({ seconds }) => seconds))).toEqual(new Set([3_600]));
      // In two namespaces; also up to five minutes earlier than at half-life.
      expect(sessions.length / 2 / 12).toBeLessThan(2.5);
    }
    const limited = result.lastOutcomes.filter((one) => one.limitedSeconds !== undefined);
    expect(limited.map(({ namespace, name }) => `${namespace}/${name}`).toSorted()).toEqual(
      [...secretsOf(1), ...secretsOf(2)].toSorted(),
    );
  });

  it.each([
    ['an hour', 'twelve', HOUR_LONG, HALF_LIFE, 5.5],
    ['twelve hours', 'one', HALF_LIFE, HOUR_LONG, 0.4],
  ])(
    'are issued within minutes when the setting is changed from %s to %s',
    async (_, __, before, after, hours) => {
      const result = await playLongOutages({
        hours: 12,
        settings: (hour) => (hour < 4 ? before : after),
        outages: [{ of: 'everything', from: 4.25, hours }],
      });
      expect(result.expired).toEqual([]);
      expect(result.violations).toEqual([]);
      const soon = result.sessionsOf('app-0').filter(({ hour }) => hour >= 4 && hour < 4.25);
      expect(soon.map(({ seconds }) => seconds)).toEqual([
        after.sessions.seconds,
        after.sessions.seconds,
      ]);
    },
  );

  it.each([
    [3_600, HALF_LIFE, 3_600],
    [14_400, HALF_LIFE, 14_400],
    [43_200, HALF_LIFE, 43_200],
    [43_200, HOUR_LONG, 3_600],
  ])(
    'of an AWSIAMRole with roleSessionDuration %i last as long, if the setting allows it',
    async (roleSessionDuration, settings, seconds) => {
      // Five twelfths of the session, as of every session that is renewed at half-life.
      const hours = (5 / 12) * (seconds / 3_600);
      const result = await playLongOutages({
        hours: 8 + hours,
        settings: () => settings,
        outages: [{ of: 'the API server', from: 7.1, hours }],
        roleSessionDuration,
      });
      expect(result.expired).toEqual([]);
      expect(result.violations).toEqual([]);
      const sessions = result.sessionsOf('resource-role');
      expect(new Set(sessions.map((one) => one.seconds))).toEqual(new Set([seconds]));
      expect(sessions.length).toBeGreaterThan(0);
    },
  );
});

it('the worlds have Secrets that could expire', async () => {
  const result = await playLongOutages({
    hours: 14.5,
    settings: () => HALF_LIFE,
    outages: [{ of: 'STS', from: 1.2, hours: 13 }],
  });
  expect(result.expired).toEqual(ALL);
});

describe('the worlds detect a product', { timeout: 120_000 }, () => {
  afterEach(() => {
    for (const { change } of SESSION_MISTAKES) vi.doUnmock(change.module);
    vi.resetModules();
  });

  it.each(SESSION_MISTAKES)('that $mistake', async ({ change, world, isDetected }) => {
    expect(isDetected(await playLongOutages(world))).toBe(false);
    vi.resetModules();
    vi.doMock(change.module, async (importOriginal) => {
      const original = await importOriginal<object>();
      return { ...original, ...change.replace(original) };
    });
    const broken = await import('./scenarios/long-outages.ts');
    expect(isDetected(await broken.playLongOutages(world))).toBe(true);
  });
});
