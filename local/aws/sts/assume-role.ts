import type { RequestContext } from '../iam/condition.ts';
import type { Iam } from '../iam/iam.ts';
import type { Role } from '../iam/role.ts';
import type { Session } from '../iam/session.ts';
import { type AssumeRoleInput, readAssumeRoleInput } from './assume-role-input.ts';
import { checkInheritedTags, tagsToInherit } from './session-tags.ts';
import { notAuthorized, validationError } from './sts-errors.ts';

/** Maximum duration of a session that another session of a role assumes ("role chaining", STS AssumeRole), in seconds. */
const MAX_CHAINED_SECONDS = 3_600;

const ASSUME_ROLE = 'sts:AssumeRole';
const TAG_SESSION = 'sts:TagSession';

interface AssumeRoleResult {
  readonly session: Session;
  readonly input: AssumeRoleInput;
}

/**
 * Performs AssumeRole for `caller`. The caller's identity policies and the role's trust policy decide together.
 *
 * @throws ServiceError with the code of STS. A role that does not exist looks the same as one that does not trust the
 * caller.
 */
export function assumeRole(
  iam: Iam,
  caller: Session,
  parameters: URLSearchParams,
): AssumeRoleResult {
  const input = readAssumeRoleInput(parameters);
  const { roleArn, sessionName, durationSeconds, sessionTags } = input;
  const target = iam.findRole(roleArn);
  const actions = sessionTags.tags.size > 0 ? [ASSUME_ROLE, TAG_SESSION] : [ASSUME_ROLE];
  const denied = actions.find((action) => !isAllowed(iam, caller, target, action, input));
  if (!target || denied) throw notAuthorized(caller, denied ?? ASSUME_ROLE, roleArn);
  checkInheritedTags(caller.inheritedTags, sessionTags);
  checkDuration(target, durationSeconds);
  checkChainedDuration(durationSeconds);
  const inheritedTags = tagsToInherit(caller.inheritedTags, sessionTags);
  return { session: iam.createSession(target, sessionName, durationSeconds, inheritedTags), input };
}

function isAllowed(
  iam: Iam,
  caller: Session,
  target: Role | undefined,
  action: string,
  input: AssumeRoleInput,
): boolean {
  const context = contextOf(action, input);
  const byIdentity = iam.decide(caller, action, input.roleArn, context);
  if (!target || byIdentity.outcome === 'explicitDeny') return false;
  const { role, sessionName } = caller;
  const byTrust = iam.decideTrust(
    target,
    { kind: 'role-session', roleArn: role.arn, sessionName },
    action,
    context,
  );
  if (byTrust.outcome !== 'allowed') return false;
  if (byIdentity.outcome === 'allowed') return true;
  return byTrust.namesCaller && role.account === target.account;
}

/**
 * AWS documents the condition keys for the session name and the external ID with AssumeRole. It is unclear whether
 * TagSession has them as well. Here it does not: what is allowed without them is allowed in either case.
 */
function contextOf(
  action: string,
  { sessionName, externalId, sessionTags }: AssumeRoleInput,
): RequestContext {
  const tags = [...sessionTags.tags].map(([key, value]) => [`aws:RequestTag/${key}`, value]);
  if (action === TAG_SESSION) return Object.fromEntries(tags);
  return {
    'sts:RoleSessionName': sessionName,
    ...(externalId === undefined ? {} : { 'sts:ExternalId': externalId }),
    ...Object.fromEntries(tags),
  };
}

/** @throws ServiceError for a session that is longer than the role allows */
export function checkDuration(role: Role, seconds: number): void {
  if (seconds > role.maxSessionDuration) {
    throw validationError(
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    );
  }
}

/** @throws ServiceError for a session that is longer than role chaining allows: every caller is a session of a role */
function checkChainedDuration(seconds: number): void {
  if (seconds > MAX_CHAINED_SECONDS) {
    throw validationError(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    );
  }
}
