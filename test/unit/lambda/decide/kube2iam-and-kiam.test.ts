import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AllowedRolesFormat } from '../../../../contract/kubernetes/namespace.ts';
import { readNamespacePermission } from '../../../../lambda/decide/namespace-permission.ts';
import { BASE_ROLE_ARN } from '../../../support/builders/builders.ts';

/*
 * Compares the decisions of kube2iam (mappings/mapper.go, iam/arn.go, namespace.go at 4c4a2b4) and kiam
 * (pkg/server/policy.go, pkg/aws/sts/arn_resolver.go at 2950404) with ours. Both match the role's ARN, which is the base
 * ARN and the name unless the name is an ARN. kube2iam also prepends the base ARN to each element of its list that is not
 * an ARN; kiam does not change its expression.
 */

const ALLOWED = 'iam.amazonaws.com/allowed-roles';
const PERMITTED = 'iam.amazonaws.com/permitted';
const OTHER = 'arn:aws:iam::999999999999:role/';

const arnOf = (role: string) => (role.startsWith('arn:') ? role : BASE_ROLE_ARN + role);

function isAllowed(
  annotation: string,
  value: string,
  role: string,
  allowedRolesFormat: AllowedRolesFormat = 'glob',
): boolean {
  const rules = { baseRoleArn: BASE_ROLE_ARN, allowedRolesFormat };
  const permission = readNamespacePermission({ [annotation]: value }, rules);
  return permission.kind === 'annotated' && permission.allows(arnOf(role));
}

/** The annotation's value, a role, the decision of the other tool, and the reason if this product is stricter. */
type Row = readonly [value: string, role: string, theirs: boolean, stricter?: string];

function compare(annotation: string, rows: readonly Row[], format?: AllowedRolesFormat): void {
  const named = rows.map(([value, role, theirs, stricter]) => ({ value, role, theirs, stricter }));
  it.each(named)('$value for $role: $theirs; stricter: $stricter', (row) => {
    const { value, role, theirs, stricter } = row;
    // This product never allows more.
    expect(stricter === undefined || theirs).toBe(true);
    expect(isAllowed(annotation, value, role, format)).toBe(theirs && stricter === undefined);
  });
}

const MALFORMED = 'a malformed element invalidates the whole annotation';

describe('kube2iam, --namespace-restriction-format=glob', () => {
  compare(ALLOWED, [
    ['["orders"]', 'orders', true],
    ['["orders"]', 'orders-admin', false],
    ['["orders"]', 'my-orders', false],
    ['["orders"]', 'Orders', false],
    ['["orders-*"]', 'orders-admin', true],
    ['["*-reader"]', 'orders-reader', true],
    ['["*"]', 'anything', true],
    ['["*"]', 'some/path/anything', true],
    ['["*"]', `${OTHER}orders`, false],
    ['["path/*"]', 'path/orders', true],
    ['["path/*"]', 'orders', false],
    ['["order?"]', 'orders', false],
    ['["orders.*"]', 'orders-admin', false],
    [`["${OTHER}orders"]`, `${OTHER}orders`, true],
    [`["${OTHER}*"]`, `${OTHER}path/orders`, true],
    ['["arn:*"]', `${OTHER}orders`, true],
    [`["${BASE_ROLE_ARN}orders"]`, 'orders', true],
    ['["ARN:aws:iam::123456789012:role/orders"]', 'orders', false],
    ['["billing", "orders"]', 'orders', true],
    ['[]', 'orders', false],
    ['[""]', 'orders', false],
    ['', 'orders', false],
    ['null', 'orders', false],
    ['orders', 'orders', false],
    ['"orders"', 'orders', false],
    ['{"orders": true}', 'orders', false],
    // Go keeps the elements that it decoded before the error.
    ['["orders", 1]', 'orders', true, MALFORMED],
  ]);
});

