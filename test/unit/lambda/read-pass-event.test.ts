import { describe, expect, it } from 'vitest';
import { PassEventError, readPassEvent } from '../../../lambda/read-pass-event.ts';

describe('readPassEvent', () => {
  it.each([
    [{ pass: 'refresh' }, 'refresh'],
    [{ pass: 'check' }, 'refresh'],
    [{ pass: 'sweep' }, 'sweep'],
    [{ pass: 'check' }, 'sweep'],
    [{ pass: 'sweep', confirm: true }, 'sweep'],
    [{ pass: 'refresh', renew: 'arn:aws:iam::123456789012:role/team/orders' }, 'refresh'],
    [{ pass: 'refresh', renew: 'arn:aws-us-gov:iam::123456789012:role/orders' }, 'refresh'],
  ] as const)('accepts %j in the %s function', (event, ownPass) => {
    expect(readPassEvent(event, ownPass)).toEqual(event);
  });

  it.each([
    [{}, 'refresh'],
    [null, 'refresh'],
    [undefined, 'refresh'],
    ['refresh', 'refresh'],
    [[{ pass: 'refresh' }], 'refresh'],
    [{ pass: 'sweep' }, 'refresh'],
    [{ pass: 'refresh' }, 'sweep'],
    [{ pass: 'refresh', confirm: true }, 'refresh'],
    [{ pass: 'check', confirm: true }, 'sweep'],
    [{ pass: 'sweep', confirm: 'yes' }, 'sweep'],
    [{ pass: 'sweep', dryRun: true }, 'sweep'],
    [{ pass: 'refresh', renew: 'orders' }, 'refresh'],
    [{ pass: 'refresh', renew: true }, 'refresh'],
    [{ pass: 'refresh', renew: ['arn:aws:iam::123456789012:role/orders'] }, 'refresh'],
    [{ pass: 'check', renew: 'arn:aws:iam::123456789012:role/orders' }, 'refresh'],
    [{ pass: 'sweep', renew: 'arn:aws:iam::123456789012:role/orders' }, 'sweep'],
    [{ source: 'aws.events', detail: {} }, 'refresh'],
  ] as const)('rejects %j in the %s function, and names the valid events', (event, ownPass) => {
    expect(() => readPassEvent(event, ownPass)).toThrow(
      `send {"pass": "${ownPass}"}, {"pass": "check"}`,
    );
  });

  it('rejects an event that is nested too deeply to quote', () => {
    const deep: unknown = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000));
    expect(() => readPassEvent(deep, 'refresh')).toThrow(PassEventError);
  });
});
