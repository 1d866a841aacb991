import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../contract/errors.ts';
import {
  matching,
  nonEmpty,
  oneOf,
  type ParseVariable,
  readEnvironment,
  stringList,
  wholeNumber,
} from '../../../contract/read-environment.ts';

describe('readEnvironment', () => {
  it('returns what it reads, with the defaults of optional variables', () => {
    const config = readEnvironment({ REGION: 'eu-west-1' }, ({ required, optional }) => ({
      region: required('REGION', 'a region', nonEmpty),
      port: optional('PORT', 8080, 'a port', wholeNumber({ min: 0, max: 65_535 })),
    }));
    expect(config).toEqual({ region: 'eu-west-1', port: 8080 });
  });

  it('reports all mistakes, with the value and what is expected', () => {
    const read = () =>
      readEnvironment({ PORT: 'x' }, ({ required, optional }) => [
        required('REGION', 'a region', nonEmpty),
        optional('PORT', 8080, 'a port', wholeNumber({ min: 0, max: 65_535 })),
      ]);
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(
      '2 mistake(s) in the environment:\n  - REGION is missing; it must be a region\n  - PORT is "x"; it must be a port',
    );
  });
});

describe('a variable', () => {
  it.each<[string, ParseVariable<unknown>, string, unknown]>([
    ['non-empty', nonEmpty, 'a', 'a'],
    ['non-empty', nonEmpty, '', undefined],
    ['a string list', stringList, '["a","b"]', ['a', 'b']],
    ['a string list', stringList, '[]', []],
    ['a string list', stringList, '[""]', undefined],
    ['a string list', stringList, '{}', undefined],
    ['a string list', stringList, 'a', undefined],
    ['a whole number', wholeNumber({ min: 1, max: 9 }), '1', 1],
    ['a whole number', wholeNumber({ min: 1, max: 9 }), '9', 9],
    ['a whole number', wholeNumber({ min: 1, max: 9 }), '10', undefined],
    ['a whole number', wholeNumber({ min: 1, max: 9 }), '0', undefined],
    ['a whole number', wholeNumber({ min: 1, max: 9 }), '1.5', undefined],
    ['a whole number', wholeNumber({ min: 1, max: 9 }), '1e0', undefined],
    ['one of several words', oneOf(['a', 'b']), 'b', 'b'],
    ['one of several words', oneOf(['a', 'b']), 'c', undefined],
    ['a match', matching(/^a+$/), 'aa', 'aa'],
    ['a match', matching(/^a+$/), 'ab', undefined],
  ])('that must be %s', (_, parse, text, value) => {
    expect(parse(text)).toEqual(value);
  });
});
