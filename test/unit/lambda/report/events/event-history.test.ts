import { describe, expect, it } from 'vitest';
import type { ClusterEvent } from '../../../../../lambda/report/events/cluster-event.ts';
import { eventName } from '../../../../../lambda/report/events/cluster-event.ts';
import {
  createEventHistory,
  type EventHistory,
} from '../../../../../lambda/report/events/event-history.ts';
import { minutes, NOW } from '../../../../support/builders/builders.ts';
import { anEvent, aPodReference } from '../../../../support/builders/event-builders.ts';

const RECOVERED = anEvent({ type: 'Normal', reason: 'CredentialsRecovered', note: 'ok' });

const named = (event: ClusterEvent) => ({ event, name: eventName(event) });

/** Observes the event and records a write if it is due; returns whether it was. */
function write(history: EventHistory, event = anEvent(), now = NOW): boolean {
  const due = history.observe(named(event), now);
  if (due !== undefined) history.recordWrite(due, now);
  return due !== undefined;
}

describe('createEventHistory', () => {
  it('returns a new Event, and again after half an hour with its count', () => {
    const history = createEventHistory();
    expect(write(history)).toBe(true);
    for (let minute = 1; minute < 30; minute++) {
      expect(write(history, anEvent(), minutes(minute))).toBe(false);
    }
    expect(history.observe(named(anEvent()), minutes(30))).toMatchObject({
      isNew: false,
      occurrences: 30,
    });
    expect(history.observe(named(anEvent()), minutes(31))).toMatchObject({
      isNew: false,
      occurrences: 31,
    });
    history.recordWrite(named(anEvent()), minutes(31));
    expect(write(history, anEvent(), minutes(32))).toBe(false);
    expect(history.observe(named(anEvent()), minutes(61))).toMatchObject({ occurrences: 2 });
  });

  it('returns a Normal Event once', () => {
    const history = createEventHistory();
    expect([0, 30, 600].map((minute) => write(history, RECOVERED, minutes(minute)))).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('returns an Event again in the next pass if it was not written', () => {
    const history = createEventHistory();
    const isNew = { isNew: true, occurrences: 1 };
    expect(history.observe(named(anEvent()), NOW)).toMatchObject(isNew);
    expect(history.observe(named(anEvent()), minutes(1))).toMatchObject(isNew);
  });

  it.each([
    ['another object', anEvent({}, aPodReference('other'))],
    ['another Secret', anEvent({ secretName: 'aws-iam-other' })],
    ['another reason', anEvent({ reason: 'GetCredentialsFailed' })],
    ['another note', anEvent({ note: 'other' })],
  ])('treats %s as new', (_what, event) => {
    const history = createEventHistory();
    write(history);
    expect(write(history, event, minutes(1))).toBe(true);
  });

  it('knows whether the last Event is a Warning, and treats a problem that returns as new', () => {
    const history = createEventHistory();
    expect(history.wasWarned({ namespace: 'shop', uid: 'uid-of-web' }, 'aws-iam-orders')).toBe(
      false,
    );
    write(history);
    expect(history.wasWarned({ namespace: 'shop', uid: 'uid-of-web' }, 'aws-iam-orders')).toBe(
      true,
    );
    expect(history.wasWarned({ namespace: 'shop', uid: 'uid-of-web' }, 'aws-iam-other')).toBe(
      false,
    );
    expect(history.wasWarned({ namespace: 'shop', uid: 'uid-of-other' }, 'aws-iam-orders')).toBe(
      false,
    );
    write(history, RECOVERED, minutes(1));
    expect(history.wasWarned({ namespace: 'shop', uid: 'uid-of-web' }, 'aws-iam-orders')).toBe(
      false,
    );
    expect(write(history, anEvent(), minutes(2))).toBe(true);
  });

  it('allows a burst of 25 Events per object, then one in five minutes', () => {
    const history = createEventHistory();
    expect(history.remainingQuota({ namespace: 'shop', uid: 'uid-of-web' }, NOW)).toBe(25);
    for (let count = 0; count < 25; count++) write(history, anEvent({ note: `note ${count}` }));
    expect(history.remainingQuota({ namespace: 'shop', uid: 'uid-of-web' }, NOW)).toBe(0);
    expect(history.remainingQuota({ namespace: 'shop', uid: 'uid-of-other' }, NOW)).toBe(25);
    expect(
      history.remainingQuota({ namespace: 'shop', uid: 'uid-of-web' }, minutes(4.9)),
    ).toBeLessThan(1);
    expect(history.remainingQuota({ namespace: 'shop', uid: 'uid-of-web' }, minutes(5))).toBe(1);
    expect(history.remainingQuota({ namespace: 'shop', uid: 'uid-of-web' }, minutes(1_000))).toBe(
      25,
    );
  });

  it('evicts the least recently used of two thousand entries of a namespace', () => {
    const history = createEventHistory();
    const eventOf = (index: number) => anEvent({}, aPodReference(`web-${index}`));
    for (let index = 0; index < 2_000; index++) write(history, eventOf(index));
    // Now the second is the least recently used.
    write(history, eventOf(0), minutes(1));
    write(history, eventOf(2_000), minutes(1));
    expect(history.observe(named(eventOf(0)), minutes(2))).toBeUndefined();
    expect(history.observe(named(eventOf(2)), minutes(2))).toBeUndefined();
    expect(history.observe(named(eventOf(1)), minutes(2))).toBeDefined();
  });
});
