import { ROLE_SESSION_DURATION } from '../../contract/awsiamrole.ts';
import { SESSION_SECONDS } from '../../contract/limits.ts';
import { EXPIRES_AT_ANNOTATION, GENERATION_ANNOTATION } from '../../contract/secret.ts';
import type { ObservedAwsIamRole } from '../observe/awsiamroles.ts';
import type { ManagedSecret } from '../observe/managed-secrets.ts';
import { shortRoleName } from './guard.ts';
import { type PlanContext, type PlanItem, revocationOf, type SecretSubject } from './plan.ts';
import { nameTaken, planMissing, notAllowed } from './plan-secret.ts';
import type { PodReference } from './requested-secrets.ts';
import { resolveRoleReference } from './role-reference.ts';
import { expiryOf, generationOf, isOwnedBy, renewalDueAt } from './secret-state.ts';

/** What there is of the Secret that an AWSIAMRole wants. */
export interface SecretOfAwsIamRole {
  /** The labelled Secret of its name, if there is one. */
  readonly secret: ManagedSecret | undefined;
  /** A pod that mounts it, if one was seen. */
  readonly pod: PodReference | undefined;
  /** Whether there can be no other labelled Secret than those that were seen. */
  readonly areSecretsKnown: boolean;
}

/**
 * How long a session of an AWSIAMRole lasts, in seconds: as long as it asks for, within what STS takes and gives to a
 * function.
 */
export function sessionSecondsOf({ roleSessionDuration }: ObservedAwsIamRole): number {
  const asked = roleSessionDuration || ROLE_SESSION_DURATION.default;
  return Math.min(Math.max(asked, ROLE_SESSION_DURATION.min), SESSION_SECONDS);
}

/** What the Secret of an AWSIAMRole is about; without an ARN when its reference stands for no role. */
export function subjectOfAwsIamRole(
  context: PlanContext,
  awsIamRole: ObservedAwsIamRole,
): SecretSubject & { readonly awsIamRole: ObservedAwsIamRole } {
  const { baseRoleArn } = context;
  const { namespace, name, roleReference } = awsIamRole;
  const { roleArn = '' } = resolveRoleReference(baseRoleArn, roleReference);
  const role = shortRoleName(baseRoleArn, roleArn);
  const sessionSeconds = sessionSecondsOf(awsIamRole);
  const revocation = revocationOf(context, roleArn);
  return { namespace, name, role, roleArn, sessionSeconds, awsIamRole, ...revocation };
}

/**
 * Plans for the Secret of an AWSIAMRole: made when it is missing, renewed when it is due or was made for an earlier
 * generation, whether a pod mounts it or not. The Secret goes with its owner, by Kubernetes' garbage collection.
 */
export function planAwsIamRole(
  context: PlanContext,
  awsIamRole: ObservedAwsIamRole,
  { secret, pod, areSecretsKnown }: SecretOfAwsIamRole,
): PlanItem {
  const reference = resolveRoleReference(context.baseRoleArn, awsIamRole.roleReference);
  const subject = { ...subjectOfAwsIamRole(context, awsIamRole), pod };
  if (secret !== undefined && !isOwnedBy(secret, awsIamRole)) {
    return { ...subject, ...nameTaken(subject, secret) };
  }
  if (reference.roleArn === undefined) {
    const { message } = reference;
    return { ...subject, action: 'refuse', reason: 'role-reference-malformed', message };
  }
  if (secret === undefined) return planMissing(context, subject, areSecretsKnown);
  const expiresAt = expiryOf(secret, context.now);
  return planPresent(
    context,
    { ...subject, expiresAt, ...unreadablePart(secret, expiresAt) },
    secret,
  );
}

/** A missing annotation is no mistake: Zalando's controller writes none. */
function unreadablePart(
  secret: ManagedSecret,
  expiresAt: Date | undefined,
): Pick<SecretSubject, 'unreadable'> {
  const { annotations } = secret;
  if (annotations[EXPIRES_AT_ANNOTATION] !== undefined && expiresAt === undefined) {
    return { unreadable: 'expiry time' };
  }
  return annotations[GENERATION_ANNOTATION] !== undefined && generationOf(secret) === undefined
    ? { unreadable: 'AWSIAMRole generation' }
    : {};
}

function planPresent(
  context: PlanContext,
  subject: SecretSubject & { readonly awsIamRole: ObservedAwsIamRole },
  secret: ManagedSecret,
): PlanItem {
  const { namespace, roleArn, awsIamRole } = subject;
  const verdict = context.authorize(namespace, roleArn, 'awsIamRole');
  // What may no longer be had is told at once, although the old credentials still last.
  if (verdict.kind === 'refused') return { ...subject, ...notAllowed(verdict) };
  const isOutdated = generationOf(secret) !== awsIamRole.generation;
  if (!isOutdated && !isRenewalDue(context, subject)) return { ...subject, action: 'keep', secret };
  return verdict.kind === 'allowed'
    ? { ...subject, action: 'renew', secret }
    : { ...subject, ...notAllowed(verdict) };
}

/** Without a credible expiry at once: an AWSIAMRole always wants its Secret. */
function isRenewalDue(context: PlanContext, subject: SecretSubject): boolean {
  const { now, refreshBeforeSeconds } = context;
  const { expiresAt, isRevoked } = subject;
  if (expiresAt === undefined || isRevoked) return true;
  return now >= renewalDueAt(subject, expiresAt, refreshBeforeSeconds);
}
