import { describe, expect, it } from 'vitest';
import { closestName } from '../../../contract/closest-name.ts';

const NAMES = ['clusterName', 'assumableRoles', 'region', 'namespaces'];

describe('closestName', () => {
  it.each([
    ['assumableRole', 'assumableRoles'],
    ['clustername', 'clusterName'],
    ['regoin', 'region'],
    ['namespace', 'namespaces'],
  ])('takes %s for %s', (word, name) => {
    expect(closestName(word, NAMES)).toBe(name);
  });

  it.each(['timeout', '', 'x'])('knows nothing near to %j', (word) => {
    expect(closestName(word, NAMES)).toBeUndefined();
  });

  it('knows nothing when there is nothing to know', () => {
    expect(closestName('region', [])).toBeUndefined();
  });
});
