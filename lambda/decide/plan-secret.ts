import { SESSION_SECONDS } from '../../contract/limits.ts';
import { HERITAGE_LABEL, HERITAGE_VALUE } from '../../contract/secret.ts';
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
import { expiryOf, isMarked, belongsToAwsIamRole, renewalDueAt } from './secret-state.ts';

/** What a Secret that pods want is about. */
export function subjectOfRequest(context: PlanContext, request: RequestedSecret): SecretSubject {
  const { namespace, secretName, role, pod } = request;
  return { ...subjectOfPods(context, { namespace, name: secretName, role }), pod };
}

function subjectOfPods(
  context: PlanContext,
  { namespace, name, role }: Pick<SecretSubject, 'namespace' | 'name' | 'role'>,
): SecretSubject {
  const roleArn = context.roleArnFor(namespace, role);
  const revocation = revocationOf(context, roleArn);
  return { namespace, name, role, roleArn, sessionSeconds: SESSION_SECONDS, ...revocation };
}

/** Plans for a Secret that somebody wants and nobody is known to have made. */
export function planMissing(
  context: PlanContext,
  subject: SecretSubject,
  areSecretsKnown: boolean,
): PlanItem {
  const { namespace, roleArn, awsIamRole } = subject;
  const verdict = context.authorize(
    namespace,
    roleArn,
    awsIamRole === undefined ? 'pod' : 'awsIamRole',
  );
  if (verdict.kind !== 'allowed') return { ...subject, ...notAllowed(verdict) };
  if (verdict.isTerminating) {
    return {
      ...subject,
      action: 'refuse',
      reason: 'namespace-terminating',
      message: `namespace ${namespace} is being deleted, and nothing can be made in it any more`,
    };
  }
  if (areSecretsKnown) return { ...subject, action: 'create' };
  return {
    ...subject,
    action: 'defer',
    reason: 'secrets-unknown',
    message: `the Secrets or AWSIAMRoles of namespace ${namespace} did not arrive whole, so this one may be there, or be that of an AWSIAMRole`,
  };
}

/**
 * Plans for a Secret of ours: a mark comes off before anything else when a pod wants it, so that no mark grows old while
 * the Secret is in use; then renewal when it is due; or nothing. Of a role whose sessions were revoked it is renewed first,
 * as that is asked for once, and the next run takes the mark off.
 */
export function planExisting(
  context: PlanContext,
  secret: ManagedSecret,
  role: string,
  request: RequestedSecret | undefined,
): PlanItem {
  const { namespace, name } = secret;
  const subject = {
    ...subjectOfPods(context, { namespace, name, role }),
    pod: request?.pod,
    expiresAt: expiryOf(secret, context.now),
  };
  const { isRevoked } = subject;
  const verdict = context.authorize(namespace, subject.roleArn, 'pod');
  const isWanted = request !== undefined;
  if (isWanted && isMarked(secret) && !isRevoked) return { ...subject, action: 'unmark', secret };
  // A pod that waits for what its namespace may no longer have is told so, although the old credentials still last.
  const isToldSo = isWanted && verdict.kind === 'refused';
  if (!isToldSo && !isRevoked && !isDue(context, subject, isWanted)) {
    return { ...subject, action: 'keep', secret };
  }
  if (verdict.kind === 'allowed') return { ...subject, action: 'renew', secret };
  return { ...subject, ...notAllowed(verdict) };
}

/** Without a credible expiry only a pod that wants the Secret makes it due: the annotation may be anybody's. */
function isDue(context: PlanContext, subject: SecretSubject, isWanted: boolean): boolean {
  const { expiresAt } = subject;
  if (expiresAt === undefined) return isWanted;
  return context.now >= renewalDueAt(subject, expiresAt, context.refreshBeforeSeconds);
}

/** What becomes of a request that was not allowed. */
export function notAllowed(
  verdict: Exclude<GuardDecision, { kind: 'allowed' }>,
):
  | Pick<RefuseItem, 'action' | 'reason' | 'message'>
  | Pick<DeferItem, 'action' | 'reason' | 'message'> {
  const { message } = verdict;
  return verdict.kind === 'refused'
    ? { action: 'refuse', reason: verdict.reason, message }
    : { action: 'defer', reason: 'namespace-unknown', message };
}

/** What becomes of a wanted Secret whose name something else has. */
export type NameTaken =
  | Pick<RefuseItem, 'action' | 'reason' | 'message'>
  | Pick<DeferItem, 'action' | 'reason' | 'message'>;

/** Says so of a wanted Secret: it depends on what is there, not on who looked. */
export function nameTaken(
  { awsIamRole }: Pick<SecretSubject, 'awsIamRole'>,
  present: ManagedSecret,
): NameTaken {
  if (awsIamRole !== undefined && belongsToAwsIamRole(present)) {
    return {
      action: 'defer',
      reason: 'secret-of-earlier-resource',
      message:
        'the Secret of an earlier AWSIAMRole of this name is still there; Kubernetes removes it soon, and the new one is made then',
    };
  }
  return { action: 'refuse', reason: 'name-taken', message: nameTakenMessage(present) };
}

function nameTakenMessage({ namespace, name, labels }: ManagedSecret): string {
  // The label alone does not make a Secret ours: one that some other object owns stays with its owner.
  return labels[HERITAGE_LABEL] === HERITAGE_VALUE
    ? 'a Secret of this name belongs to other pods, to another object or to an AWSIAMRole and is left alone'
    : `a Secret ${name} that this product did not make is in namespace ${namespace}; it is left alone. ` +
        'Rename or delete it to let the product make its own';
}
