import type { ManagedSecret } from '../observe/managed-secrets.ts';
import type { GuardDecision } from './guard.ts';
import { deletionNotice, type RefusedOrDeferred } from './ownership-problems.ts';
import { type PlanContext, type PlanItem, revocationOf, type SecretSubject } from './plan.ts';
import type { RequestedSecret } from './requested-secrets.ts';
import {
  heldCredentials,
  isBeingRemoved,
  isMarked,
  isTurnOf,
  renewalDueAt,
} from './secret-state.ts';

/** Returns the subject of a Secret that pods request. */
export function subjectOfRequest(context: PlanContext, request: RequestedSecret): SecretSubject {
  const { namespace, secretName, role, pod } = request;
  return { ...subjectOfPodSecret(context, { namespace, name: secretName, role }), pod };
}

function subjectOfPodSecret(
  context: PlanContext,
  { namespace, name, role }: Pick<SecretSubject, 'namespace' | 'name' | 'role'>,
): SecretSubject {
  const roleArn = context.roleArnFor(namespace, role);
  const revocation = revocationOf(context, roleArn);
  const sessionSeconds = context.sessionSecondsFor({ namespace, roleArn });
  return { namespace, name, role, roleArn, sessionSeconds, ...revocation };
}

/**
 * Plans a requested Secret that is not among the managed Secrets.
 *
 * @param areSecretsKnown - whether the lists for the namespace are complete, so that the Secret does not exist
 */
export function planMissing(
  context: PlanContext,
  subject: SecretSubject,
  areSecretsKnown: boolean,
): PlanItem {
  const { namespace, roleArn, awsIamRole } = subject;
  const requester = awsIamRole === undefined ? 'pod' : 'awsIamRole';
  const decision = context.authorize(namespace, roleArn, requester);
  if (decision.kind !== 'allowed') return { ...subject, ...notAllowed(decision) };
  if (decision.isTerminating) {
    return {
      ...subject,
      action: 'refuse',
      reason: 'namespace-terminating',
      message: `namespace ${namespace} is being deleted, and no Secret can be created in it`,
    };
  }
  if (areSecretsKnown) return { ...subject, action: 'create', grant: decision.grant };
  return {
    ...subject,
    action: 'defer',
    reason: 'secrets-unknown',
    message: `the list of Secrets or AWSIAMRoles in namespace ${namespace} is incomplete: this Secret may exist, or belong to an AWSIAMRole`,
  };
}

/**
 * Plans an existing Secret for pods. If a pod requests it, its unused mark is removed first, so that no Secret in use has
 * an old mark. Otherwise it is renewed when it is due, or kept; one that is being removed because no pod uses it is
 * kept. If the sessions of its role were revoked, it is renewed first, because that is requested only once; the next pass
 * removes the mark.
 */
export function planExisting(
  context: PlanContext,
  secret: ManagedSecret,
  role: string,
  request: RequestedSecret | undefined,
): PlanItem {
  const { namespace, name } = secret;
  const podSecret = subjectOfPodSecret(context, { namespace, name, role });
  const subject = {
    ...podSecret,
    pod: request?.pod,
    ...heldCredentials(secret, podSecret, context.fingerprintOf(podSecret), context.now),
    ...(request && deletionNotice(secret)),
  };
  const decision = context.authorize(namespace, subject.roleArn, 'pod');
  const isRequested = request !== undefined;
  if (isBeingRemoved(secret) && !isRequested) return { ...subject, action: 'keep', secret };
  if (isRequested && isMarked(secret) && !subject.isRevoked) {
    return { ...subject, action: 'unmark', secret };
  }
  // A pod is notified of a refusal at once, although the existing credentials are still valid.
  const isRefused = isRequested && decision.kind === 'refused';
  const mayBeUsed = isRequested || !isMarked(secret);
  if (!isRefused && !isRenewalDue(context, subject, mayBeUsed)) {
    return { ...subject, action: 'keep', secret };
  }
  if (decision.kind === 'allowed') {
    return { ...subject, action: 'renew', secret, grant: decision.grant };
  }
  return { ...subject, ...notAllowed(decision) };
}

/**
 * Whether the credentials of a Secret are to be replaced. Without a credible expiry, as controllers before this product
 * wrote Secrets, they are due at once, and outdated ones when it is the turn of the Secret; but not if a sweep has found
 * that no pod uses it. Those of revoked sessions are due in any case.
 */
export function isRenewalDue(
  { now, refreshBeforeSeconds }: PlanContext,
  subject: SecretSubject,
  mayBeUsed: boolean,
): boolean {
  const { expiresAt, outdated, isRevoked } = subject;
  if (isRevoked) return true;
  if (expiresAt === undefined) return mayBeUsed;
  return (
    now >= renewalDueAt(subject, expiresAt, refreshBeforeSeconds) ||
    (mayBeUsed && outdated !== undefined && isTurnOf(subject, now))
  );
}

/** Returns the item of a request that the guard does not allow. */
export function notAllowed(
  decision: Exclude<GuardDecision, { kind: 'allowed' }>,
): RefusedOrDeferred {
  const { message } = decision;
  return decision.kind === 'refused'
    ? { action: 'refuse', reason: decision.reason, message }
    : { action: 'defer', reason: 'namespace-unknown', message };
}
