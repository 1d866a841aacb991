import { describe, expect, it } from 'vitest';
import {
  DELETED_STORIES,
  REASON_STORIES,
  type ReasonStories,
  TAKEN_OVER_STORIES,
  UNUSED_STORIES,
} from './reason-stories.ts';
import { EXPIRY_MINUTES, playReason } from './reason-world.ts';

/**
 * No outcome that leaves somebody without credentials is silent: it has a status or an Event, a line in the log, and an
 * alarm, all of them before the credentials expire.
 */
describe.each(Object.entries<ReasonStories>(REASON_STORIES))('%s', (reason, stories) => {
  it.each(['pod', 'awsIamRole'] as const)('of a running requester: %s', async (requester) => {
    const story = stories[requester];
    if (typeof story === 'string') {
      expect(story).not.toBe('');
      return;
    }
    const { provoke, except } =
      typeof story === 'function' ? { provoke: story, except: {} } : story;
    const findings = await playReason(reason, provoke);
    const before = expect.toSatisfy((minute) => minute < EXPIRY_MINUTES, 'is before the expiry');
    expect(findings).toMatchObject({
      logged: before,
      told: except.told === undefined ? before : undefined,
      alarm: except.alarm === undefined ? before : undefined,
    });
  });
});

describe('a Secret that somebody deletes again and again', () => {
  it.each(['pod', 'awsIamRole'] as const)('of a running requester: %s', async (requester) => {
    const provoke = DELETED_STORIES[requester];
    if (typeof provoke !== 'function') throw new Error('no story');
    const { told, alarms } = await playReason('', provoke);
    expect(told).toBeLessThan(EXPIRY_MINUTES);
    expect(alarms).toEqual([requester === 'pod' ? 'credentials-withheld' : 'secrets-deleted']);
  });
});

describe('a Secret that an older controller left', () => {
  it.each(Object.entries(TAKEN_OVER_STORIES))(
    'and that cannot be taken over: %s',
    async (reason, provoke) => {
      const { told, logged, alarm } = await playReason(reason, provoke);
      // Older controllers renew 15 minutes before the expiry at the latest.
      for (const minute of [told, alarm]) expect(minute).toBeLessThanOrEqual(15);
      expect(logged).toBe(0);
    },
  );

  it.each(Object.entries(UNUSED_STORIES))(
    'and that no pod uses raises no alarm: %s',
    async (reason, provoke) => {
      const { alarms } = await playReason(reason, provoke);
      expect(alarms).toEqual([]);
    },
  );
});
