import { describe, expect, it } from 'vitest';
import { BUDGET } from '../../../../contract/budgets.ts';
import { byUrgency } from '../../../../lambda/act/by-urgency.ts';
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

  it('puts the share of a namespace that floods before its other items, and those of others between', () => {
    const { urgentItemsPerNamespace: share } = BUDGET;
    const flood = Array.from({ length: 20_000 }, (_, i) => renewal('a', `r${i}`, 1));
    const others = Array.from({ length: 30 }, (_, i) => renewal(`b${i}`, 'r', 29));
    const waiting = { ...renewal('c', 'r', 0), action: 'create' } as PlanItem;
    const mark = { ...renewal('d', 'r', 0), action: 'mark' } as PlanItem;
    const order = namesOf([mark, ...flood, waiting, ...others]);
    expect(order.slice(0, share).every((name) => name.startsWith('a/'))).toBe(true);
    expect(order[share]).toBe('c/r');
    expect(order.slice(share + 1, share + 31)).toEqual(
      others.map(({ namespace }) => `${namespace}/r`),
    );
    expect(order.at(-1)).toBe('d/r');
  });

  it('puts the nearest expiries of a namespace in its share, in whatever order they were listed', () => {
    const flood = Array.from({ length: 2_000 }, (_, i) => renewal('a', `r${i}`, 2_000 - i));
    expect(namesOf([...flood, renewal('b', 'r', 29)]).slice(0, 2)).toEqual(['a/r1999', 'a/r1998']);
  });
});
