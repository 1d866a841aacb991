import { parseArn, parseRoleArn, sessionArn } from '../arn.ts';
import { conditionHolds, type RequestContext } from './condition.ts';
import { matchesGlob, matchesResource } from './glob.ts';
import type { PatternSet, Policy, Statement, StatementPrincipal } from './policy-document.ts';

/** Who makes a request: a session of a role, an AWS service on behalf of a resource, or the subject of a token. */
export type Caller =
  | { readonly kind: 'role-session'; readonly roleArn: string; readonly sessionName: string }
  | { readonly kind: 'service'; readonly service: string }
  | { readonly kind: 'web-identity'; readonly providerArn: string };

/** A request for which policies are evaluated. */
export interface AccessRequest {
  readonly caller: Caller;
  /** E.g. `sts:AssumeRole`. */
  readonly action: string;
  /** ARN. */
  readonly resource: string;
  readonly context: RequestContext;
}

/** The result of evaluating a set of policies. */
export interface PolicyDecision {
  /** In the terms of the IAM policy simulator. `implicitDeny`: no statement allows or denies the request. */
  readonly outcome: 'allowed' | 'explicitDeny' | 'implicitDeny';
  /**
   * Whether a trust or resource policy that allows the request names the caller, not only its account. Within an account
   * this grants access without an identity policy (IAM user guide, "Evaluating identity-based policies with
   * resource-based policies").
   */
  readonly namesCaller: boolean;
  /** The statements that apply to the request, whatever their effect. */
  readonly statements: readonly Statement[];
}

/** Evaluates policies for a request: an applicable Deny overrides every Allow. */
export function evaluatePolicies(
  policies: readonly Policy[],
  request: AccessRequest,
): PolicyDecision {
  const statements = policies
    .flatMap((policy) => policy.statements)
    .filter((statement) => applies(statement, request));
  const allowing = statements.filter((statement) => statement.effect === 'Allow');
  const denied = statements.length > allowing.length;
  return {
    outcome: denied ? 'explicitDeny' : allowing.length > 0 ? 'allowed' : 'implicitDeny',
    namesCaller: allowing.some(
      ({ principal }) => principalMatch(principal, request.caller) === 'caller',
    ),
    statements,
  };
}

function applies(statement: Statement, request: AccessRequest): boolean {
  return (
    includes(statement.actions, request.action, ignoringCase) &&
    (!statement.resources || includes(statement.resources, request.resource, matchesResource)) &&
    (!statement.principal || principalMatch(statement.principal, request.caller) !== 'no') &&
    conditionHolds(statement.condition, request.context)
  );
}

/**
 * Lists the parts of a statement: its ID, and its ID with each of its actions and resources.
 *
 * @param request - restricts the actions and resources to those that match the request
 */
export function partsFor(
  { id, actions, resources }: Statement,
  request?: AccessRequest,
): readonly string[] {
  const patternsOf = (set: PatternSet | undefined, text: string | undefined, matches: Matcher) =>
    set === undefined || set.inverted
      ? []
      : set.patterns.filter((pattern) => text === undefined || matches(pattern, text));
  return [
    id,
    ...patternsOf(actions, request?.action, ignoringCase).map((action) => `${id} ${action}`),
    ...patternsOf(resources, request?.resource, matchesResource).map(
      (resource) => `${id} ${resource}`,
    ),
  ];
}

type Matcher = (pattern: string, text: string) => boolean;

const ignoringCase: Matcher = (pattern, text) =>
  matchesGlob(pattern.toLowerCase(), text.toLowerCase());

function includes(set: PatternSet, text: string, matches: Matcher): boolean {
  return set.patterns.some((pattern) => matches(pattern, text)) !== set.inverted;
}

type PrincipalMatch = 'no' | 'account' | 'caller';

function principalMatch(principal: StatementPrincipal | undefined, caller: Caller): PrincipalMatch {
  if (caller.kind === 'service') {
    return principal?.Service?.includes(caller.service) ? 'caller' : 'no';
  }
  if (caller.kind === 'web-identity') {
    return principal?.Federated?.includes(caller.providerArn) ? 'caller' : 'no';
  }
  const matches = (principal?.AWS ?? []).map((name) => matchAwsPrincipal(name, caller));
  if (matches.includes('caller')) return 'caller';
  return matches.includes('account') ? 'account' : 'no';
}

// Other than a single `*`, a principal cannot contain wildcards (IAM user guide, "AWS JSON policy elements: Principal").
function matchAwsPrincipal(
  name: string,
  caller: Extract<Caller, { kind: 'role-session' }>,
): PrincipalMatch {
  const role = parseRoleArn(caller.roleArn);
  if (!role) return 'no';
  if (name === '*' || name === caller.roleArn) return 'caller';
  if (name === sessionArn(role, caller.sessionName)) return 'caller';
  const root = parseArn(name);
  const isAccount =
    name === role.account || (root?.resource === 'root' && root.account === role.account);
  return isAccount ? 'account' : 'no';
}
