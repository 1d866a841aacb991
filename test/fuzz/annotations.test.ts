import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchGlob } from '../../lambda/decide/match-glob.ts';
import { readNamespacePermission } from '../../lambda/decide/namespace-permission.ts';
import { aPolicy, BASE_ROLE_ARN } from '../support/builders.ts';
import { EXAMPLES, hostileText } from './hostile.ts';

/** Expressions that take for ever where they are tried by going back, or become huge. */
const costly = fc.constantFrom(
  '(a+)+$',
  '(a|aa)+$',
  '(.*a){30}',
  '((a{1,50}){1,50}){1,50}',
  '(?:a?){200}a{200}',
  '[a-z]{1,1000}',
  '(?=a)',
  '(a)\\1',
  '\\p{L}{200}',
  '('.repeat(600),
  '.*'.repeat(250),
);
const expression = fc.oneof(
  costly,
  hostileText,
  fc.stringMatching(/^[a-z.*+?|()[\]{}\\^$0-9-]{0,40}$/),
);
const role = fc.oneof(
  fc.constantFrom('a'.repeat(64), 'app', 'team/App', 'a'.repeat(600)),
  hostileText,
);

describe('whatever an annotation says', () => {
  it.each(['glob', 'regexp'] as const)(
    'as %s, it is answered for any role, or malformed in words that quote nothing',
    (allowedRolesFormat) => {
      const annotations = fc.record(
        {
          'iam.amazonaws.com/allowed-roles': fc.oneof(
            hostileText,
            fc.array(expression).map((all) => JSON.stringify(all)),
          ),
          'iam.amazonaws.com/permitted': expression,
        },
        { requiredKeys: [] },
      );
      fc.assert(
        fc.property(annotations, role, (notes, name) => {
          const permission = readNamespacePermission(notes, aPolicy({ allowedRolesFormat }));
          if (permission.kind === 'malformed') expect(permission.message.length).toBeLessThan(400);
          else if (permission.kind === 'annotated') {
            expect(permission.allows(BASE_ROLE_ARN + name)).toEqual(expect.any(Boolean));
          }
        }),
        EXAMPLES,
      );
    },
  );

  it('a glob matches what the same expression does', () => {
    const glob = fc.stringMatching(/^[ab*?]{0,12}$/);
    fc.assert(
      fc.property(glob, fc.stringMatching(/^[ab*?]{0,12}$/), (pattern, text) => {
        const source = pattern.replaceAll('?', '\\?').replaceAll('*', '.*');
        expect(matchGlob(pattern, text)).toBe(new RegExp(`^${source}$`).test(text));
      }),
      { numRuns: 10 * EXAMPLES.numRuns },
    );
  });
});
