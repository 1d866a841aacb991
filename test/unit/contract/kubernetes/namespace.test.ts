import { expect, it } from 'vitest';
import { isInScope } from '../../../../contract/kubernetes/namespace.ts';

// only, except, and which of the namespaces `shop` and `bank` are in scope
it.each([
  [[], [], ['shop', 'bank']],
  [['shop'], [], ['shop']],
  [[], ['shop'], ['bank']],
  [['shop'], ['bank'], ['shop']],
  [['shop', 'bank'], ['shop'], ['bank']],
  [['shop'], ['shop'], []],
])('a scope with only %j and except %j contains, of shop and bank, %j', (only, except, left) => {
  expect(['shop', 'bank'].filter((name) => isInScope({ only, except }, name))).toEqual(left);
});
