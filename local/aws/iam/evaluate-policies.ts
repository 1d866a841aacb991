import { parseArn, parseRoleArn, sessionArn } from '../arn.ts';
import { conditionHolds, type RequestContext } from './condition.ts';
import { matchesGlob } from './glob.ts';
import type { PatternSet, Policy, Statement, StatementPrincipal } from './policy-document.ts';

/** Who asks: a session of a role, or an AWS service on behalf of a resource. */
export type Caller =
  | { readonly kind: 'role-session'; readonly roleArn: string; readonly sessionName: string }
  | { readonly kind: 'service'; readonly service: string };

/** What is asked of IAM. */
export interface AccessRequest {
  readonly caller: Caller;
  /** E.g. `sts:AssumeRole`. */
  readonly action: string;
  /** ARN of what is acted on. */
  readonly resource: string;
  readonly context: RequestContext;
}

/**
 * What a set of policies says. `direct` tells that a trust or resource policy names the caller itself and not only its account:
 * within an account that grants without an identity policy (user guide, "Evaluating identity-based policies with
 * resource-based policies").
 */
export interface PolicyDecision {
  readonly outcome: 'allowed' | 'denied' | 'silent';
  readonly namesCaller: boolean;
  /** The statements that apply to the request, allowing or denying. */
  readonly statements: readonly Statement[];
}

/** Evaluates `policies` for `request`: an applicable Deny wins, an applicable Allow allows, else they are silent. */
export function evaluatePolicies(policies: readonly Policy[], request: AccessRequest): PolicyDecision {
  const statements = policies
    .flatMap((policy) => policy.statements)
    .filter((statement) => applies(statement, request));
  const allowing = statements.filter((statement) => statement.effect === 'Allow');
  const denied = statements.length > allowing.length;
  return {
    outcome: denied ? 'denied' : allowing.length > 0 ? 'allowed' : 'silent',
    namesCaller: allowing.some(
      ({ principal }) => principalMatch(principal, request.caller) === 'itself',
    ),
    statements,
  };
}

function applies(statement: Statement, request: AccessRequest): boolean {
  return (
    includes(statement.actions, request.action, ignoringCase) &&
    (!statement.resources || includes(statement.resources, request.resource, matchesGlob)) &&
    (!statement.principal || principalMatch(statement.principal, request.caller) !== 'no') &&
    conditionHolds(statement.condition, request.context)
  );
}

/** The id of a statement and, with it, each action and resource that it lists: all, or those that cover a request. */
export function partsFor(
  { id, actions, resources }: Statement,
  request?: AccessRequest,
): readonly string[] {
  const listed = (set: PatternSet | undefined, text: string | undefined, matches: Matcher) =>
    set === undefined || set.inverted
      ? []
      : set.patterns.filter((pattern) => text === undefined || matches(pattern, text));
  return [
    id,
    ...listed(actions, request?.action, ignoringCase).map((action) => `${id} ${action}`),
    ...listed(resources, request?.resource, matchesGlob).map((resource) => `${id} ${resource}`),
  ];
}

type Matcher = (pattern: string, text: string) => boolean;

const ignoringCase: Matcher = (pattern, text) =>
  matchesGlob(pattern.toLowerCase(), text.toLowerCase());

function includes(set: PatternSet, text: string, matches: Matcher): boolean {
  return set.patterns.some((pattern) => matches(pattern, text)) !== set.inverted;
}

type PrincipalMatch = 'no' | 'account' | 'itself';

function principalMatch(principal: StatementPrincipal | undefined, caller: Caller): PrincipalMatch {
  if (caller.kind === 'service') {
    return principal?.Service?.includes(caller.service) ? 'itself' : 'no';
  }
  const matches = (principal?.AWS ?? []).map((name) => matchAwsPrincipal(name, caller));
  if (matches.includes('itself')) return 'itself';
  return matches.includes('account') ? 'account' : 'no';
}

// Apart from `*` alone, a principal takes no wildcards (user guide, "AWS JSON policy elements: Principal").
function matchAwsPrincipal(
  name: string,
  caller: Extract<Caller, { kind: 'role-session' }>,
): PrincipalMatch {
  const role = parseRoleArn(caller.roleArn);
  if (!role) return 'no';
  if (name === '*' || name === caller.roleArn) return 'itself';
  if (name === sessionArn(role, caller.sessionName)) return 'itself';
  const root = parseArn(name);
  const isAccount =
    name === role.account || (root?.resource === 'root' && root.account === role.account);
  return isAccount ? 'account' : 'no';
}
