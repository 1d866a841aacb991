import { describe, expect, it } from 'vitest';
import { closestName } from '../../../contract/closest-name.ts';

const NAMES = ['clusterName', 'assumableRoles', 'region', 'namespaces'];

describe('closestName', () => {
  it.each([
    ['assumableRole', 'assumableRoles'],
    ['clustername', 'clusterName'],
    ['regoin', 'region'],
    ['namespace', 'namespaces'],
  ])('finds for %s: %s', (word, name) => {
    expect(closestName(word, NAMES)).toBe(name);
  });

  it.each(['timeout', '', 'x'])('finds nothing similar to %j', (word) => {
    expect(closestName(word, NAMES)).toBeUndefined();
  });

  it('finds nothing without candidates', () => {
    expect(closestName('region', [])).toBeUndefined();
  });
});
