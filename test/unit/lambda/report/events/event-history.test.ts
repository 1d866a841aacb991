import { describe, expect, it } from 'vitest';
import type { ClusterEvent } from '../../../../../lambda/report/events/cluster-event.ts';
import {
  createEventHistory,
  type EventHistory,
} from '../../../../../lambda/report/events/event-history.ts';
import { eventName } from '../../../../../lambda/report/events/event-name.ts';
import { minutes, NOW } from '../../../../support/builders.ts';
import { anEvent, aPodReference } from '../../../../support/event-builders.ts';

const RECOVERED = anEvent({ type: 'Normal', reason: 'CredentialsRecovered', note: 'there' });

const named = (event: ClusterEvent) => ({ event, name: eventName(event) });

/** Sees the event and notes it as written if it is due; returns whether it was. */
function tell(memory: EventHistory, event = anEvent(), now = NOW): boolean {
  const due = memory.observe(named(event), now);
  if (due !== undefined) memory.recordWrite(due, now);
  return due !== undefined;
}

describe('createEventMemory', () => {
  it('gives back what is news, and again after half an hour, counted', () => {
    const memory = createEventHistory();
    expect(tell(memory)).toBe(true);
    for (let minute = 1; minute < 30; minute++) {
      expect(tell(memory, anEvent(), minutes(minute))).toBe(false);
    }
    expect(memory.observe(named(anEvent()), minutes(30))).toMatchObject({ isNews: false, seen: 30 });
    expect(memory.observe(named(anEvent()), minutes(31))).toMatchObject({ isNews: false, seen: 31 });
    memory.recordWrite(named(anEvent()), minutes(31));
    expect(tell(memory, anEvent(), minutes(32))).toBe(false);
    expect(memory.observe(named(anEvent()), minutes(61))).toMatchObject({ seen: 2 });
  });

  it('gives back what was not written in the next run too', () => {
    const memory = createEventHistory();
    const news = { isNews: true, seen: 1 };
    expect(memory.observe(named(anEvent()), NOW)).toMatchObject(news);
    expect(memory.observe(named(anEvent()), minutes(1))).toMatchObject(news);
  });

  it.each([
    ['another object', anEvent({}, aPodReference('other'))],
    ['another Secret', anEvent({ secretName: 'aws-iam-other' })],
    ['another reason', anEvent({ reason: 'GetCredentialsFailed' })],
    ['another note', anEvent({ note: 'other' })],
  ])('takes %s for news', (_what, event) => {
    const memory = createEventHistory();
    tell(memory);
    expect(tell(memory, event, minutes(1))).toBe(true);
  });

  it('knows whether the last that was said is a Warning, and takes what comes back for news', () => {
    const memory = createEventHistory();
    expect(memory.wasWarned('uid-of-web', 'aws-iam-orders')).toBe(false);
    tell(memory);
    expect(memory.wasWarned('uid-of-web', 'aws-iam-orders')).toBe(true);
    expect(memory.wasWarned('uid-of-web', 'aws-iam-other')).toBe(false);
    expect(memory.wasWarned('uid-of-other', 'aws-iam-orders')).toBe(false);
    tell(memory, RECOVERED, minutes(1));
    expect(memory.wasWarned('uid-of-web', 'aws-iam-orders')).toBe(false);
    expect(tell(memory, anEvent(), minutes(2))).toBe(true);
  });

  it('allows an object 25 Events, and one more in five minutes', () => {
    const memory = createEventHistory();
    expect(memory.remainingQuota('uid-of-web', NOW)).toBe(25);
    for (let count = 0; count < 25; count++) tell(memory, anEvent({ note: `note ${count}` }));
    expect(memory.remainingQuota('uid-of-web', NOW)).toBe(0);
    expect(memory.remainingQuota('uid-of-other', NOW)).toBe(25);
    expect(memory.remainingQuota('uid-of-web', minutes(4.9))).toBeLessThan(1);
    expect(memory.remainingQuota('uid-of-web', minutes(5))).toBe(1);
    expect(memory.remainingQuota('uid-of-web', minutes(1_000))).toBe(25);
  });

  it('forgets what was seen longest ago once there are ten thousand', () => {
    const memory = createEventHistory();
    const eventOf = (index: number) => anEvent({}, aPodReference(`web-${index}`));
    for (let index = 0; index < 10_000; index++) tell(memory, eventOf(index));
    // Seen again, so the second is the oldest.
    tell(memory, eventOf(0), minutes(1));
    tell(memory, eventOf(10_000), minutes(1));
    expect(memory.observe(named(eventOf(0)), minutes(2))).toBeUndefined();
    expect(memory.observe(named(eventOf(2)), minutes(2))).toBeUndefined();
    expect(memory.observe(named(eventOf(1)), minutes(2))).toBeDefined();
  });
});
