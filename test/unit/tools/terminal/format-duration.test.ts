import { expect, it } from 'vitest';
import { formatSeconds, formatUntil } from '../../../../tools/terminal/format-duration.ts';
import { minutes, NOW } from '../../../support/builders/builders.ts';

it.each([
  [0, '0 s'],
  [59.9, '59 s'],
  [60, '1 min'],
  [3_599, '59 min'],
  [3_600, '1 h 0 min'],
  [90_061, '25 h 1 min'],
])('formats %d seconds as %s', (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});

it('formats an instant in the future, in the past, and none', () => {
  expect(formatUntil(minutes(29.5), NOW)).toBe('in 29 min');
  expect(formatUntil(minutes(-5), NOW)).toBe('5 min ago');
  expect(formatUntil(undefined, NOW)).toBe('-');
});
