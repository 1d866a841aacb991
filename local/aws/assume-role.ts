import { type AssumeRoleInput, readAssumeRoleInput } from './assume-role-input.ts';
import type { Iam, Role, Session } from './iam.ts';
import type { RequestContext } from './iam-condition.ts';
import { invalidValue, notAuthorized } from './sts-refusal.ts';

/** The longest session, in seconds, that one session of a role gets of another ("role chaining", STS AssumeRole). */
const CHAINED_SECONDS = 3_600;

/**
 * Carries out AssumeRole for `caller`: identity policies and the role's trust policy decide, together.
 * @throws StsRefusal in the words of STS. A role that is not there and one that does not trust look the same.
 */
export function assumeRole(iam: Iam, caller: Session, parameters: URLSearchParams): Session {
  const input = readAssumeRoleInput(parameters);
  const target = iam.findRole(input.roleArn);
  const allowed = isAllowed(iam, caller, target, input);
  if (!target || !allowed) throw notAuthorized(caller, 'sts:AssumeRole', input.roleArn);
  checkDuration(target, input.durationSeconds);
  return iam.openSession(target, input.sessionName, input.durationSeconds);
}

function isAllowed(
  iam: Iam,
  caller: Session,
  target: Role | undefined,
  input: AssumeRoleInput,
): boolean {
  const actions = input.tags.size > 0 ? ['sts:AssumeRole', 'sts:TagSession'] : ['sts:AssumeRole'];
  const context = contextOf(input);
  return actions.every((action) => {
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
    return own.outcome === 'allowed' || (trust.direct && role.account === target.account);
  });
}

function contextOf({ sessionName, externalId, tags }: AssumeRoleInput): RequestContext {
  return {
    'sts:RoleSessionName': sessionName,
    ...(externalId === undefined ? {} : { 'sts:ExternalId': externalId }),
    ...Object.fromEntries([...tags].map(([key, value]) => [`aws:RequestTag/${key}`, value])),
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
