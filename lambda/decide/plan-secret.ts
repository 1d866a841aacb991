import { HERITAGE_LABEL, HERITAGE_VALUE } from '../../contract/kubernetes/secret.ts';
import { SESSION_SECONDS } from '../../contract/limits.ts';
import type { ManagedSecret } from '../observe/managed-secrets.ts';
import type { GuardDecision } from './guard.ts';
import {
  type DeferItem,
  type PlanContext,
  type PlanItem,
  type RefuseItem,
  revocationOf,
  type SecretSubject,
} from './plan.ts';
import type { RequestedSecret } from './requested-secrets.ts';
import { belongsToAwsIamRole, expiryOf, isMarked, renewalDueAt } from './secret-state.ts';

/** Why a request gets no credentials, as a part of its item. */
type RefusedOrDeferred =
  | Pick<RefuseItem, 'action' | 'reason' | 'message'>
  | Pick<DeferItem, 'action' | 'reason' | 'message'>;

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
  return { namespace, name, role, roleArn, sessionSeconds: SESSION_SECONDS, ...revocation };
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
  if (areSecretsKnown) return { ...subject, action: 'create' };
  return {
    ...subject,
    action: 'defer',
    reason: 'secrets-unknown',
    message: `the list of Secrets or AWSIAMRoles in namespace ${namespace} is incomplete: this Secret may exist, or belong to an AWSIAMRole`,
  };
}

/**
 * Plans an existing Secret for pods. If a pod requests it, its unused mark is removed first, so that no Secret in use has
 * an old mark. Otherwise it is renewed when it is due, or kept. If the sessions of its role were revoked, it is renewed
 * first, because that is requested only once; the next pass removes the mark.
 */
export function planExisting(
  context: PlanContext,
  secret: ManagedSecret,
  role: string,
  request: RequestedSecret | undefined,
): PlanItem {
  const { namespace, name } = secret;
  const subject = {
    ...subjectOfPodSecret(context, { namespace, name, role }),
    pod: request?.pod,
    expiresAt: expiryOf(secret, context.now),
  };
  const { isRevoked } = subject;
  const decision = context.authorize(namespace, subject.roleArn, 'pod');
  const isRequested = request !== undefined;
  if (isRequested && isMarked(secret) && !isRevoked) {
    return { ...subject, action: 'unmark', secret };
  }
  // A pod is notified of a refusal at once, although the existing credentials are still valid.
  const isRefused = isRequested && decision.kind === 'refused';
  if (!isRefused && !isRevoked && !isRenewalDue(context, subject, isRequested)) {
    return { ...subject, action: 'keep', secret };
  }
  if (decision.kind === 'allowed') return { ...subject, action: 'renew', secret };
  return { ...subject, ...notAllowed(decision) };
}

/** Without a credible expiry, only a pod that requests the Secret makes it due: anyone may have written the annotation. */
function isRenewalDue(context: PlanContext, subject: SecretSubject, isRequested: boolean): boolean {
  const { expiresAt } = subject;
  if (expiresAt === undefined) return isRequested;
  return context.now >= renewalDueAt(subject, expiresAt, context.refreshBeforeSeconds);
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

/** Returns the item of a request whose Secret name is taken by another Secret. */
export function nameTaken(
  { awsIamRole }: Pick<SecretSubject, 'awsIamRole'>,
  existing: ManagedSecret,
): RefusedOrDeferred {
  if (awsIamRole !== undefined && belongsToAwsIamRole(existing)) {
    return {
      action: 'defer',
      reason: 'secret-of-earlier-resource',
      message:
        'the Secret of a deleted AWSIAMRole of this name still exists; Kubernetes will remove it, and a later pass will create the new one',
    };
  }
  return { action: 'refuse', reason: 'name-taken', message: nameTakenMessage(existing) };
}

function nameTakenMessage({ namespace, name, labels }: ManagedSecret): string {
  // A Secret with the label may still belong to another object.
  return labels[HERITAGE_LABEL] === HERITAGE_VALUE
    ? 'a Secret of this name belongs to other pods, to another object or to an AWSIAMRole; the refresher does not change it'
    : `Secret ${name} in namespace ${namespace} was not created by this product, which does not change it. ` +
        'Rename or delete it; the refresher then creates its own';
}
