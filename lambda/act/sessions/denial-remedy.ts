/** The caller of STS when no intermediate role is configured. */
export const REFRESHER = "this account's refresher role";

/** Who asked for a session, and what to check when STS denies it without a reason. */
export interface DenialContext {
  /** The principal that calls STS, e.g. `this account's refresher role`. */
  readonly caller: string;
  /** What may be wrong with the trust policy of the role, as the rest of a sentence that begins with it. */
  readonly trustProblem: string;
  /** What else may be wrong, as alternatives; empty for nothing. */
  readonly otherProblems?: readonly string[];
}

/**
 * The kinds of policies that AWS names in a denial (IAM user guide, "Troubleshoot access denied error messages"). The
 * forms are `with an explicit deny in a KIND` and `because no KIND allows the ACTION action`; an ARN of the policy may
 * follow.
 */
const POLICY_KINDS = [
  'service control policy',
  'resource control policy',
  'permissions boundary',
  'session policy',
  'identity-based policy',
  'resource-based policy',
  'role trust policy',
  'VPC endpoint policy',
] as const;
type PolicyKind = (typeof POLICY_KINDS)[number];

/** The user guide has `sessions policy` in one form. */
const KIND = POLICY_KINDS.join('|').replace('session policy', 'sessions? policy');
const EXPLICIT = new RegExp(`with an explicit deny in (?:an? |the )?(${KIND})\\b`, 'i');
const IMPLICIT = new RegExp(`because no (${KIND}) allows\\b`, 'i');

/**
 * Returns what to do about a denial, as a sentence without a period. STS names the kind of policy only within an account
 * or an organization, and only for some denials. Without it, a role that does not exist looks the same as one that does
 * not trust the caller.
 *
 * @param message - of the AccessDenied error
 */
export function denialRemedy(message: string, context: DenialContext): string {
  const explicit = policyKindOf(EXPLICIT.exec(message));
  if (explicit !== undefined) return remedyOf(explicit, 'denies', context);
  const implicit = policyKindOf(IMPLICIT.exec(message));
  if (implicit !== undefined) return remedyOf(implicit, 'does not allow', context);
  const { trustProblem, otherProblems = [] } = context;
  const problems = [
    `or its trust policy ${trustProblem}`,
    ...otherProblems.map((one) => `or ${one}`),
  ];
  return ['The role does not exist', ...problems].join(', ');
}

function policyKindOf(match: RegExpExecArray | null): PolicyKind | undefined {
  const name = match?.[1]?.toLowerCase().replace('sessions', 'session');
  return POLICY_KINDS.find((kind) => kind.toLowerCase() === name);
}

function remedyOf(
  kind: PolicyKind,
  verb: 'denies' | 'does not allow',
  { caller, trustProblem }: DenialContext,
): string {
  const denied = `${verb} ${caller} this action`;
  switch (kind) {
    case 'service control policy':
      return `A service control policy of AWS Organizations ${denied}, whatever the role's trust policy says: the administrator of the organization has to allow it`;
    case 'resource control policy':
      return `A resource control policy in the organization of the role ${denied}, whatever the role's trust policy says: the administrator of that organization has to allow it`;
    case 'permissions boundary':
      return `A permissions boundary ${denied}: allow it on this role in the boundary`;
    case 'session policy':
      return `A session policy ${denied}: whoever issued its credentials has to allow it on this role`;
    case 'identity-based policy':
      return verb === 'denies'
        ? `A policy of its own ${denied}: remove the Deny, or use another role`
        : `No policy of its own allows ${caller} this action: add a pattern that matches this role to the setting assumableRoles and deploy the stack, or, if another role assumes it, allow the action in the policy of that role`;
    case 'VPC endpoint policy':
      return `The policy of the VPC endpoint for STS ${denied}: allow it in the endpoint that the refresher uses (of Lambda functions: setting vpc)`;
    case 'role trust policy':
    case 'resource-based policy':
      return verb === 'denies'
        ? `The role exists, but its trust policy ${denied}: remove the Deny, or exempt ${caller}`
        : `The role exists, but its trust policy ${trustProblem}`;
  }
}
