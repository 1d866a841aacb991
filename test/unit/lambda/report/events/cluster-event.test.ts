import { describe, expect, it } from 'vitest';
import { truncateNote, sanitizeName } from '../../../../../lambda/report/events/cluster-event.ts';

describe('boundedNote', () => {
  it.each([
    ['ASCII', 'n'.repeat(1_024)],
    ['two bytes a character', 'é'.repeat(512)],
    ['four bytes a character', '🔑'.repeat(256)],
    ['half a character', '\ud83d'.repeat(341)],
  ])('leaves what fits: %s', (_what, note) => {
    expect(truncateNote(note)).toBe(note);
  });

  it.each([
    ['ASCII', 'n'.repeat(1_025), `${'n'.repeat(1_021)}…`],
    ['two bytes a character', 'é'.repeat(513), `${'é'.repeat(510)}…`],
    ['four bytes a character', '🔑'.repeat(257), `${'🔑'.repeat(255)}…`],
    ['half a character', '\ud83d'.repeat(342), `${'\ud83d'.repeat(340)}…`],
    ['a megabyte', 'n'.repeat(1_000_000), `${'n'.repeat(1_021)}…`],
  ])('cuts what is over 1,024 bytes between two characters: %s', (_what, note, cut) => {
    expect(truncateNote(note)).toBe(cut);
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(1_024);
  });
});

describe('showable', () => {
  it('leaves what a role or a Secret can be called', () => {
    const name = 'arn:aws:iam::123456789012:role/path/My_Role+=,.@-1';
    expect(sanitizeName(name, 253)).toBe(name);
  });

  it.each([
    ['aws-iam-$(reboot)', 'aws-iam-??reboot?'],
    ["aws-iam-x' ;`id` #", 'aws-iam-x????id???'],
    ['aws-iam-\u001b[31m\n', 'aws-iam-??31m?'],
    ['aws-iam-ä', 'aws-iam-?'],
  ])('replaces what a shell or a terminal would act on: %j', (name, shown) => {
    expect(sanitizeName(name, 253)).toBe(shown);
  });

  it('cuts what is too long', () => {
    expect(sanitizeName('a'.repeat(1_000_000), 253)).toBe('a'.repeat(253));
  });
});
