import { expect, it } from 'vitest';
import { isInScope } from '../../../contract/namespace.ts';

// only, except, the namespaces of `shop` and `bank` that are looked at
it.each([
  [[], [], ['shop', 'bank']],
  [['shop'], [], ['shop']],
  [[], ['shop'], ['bank']],
  [['shop'], ['bank'], ['shop']],
  [['shop', 'bank'], ['shop'], ['bank']],
  [['shop'], ['shop'], []],
])('of shop and bank, only %j and except %j leave %j', (only, except, left) => {
  expect(['shop', 'bank'].filter((name) => isInScope({ only, except }, name))).toEqual(left);
});
