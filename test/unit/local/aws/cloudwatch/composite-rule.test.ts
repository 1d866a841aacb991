import { describe, expect, it } from 'vitest';
import { parseCompositeRule } from '../../../../../local/aws/cloudwatch/composite-rule.ts';
import type { AlarmState } from '../../../../../local/aws/cloudwatch/evaluate-alarm.ts';

const STATES: Readonly<Record<string, AlarmState>> = {
  red: 'ALARM',
  green: 'OK',
  'arn:aws:cloudwatch:eu-central-1:123456789012:alarm:grey': 'INSUFFICIENT_DATA',
};

describe('a composite rule', () => {
  it.each([
    ['ALARM("red")', true],
    ['ALARM(green)', false],
    ['OK("green")', true],
    ['INSUFFICIENT_DATA("arn:aws:cloudwatch:eu-central-1:123456789012:alarm:grey")', true],
    ['NOT ALARM("green")', true],
    ['NOT NOT ALARM("green")', false],
    ['ALARM("green") OR ALARM("red")', true],
    ['ALARM("red") AND OK("red")', false],
    ['ALARM("red") OR ALARM("green") AND FALSE', true],
    ['(ALARM("red") OR ALARM("green")) AND FALSE', false],
    ['(ALARM("red") AND (NOT (OK("red") OR (FALSE)))) AND TRUE', true],
  ])('%s is %s', (rule, holds) => {
    expect(parseCompositeRule(rule).holds((alarm) => STATES[alarm] ?? 'OK')).toBe(holds);
  });

  it('lists its alarms', () => {
    expect(parseCompositeRule('ALARM("a b") OR (NOT OK(c))').alarms).toEqual(['a b', 'c']);
  });

  it.each([
    '',
    'ALARM',
    'ALARM("a"',
    'ALARM("a") OR',
    'AT_LEAST(1, ALARM, (a))',
    'ALARM("a") b',
    '"a',
  ])('%s is rejected', (rule) => {
    expect(() => parseCompositeRule(rule)).toThrow(/^rule /);
  });
});
