import { describe, expect, it } from 'vitest';
import {
  evaluateCondition,
  type IntrinsicScope,
  NO_VALUE,
  resolveIntrinsics,
} from '../../../../local/assembly/intrinsics.ts';

const scope: IntrinsicScope = {
  ref: (name) => (name === 'AWS::NoValue' ? NO_VALUE : `ref(${name})`),
  attribute: (logicalId, name) => `att(${logicalId}, ${name})`,
  condition: (name) => name === 'IsTrue',
};

const sub = (text: string) => text.replaceAll('#', '$');

describe('an intrinsic function', () => {
  it.each<[unknown, unknown]>([
    [{ Ref: 'A' }, 'ref(A)'],
    [{ 'Fn::GetAtt': ['A', 'Arn'] }, 'att(A, Arn)'],
    [{ 'Fn::GetAtt': 'A.Endpoint.Port' }, 'att(A, Endpoint.Port)'],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'B' }, 3]] }, 'a-ref(B)-3'],
    [{ 'Fn::Sub': sub('x-#{A}-#{B.Arn}-#{!C}') }, sub('x-ref(A)-att(B, Arn)-#{C}')],
    [{ 'Fn::Sub': [sub('#{A}/#{B}'), { A: { Ref: 'Z' } }] }, 'ref(Z)/ref(B)'],
    [{ 'Fn::Select': [1, { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
    [{ 'Fn::If': ['IsTrue', { Ref: 'A' }, 'no'] }, 'ref(A)'],
    [{ 'Fn::If': ['IsFalse', { Ref: 'A' }, 'no'] }, 'no'],
    [{ keep: 1, drop: { Ref: 'AWS::NoValue' } }, { keep: 1 }],
    [['a', { Ref: 'AWS::NoValue' }], ['a']],
    [{ Condition: { StringEquals: {} } }, { Condition: { StringEquals: {} } }],
  ])('resolves %j to %j', (value, expected) => {
    expect(resolveIntrinsics(value, scope)).toEqual(expected);
  });

  it.each<[unknown, string]>([
    [{ 'Fn::ImportValue': 'x' }, 'intrinsic function Fn::ImportValue is not supported'],
    [{ 'Fn::Select': [3, ['a']] }, 'Fn::Select: item 3 does not exist'],
    [{ 'Fn::Join': '-' }, 'Fn::Join requires a list, not "-"'],
    [{ Ref: {} }, 'Ref requires a string, not {}'],
  ])('rejects %j', (value, message) => {
    expect(() => resolveIntrinsics(value, scope)).toThrow(message);
  });
});

describe('a condition', () => {
  it.each<[unknown, boolean]>([
    [{ 'Fn::Equals': [{ Ref: 'A' }, 'ref(A)'] }, true],
    [{ 'Fn::Not': [{ Condition: 'IsTrue' }] }, false],
    [{ 'Fn::Or': [{ Condition: 'IsFalse' }, { Condition: 'IsTrue' }] }, true],
    [{ 'Fn::And': [{ Condition: 'IsFalse' }, { Condition: 'IsTrue' }] }, false],
  ])('%j is %s', (expression, expected) => {
    expect(evaluateCondition(expression, scope)).toBe(expected);
  });

  it('rejects an unsupported function', () => {
    const expression = { 'Fn::Contains': [] };
    expect(() => evaluateCondition(expression, scope)).toThrow('Fn::Contains is not supported');
  });
});
