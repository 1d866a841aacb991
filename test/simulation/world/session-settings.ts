import { MAX_SESSION_SECONDS } from '../../../contract/limits.ts';
import type { SessionSettings } from '../../../lambda/decide/configured-session.ts';
import type { Random } from './random.ts';
import { HOUR, MINUTE, SECOND, type VirtualTime } from './virtual-time.ts';

/** The configuration of the functions that concerns sessions. */
export interface FunctionSettings {
  readonly sessions: SessionSettings;
  readonly refreshBeforeSeconds: number;
}

/** The sessions of a world. */
export interface SessionWorld {
  /** Returns the configuration that is deployed now. */
  readonly settings: () => FunctionSettings;
  /** Returns the `MaxSessionDuration` of a role, in seconds. */
  readonly maxSecondsOf: (roleArn: string) => number;
  /** The longest session that there can be, in milliseconds. */
  readonly longestMs: number;
  /**
   * Returns the outage that no Secret with such a session notices, in milliseconds.
   *
   * @param sessionMs - how long the session lasts
   */
  readonly toleratedMs: (sessionMs: number) => number;
  /** How much longer than usual renewals may take, in milliseconds. */
  readonly changesTakeMs: number;
}

/** The default settings: sessions of an hour, opened by the refresher's role, and renewed at half-life. */
export const HOUR_LONG: FunctionSettings = {
  sessions: { nameForm: 'namespace', source: 'role', seconds: 3_600 },
  refreshBeforeSeconds: 1_800,
};

/** Sessions of twelve hours, opened by the cluster's own identity. */
export function halfDayLong(refreshBeforeMinutes = 360): FunctionSettings {
  return {
    sessions: { nameForm: 'namespace', source: 'oidc', seconds: MAX_SESSION_SECONDS },
    refreshBeforeSeconds: refreshBeforeMinutes * 60,
  };
}

/** How long before the end of the tolerated outage the product must have the time for its passes. */
const MARGIN_MS = 5 * MINUTE;

/** The part of a session that is left for an outage if the setting `refreshBeforeMinutes` does not apply to it. */
const SHARE = 25 / 60;

/** Changed settings are applied to all Secrets over this long. */
const SPREAD_MS = 5 * MINUTE;

/** The shortest time from the issue of a session of more than an hour to its renewal. */
const MIN_AGE_MS = 40 * MINUTE;

/** Returns the outage that the settings tolerate, as docs/reliability.md promises it. */
export function toleratedOutage({
  refreshBeforeSeconds,
}: FunctionSettings): SessionWorld['toleratedMs'] {
  const beforeMs = refreshBeforeSeconds * SECOND;
  return (sessionMs) =>
    sessionMs > HOUR && beforeMs <= sessionMs + SECOND - MIN_AGE_MS
      ? beforeMs - MARGIN_MS
      : SHARE * sessionMs;
}

/** The sessions of most worlds. */
export const USUAL_SESSIONS: SessionWorld = {
  settings: () => HOUR_LONG,
  maxSecondsOf: () => MAX_SESSION_SECONDS,
  longestMs: HOUR,
  toleratedMs: (sessionMs) => SHARE * sessionMs,
  changesTakeMs: 0,
};

/**
 * Creates the sessions of a world with sessions of twelve hours. The seed decides when they are renewed, which roles allow less,
 * and whether the setting is changed to an hour and back again.
 */
export function createLongSessions(
  time: VirtualTime,
  random: Random,
  { roles, until }: { readonly roles: readonly string[]; readonly until: number },
): SessionWorld {
  const long = halfDayLong(random.pick([360, 360, 680, 680, 30]));
  const maxSeconds = new Map(
    roles.map((roleArn) => [roleArn, random.pick([43_200, 43_200, 43_200, 14_400, 3_600])]),
  );
  let current = long;
  const isChanged = random.chance(0.4);
  const change = () =>
    time.after(random.wait(8 * HOUR), () => {
      if (time.elapsed >= until) return;
      current = current === long ? HOUR_LONG : long;
      change();
    });
  if (isChanged) change();
  return {
    settings: () => current,
    maxSecondsOf: (roleArn) => maxSeconds.get(roleArn) ?? MAX_SESSION_SECONDS,
    longestMs: MAX_SESSION_SECONDS * SECOND,
    toleratedMs: toleratedOutage(long),
    changesTakeMs: isChanged ? SPREAD_MS : 0,
  };
}