describe('kube2iam, --namespace-restriction-format=regexp', () => {
  const BASE = 'the base ARN applies to every alternative, not only to the first one';
  const START = 'an ARN must match from the beginning of the ARN';
  const COMPLEX = 'the expression is too complex';
  compare(
    ALLOWED,
    [
      ['["orders"]', 'orders', true],
      ['["orders"]', 'orders-admin', true],
      ['["orders$"]', 'orders', true],
      ['["orders$"]', 'orders-admin', false],
      ['["orders"]', 'my-orders', false],
      ['[".*orders"]', 'my-orders', true],
      ['["orders"]', 'Orders', false],
      ['["(?i)orders"]', 'Orders', true],
      ['["^orders$"]', 'orders', false],
      ['["path/.*"]', 'path/orders', true],
      ['["path/.*"]', 'orders', false],
      ['[".*"]', 'some/path/anything', true],
      ['[".*"]', `${OTHER}orders`, false],
      ['["*"]', 'orders', true, 'not valid RE2 syntax by itself'],
      [`["${OTHER}orders"]`, `${OTHER}orders`, true],
      [`["${OTHER}orders"]`, `${OTHER}orders-admin`, true],
      ['["arn:aws:iam::\\\\d{12}:role/orders$"]', `${OTHER}orders`, true],
      ['["arn:.*:role/a$|arn:.*:role/b$"]', 'b', true],
      ['["^arn:.*"]', 'orders', false],
      ['["orders|billing"]', 'billing', true],
      ['["orders|billing"]', 'my-billing', true, BASE],
      ['["orders|billing"]', `${OTHER}billing`, true, BASE],
      ['["orders|"]', 'admin', true],
      ['["arn:aws:iam::1:role/x|orders"]', 'orders', true, START],
      ['["billing$", "orders$"]', 'orders', true],
      ['[]', 'orders', false],
      ['[""]', 'orders', true, 'an empty expression allows no role'],
      ['', 'orders', false],
      ['["orders", 1]', 'orders', true, MALFORMED],
      ['["orders", "("]', 'orders', true, MALFORMED],
      ['["orders", "(?=x)"]', 'orders', true, MALFORMED],
      ['["(or){1}ders"]', 'orders', true, COMPLEX],
      ['["orders", "\\\\pL"]', 'orders', true, COMPLEX],
      [JSON.stringify(['orders', 'x'.repeat(513)]), 'orders', true, COMPLEX],
    ],
    'regexp',
  );

  /** The decision of kube2iam, in JavaScript's syntax, which is the same for the generated expressions. */
  const theirs = (sources: readonly string[], arn: string) =>
    sources.some((source) => new RegExp(arnOf(source)).test(arn));

  it('allows every role that this product allows, for all short expressions', () => {
    const unit = fc.constantFrom('a', 'b', '.', '*', '|', '(', ')', '^', '$', '/', '[ab]', '{2}');
    const source = fc.string({ unit, minLength: 1, maxLength: 7 }).filter((text) => {
      try {
        return Boolean(new RegExp(arnOf(text)));
      } catch {
        return false;
      }
    });
    const role = fc.string({ unit: fc.constantFrom('a', 'b', '/'), minLength: 1, maxLength: 4 });
    let allowed = 0;
    fc.assert(
      fc.property(fc.array(source, { minLength: 1, maxLength: 2 }), role, (sources, name) => {
        if (!isAllowed(ALLOWED, JSON.stringify(sources), name, 'regexp')) return;
        allowed += 1;
        expect(theirs(sources, arnOf(name))).toBe(true);
      }),
      { numRuns: 3_000 },
    );
    expect(allowed).toBeGreaterThan(100);
  });
});

describe('kiam, with strict expressions', () => {
  const WHOLE = 'every alternative must match the whole ARN';
  compare(PERMITTED, [
    ['.*', 'orders', true],
    ['.*', `${OTHER}orders`, true],
    ['.*/orders', 'orders', true],
    ['.*orders', 'my-orders', true],
    ['orders', 'orders', false],
    ['^orders$', 'orders', false],
    ['role', 'role', false],
    [`${BASE_ROLE_ARN}orders`, 'orders', true],
    [`^${BASE_ROLE_ARN}orders$`, 'orders', true],
    [`${BASE_ROLE_ARN}orders`, 'orders-admin', false],
    [`${BASE_ROLE_ARN}*`, 'orders', false],
    ['.*/path/.*', 'path/orders', true],
    ['.*/path/.*', 'orders', false],
    ['.*/(orders|billing)', 'billing', true],
    ['.*/Orders', 'orders', false],
    ['(?i).*/Orders', 'orders', true],
    ['', 'orders', false],
    ['(', 'orders', false],
    ['.*/orders(?=$)', 'orders', false],
    [`${BASE_ROLE_ARN}orders|x`, 'orders-admin', true, WHOLE],
    ['x|orders-admin', 'orders-admin', true, WHOLE],
    ['x|.*orders', 'orders-admin', false],
    [`${'.*'.repeat(300)}/orders`, 'orders', true, 'longer than 512 characters'],
    ['(.*/){1}orders', 'orders', true, 'the expression is too complex'],
  ]);
});

describe('both annotations together', () => {
  it('allow the roles that either of them allows', () => {
    const both = { [ALLOWED]: '["billing"]', [PERMITTED]: '.*/orders' };
    const rules = { baseRoleArn: BASE_ROLE_ARN, allowedRolesFormat: 'glob' } as const;
    const permission = readNamespacePermission(both, rules);
    const allows = (role: string) =>
      permission.kind === 'annotated' && permission.allows(arnOf(role));
    expect(['billing', 'orders', 'admin'].map(allows)).toEqual([true, true, false]);
  });
});
