import { describe, expect, it } from 'vitest';
import { eventName } from '../../../../../lambda/report/events/event-name.ts';
import { anEvent, aPodReference } from '../../../../support/event-builders.ts';

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const { regarding } = anEvent();

describe('eventName', () => {
  it('is the name of the object and a hash, the same whenever the same is said', () => {
    expect(eventName(anEvent())).toMatch(/^web\.[0-9a-f]{16}$/);
    expect(eventName(anEvent())).toBe(eventName(anEvent()));
  });

  it.each([
    { regarding: { ...regarding, uid: 'other' } },
    { regarding: { ...regarding, kind: 'AWSIAMRole' } },
    { type: 'Normal' },
    { reason: 'CreateSecretFailed' },
    { note: 'why not' },
  ] as const)('is another for each field that cannot be changed: %j', (overrides) => {
    expect(eventName(anEvent(overrides))).not.toBe(eventName(anEvent()));
  });

  it.each([
    ['the longest name', 'a'.repeat(253)],
    ['a dash where it is cut', `${'a'.repeat(235)}-${'b'.repeat(17)}`],
    ['dots where it is cut', `${'a.'.repeat(126)}b`],
    ['a dot and a dash where it is cut', `${'a'.repeat(233)}.x-${'b'.repeat(17)}`],
  ])('is a subdomain of at most 253 characters: %s', (_what, name) => {
    const made = eventName(anEvent({}, aPodReference(name)));
    expect(made).toMatch(SUBDOMAIN);
    expect(made.length).toBeLessThanOrEqual(253);
    expect(made.length).toBeGreaterThan(248);
  });
});
