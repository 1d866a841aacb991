import { describe, expect, it } from 'vitest';
import { byUrgency } from '../../../../lambda/act/run-plan.ts';
import type { PlanItem } from '../../../../lambda/decide/plan.ts';
import { aSecret, minutes, NOW } from '../../../support/builders/builders.ts';

function renewal(namespace: string, name: string, left: number, sessionSeconds = 3_600): PlanItem {
  return {
    ...{ action: 'renew', namespace, name, role: name, roleArn: name, sessionSeconds },
    secret: aSecret(name, { namespace }),
    expiresAt: minutes(left),
  } as PlanItem;
}

const namesOf = (items: readonly PlanItem[]) =>
  byUrgency(items, NOW).map(({ namespace, name }) => `${namespace}/${name}`);

describe('byUrgency', () => {
  it('does not always put short sessions first', () => {
    // 7 of 15 minutes left is as urgent as 28 minutes of an hour.
    const items = [
      renewal('a', 'short', 7, 900),
      renewal('b', 'soon', 12),
      renewal('b', 'later', 29),
    ];
    expect(namesOf(items)).toEqual(['b/soon', 'a/short', 'b/later']);
  });

  it('lets namespaces take turns for credentials that expire within the same minute', () => {
    const many = Array.from({ length: 3 }, (_, i) => renewal('a', `r${i}`, 20 + i / 100));
    expect(namesOf([...many, renewal('b', 'one', 20.5)])).toEqual([
      'a/r0',
      'b/one',
      'a/r1',
      'a/r2',
    ]);
  });
});
