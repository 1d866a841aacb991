import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { compileBounded } from '../../lambda/decide/bounded-expressions.ts';
import { matchGlob, readNamespacePermission } from '../../lambda/decide/namespace-permission.ts';
import { BASE_ROLE_ARN } from '../support/builders/builders.ts';
import { arbitraryValue } from './arbitrary-values.ts';
import { numRuns } from './num-runs.ts';

/** Parts of regular expressions, the most expensive first. Many combinations are invalid. */
const part = fc.constantFrom(
  ...[
    'a{200}',
    '[a-z]{99}',
    '.{100,250}',
    '(?i)',
    '(a+)+',
    '(a|a)*',
    '(.*)*',
    '(?:x{9})*',
    '((a{30}){30}){30}',
    '(?:a{9}b{9}c{9}){99}',
  ],
  ...['[^b]', '\\w+', '\\S*', '[[:alpha:]]{50}', '\\x{10FFFF}', '\\Qab\\E{99}', '{5}', '{2,}'],
  ...['(', ')', '*', '+?', '?', '|', '^', '$', '\\', '\\b', '[', ']', '\\p{L}', '\\1', '(?=a)'],
  ...['arn:', 'orders', '.*', '\0', '\ud800', 'İ', 'ſ', '\u{10ffff}'],
);
const expression = fc.oneof(
  fc.array(part, { minLength: 1, maxLength: 40 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary' }),
  fc.nat({ max: 600 }).map((length) => '('.repeat(length)),
);

/** Values of an annotation. */
const annotation = fc.oneof(
  expression,
  fc.array(fc.oneof(expression, fc.string())).map((list) => JSON.stringify(list)),
  arbitraryValue.map((value) => JSON.stringify(value)),
  fc.constantFrom('[', '["*"', `["${'*a'.repeat(4_000)}"]`, '*'.repeat(300_000)),
);
const roleArn = fc
  .oneof(fc.constantFrom('orders', 'a'.repeat(64), 'İ', ''), fc.string())
  .map((role) => BASE_ROLE_ARN + role);

/** Wraps a text so that each access of a character is counted. */
function counted(text: string, count: () => void): string {
  const proxy = new Proxy([...text], {
    get(characters, key) {
      count();
      return Reflect.get(characters, key);
    },
  });
  return proxy as unknown as string;
}

describe('annotations with any value', () => {
  it.each(['glob', 'regexp'] as const)('of format %s allow, forbid or are malformed', (format) => {
    fc.assert(
      fc.property(annotation, annotation, roleArn, (roles, permitted, arn) => {
        const permission = readNamespacePermission(
          { 'iam.amazonaws.com/allowed-roles': roles, 'iam.amazonaws.com/permitted': permitted },
          { baseRoleArn: BASE_ROLE_ARN, allowedRolesFormat: format },
        );
        if (permission.kind === 'annotated') expect(permission.allows(arn)).toBeTypeOf('boolean');
        if (permission.kind === 'malformed') expect(permission.message.length).toBeLessThan(300);
      }),
      numRuns(700),
    );
  });

  it('compile to programs of bounded size, even if they are refused afterwards', () => {
    fc.assert(
      fc.property(expression, (source) => {
        const compiled = compileBounded([source]);
        const wasCompiled =
          !('malformed' in compiled) || /make it shorter/.test(compiled.malformed);
        if (wasCompiled) expect(RE2JS.compile(source).programSize()).toBeLessThan(2_000);
      }),
      numRuns(2_000),
    );
  });

  it('as globs match in time proportional to the product of the lengths', () => {
    const pattern = fc.array(fc.constantFrom('*', 'a', 'b', '?'), { maxLength: 60 });
    const text = fc.array(fc.constantFrom('a', 'b'), { maxLength: 60 });
    fc.assert(
      fc.property(pattern, text, (characters, others) => {
        let accesses = 0;
        const count = () => {
          accesses += 1;
        };
        matchGlob(counted(characters.join(''), count), counted(others.join(''), count), '?');
        const product = (characters.length + 1) * (others.length + 1);
        expect(accesses).toBeLessThanOrEqual(8 * product + 8);
      }),
      numRuns(1_500),
    );
  });
});
