import { describe, expect, it } from 'vitest';
import { BUDGET } from '../../../contract/budgets.ts';
import { createNamespaceMemory } from '../../../lambda/namespace-memory.ts';

const { rememberedPerNamespace: limit } = BUDGET;

describe('createNamespaceMemory', () => {
  it('returns what was stored last, by namespace', () => {
    const memory = createNamespaceMemory<number>();
    memory.set('a', 'x', 1);
    memory.set('a', 'x', 2);
    memory.set('b', 'x', 3);
    expect([memory.get('a', 'x'), memory.get('b', 'x'), memory.get('c', 'x')]).toEqual([
      2,
      3,
      undefined,
    ]);
    memory.delete('a', 'x');
    memory.delete('a', 'y');
    expect([memory.get('a', 'x'), memory.countIn('a'), memory.countIn('b')]).toEqual([
      undefined,
      0,
      1,
    ]);
  });

  it('forgets the least recently stored entry of a namespace with too many', () => {
    const memory = createNamespaceMemory<number>();
    for (let index = 0; index < limit; index += 1) memory.set('a', `${index}`, index);
    memory.set('a', '0', 0);
    memory.set('a', 'more', 0);
    expect(memory.get('a', '0')).toBe(0);
    expect(memory.get('a', '1')).toBeUndefined();
    expect(memory.countIn('a')).toBe(limit);
  });

  it('keeps the entries of others, however many namespaces are full', () => {
    const memory = createNamespaceMemory<number>();
    memory.set('quiet', 'x', 1);
    for (let namespace = 0; namespace < 12; namespace += 1) {
      for (let index = 0; index < limit; index += 1) memory.set(`${namespace}`, `${index}`, index);
    }
    expect(memory.get('quiet', 'x')).toBe(1);
    const counts = Array.from({ length: 12 }, (_, namespace) => memory.countIn(`${namespace}`));
    expect(counts.reduce((sum, count) => sum + count, 1)).toBe(10_000);
    expect(Math.min(...counts)).toBeGreaterThan(700);
  });

  it('takes little time with many entries of many namespaces', { timeout: 5_000 }, () => {
    const memory = createNamespaceMemory<number>();
    for (let index = 0; index < 100_000; index += 1) {
      memory.set(`ns-${index % 3_000}`, `${index}`, index);
    }
    const counts = Array.from({ length: 3_000 }, (_, index) => memory.countIn(`ns-${index}`));
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  });
});
