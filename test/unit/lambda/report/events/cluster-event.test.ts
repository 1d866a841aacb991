import { describe, expect, it } from 'vitest';
import { sanitizeName } from '../../../../../contract/sanitize-name.ts';
import { eventName, truncateNote } from '../../../../../lambda/report/events/cluster-event.ts';
import { anEvent, aPodReference } from '../../../../support/builders/event-builders.ts';

describe('truncateNote', () => {
  it.each([
    ['ASCII', 'n'.repeat(1_024)],
    ['two bytes a character', 'é'.repeat(512)],
    ['four bytes a character', '🔑'.repeat(256)],
    ['half a character', '\ud83d'.repeat(341)],
  ])('keeps what fits: %s', (_what, note) => {
    expect(truncateNote(note)).toBe(note);
  });

  it.each([
    ['ASCII', 'n'.repeat(1_025), `${'n'.repeat(1_021)}…`],
    ['two bytes a character', 'é'.repeat(513), `${'é'.repeat(510)}…`],
    ['four bytes a character', '🔑'.repeat(257), `${'🔑'.repeat(255)}…`],
    ['half a character', '\ud83d'.repeat(342), `${'\ud83d'.repeat(340)}…`],
    ['a megabyte', 'n'.repeat(1_000_000), `${'n'.repeat(1_021)}…`],
  ])('truncates after 1,024 bytes, between two characters: %s', (_what, note, cut) => {
    expect(truncateNote(note)).toBe(cut);
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(1_024);
  });
});

describe('sanitizeName', () => {
  it('keeps the characters of role and Secret names', () => {
    const name = 'arn:aws:iam::123456789012:role/path/My_Role+=,.@-1';
    expect(sanitizeName(name, 253)).toBe(name);
  });

  it.each([
    ['aws-iam-$(reboot)', 'aws-iam-??reboot?'],
    ["aws-iam-x' ;`id` #", 'aws-iam-x????id???'],
    ['aws-iam-\u001b[31m\n', 'aws-iam-??31m?'],
    ['aws-iam-ä', 'aws-iam-?'],
  ])('replaces characters that a shell or a terminal interprets: %j', (name, shown) => {
    expect(sanitizeName(name, 253)).toBe(shown);
  });

  it('truncates', () => {
    expect(sanitizeName('a'.repeat(1_000_000), 253)).toBe('a'.repeat(253));
  });
});

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const { regarding } = anEvent();

describe('eventName', () => {
  it("is the object's name and a hash, equal for equal Events", () => {
    expect(eventName(anEvent())).toMatch(/^web\.[0-9a-f]{16}$/);
    expect(eventName(anEvent())).toBe(eventName(anEvent()));
  });

  it.each([
    { regarding: { ...regarding, uid: 'other' } },
    { regarding: { ...regarding, kind: 'AWSIAMRole' } },
    { type: 'Normal' },
    { reason: 'CreateSecretFailed' },
    { note: 'why not' },
  ] as const)('differs for each immutable field: %j', (overrides) => {
    expect(eventName(anEvent(overrides))).not.toBe(eventName(anEvent()));
  });

  it.each([
    ['the longest name', 'a'.repeat(253)],
    ['a dash where it is truncated', `${'a'.repeat(235)}-${'b'.repeat(17)}`],
    ['dots where it is truncated', `${'a.'.repeat(126)}b`],
    ['a dot and a dash where it is truncated', `${'a'.repeat(233)}.x-${'b'.repeat(17)}`],
  ])('is a subdomain of at most 253 characters: %s', (_what, name) => {
    const result = eventName(anEvent({}, aPodReference(name)));
    expect(result).toMatch(SUBDOMAIN);
    expect(result.length).toBeLessThanOrEqual(253);
    expect(result.length).toBeGreaterThan(248);
  });
});
