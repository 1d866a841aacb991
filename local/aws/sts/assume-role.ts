import { type AssumeRoleInput, readAssumeRoleInput } from './assume-role-input.ts';
import type { Iam, Role, Session } from '../iam/iam.ts';
import type { RequestContext } from '../iam/condition.ts';
import { checkInherited, inheritedFrom } from './session-tags.ts';
import { invalidValue, notAuthorized } from './sts-errors.ts';

/** The longest session, in seconds, that one session of a role gets of another ("role chaining", STS AssumeRole). */
const CHAINED_SECONDS = 3_600;

/** A session that AssumeRole opened, and what it was asked for. */
export interface OpenedSession {
  readonly session: Session;
  readonly input: AssumeRoleInput;
}

/**
 * Carries out AssumeRole for `caller`: identity policies and the role's trust policy decide, together.
 * @throws StsRefusal in the words of STS. A role that is not there and one that does not trust look the same.
 */
export function assumeRole(iam: Iam, caller: Session, parameters: URLSearchParams): OpenedSession {
  const input = readAssumeRoleInput(parameters);
  const { roleArn, sessionName, durationSeconds, sessionTags } = input;
  const target = iam.findRole(roleArn);
  const actions = sessionTags.tags.size > 0 ? [ASSUME_ROLE, TAG_SESSION] : [ASSUME_ROLE];
  const refused = actions.find((action) => !isAllowed(iam, caller, target, action, input));
  if (!target || refused) throw notAuthorized(caller, refused ?? ASSUME_ROLE, roleArn);
  checkInherited(caller.inheritedTags, sessionTags);
  checkDuration(target, durationSeconds);
  const inherited = inheritedFrom(caller.inheritedTags, sessionTags);
  return { session: iam.createSession(target, sessionName, durationSeconds, inherited), input };
}

const ASSUME_ROLE = 'sts:AssumeRole';
const TAG_SESSION = 'sts:TagSession';

function isAllowed(
  iam: Iam,
  caller: Session,
  target: Role | undefined,
  action: string,
  input: AssumeRoleInput,
): boolean {
  const context = contextOf(action, input);
  const own = iam.decide(caller, action, input.roleArn, context);
  if (!target || own.outcome === 'denied') return false;
  const { role, sessionName } = caller;
  const trust = iam.decideTrust(
    target,
    { kind: 'role-session', roleArn: role.arn, sessionName },
    action,
    context,
  );
  if (trust.outcome !== 'allowed') return false;
  return own.outcome === 'allowed' || (trust.namesCaller && role.account === target.account);
}

/**
 * AWS documents the keys of the session's name and of the external id for AssumeRole. Whether TagSession has them is not
 * sure, so it has not: what is allowed without them is allowed in either case.
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

function checkDuration(role: Role, seconds: number): void {
  if (seconds > role.maxSessionDuration) {
    throw invalidValue(
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    );
  }
  // Every caller here is itself a session of a role, so every session is chained.
  if (seconds > CHAINED_SECONDS) {
    throw invalidValue(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    );
  }
}
