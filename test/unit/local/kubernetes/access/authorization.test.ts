import { describe, expect, it } from 'vitest';
import {
  type AccessRule,
  authorizeByRules,
} from '../../../../../local/kubernetes/access/authorization.ts';

const request = {
  verb: 'get',
  group: '',
  version: 'v1',
  resource: 'secrets',
  subresource: undefined,
  namespace: 'a',
  name: 'x',
};
const rule: AccessRule = {
  group: 'writers',
  verbs: ['get', 'list'],
  apiGroups: [''],
  resources: ['secrets', 'pods/status'],
};
const writer = { username: 'jo', groups: ['writers'] };

describe('authorizeByRules', () => {
  it.each([
    ['a listed verb', {}, {}, true],
    ['another verb', {}, { verb: 'delete' }, false],
    ['another API group', {}, { group: 'apps' }, false],
    ['another resource', {}, { resource: 'pods' }, false],
    ['a listed subresource', {}, { resource: 'pods', subresource: 'status' }, true],
    ['a subresource that is not listed', {}, { subresource: 'status' }, false],
    ['the namespace of the rule', { namespace: 'a' }, {}, true],
    ['another namespace', { namespace: 'b' }, {}, false],
    ['all namespaces, with a rule for one', { namespace: 'a' }, { namespace: undefined }, false],
    ['a listed name', { resourceNames: ['x'] }, {}, true],
    [
      'a list, with a rule for names',
      { resourceNames: ['x'] },
      { verb: 'list', name: undefined },
      false,
    ],
    [
      'anything, with wildcards',
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      { verb: 'x' },
      true,
    ],
  ])('%s', (_what, ruleChange, requestChange, expected) => {
    const authorize = authorizeByRules([{ ...rule, ...ruleChange }]);
    expect(authorize(writer, { ...request, ...requestChange })).toBe(expected);
  });

  it('allows a rule to members of its group only, and everything to admins', () => {
    const authorize = authorizeByRules([rule]);
    expect(authorize({ username: 'jo', groups: ['readers'] }, request)).toBe(false);
    const admin = { username: 'root', groups: ['system:masters'] };
    expect(authorize(admin, { ...request, verb: 'delete' })).toBe(true);
  });
});
