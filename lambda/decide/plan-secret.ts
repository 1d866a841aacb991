import type { ManagedSecret } from '../observe/cluster-view.ts';
import type { CredentialRequest } from './credential-request.ts';
import type { Verdict } from './guard.ts';
import type { DeferItem, PlanItem, RefuseItem } from './plan.ts';
import type { PlanContext } from './plan-context.ts';
import { expiryOf, isMarked, renewalDueAt } from './secret-state.ts';

/** Plans for a Secret that a pod wants and nobody is known to have made. */
export function planMissing(
  context: PlanContext,
  request: CredentialRequest,
  areSecretsKnown: boolean,
): PlanItem {
  const verdict = context.judge(request.namespace, request.role);
  const { namespace, secretName: name, role, pod } = request;
  const subject = { namespace, name, role, roleArn: verdict.roleArn, pod };
  if (verdict.kind !== 'allowed') return { ...subject, ...withheld(verdict) };
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
    message: `the managed Secrets of namespace ${namespace} did not arrive whole, so this one may exist`,
  };
}

/**
 * Plans for a Secret of ours: a mark comes off before anything else when a pod wants it, so that no mark grows old while
 * the Secret is in use; then renewal when it is due; or nothing.
 */
export function planOwn(
  context: PlanContext,
  secret: ManagedSecret,
  role: string,
  request: CredentialRequest | undefined,
): PlanItem {
  const verdict = context.judge(secret.namespace, role);
  const expiresAt = expiryOf(secret, context.now);
  const { namespace, name } = secret;
  const pod = request?.pod;
  const subject = { namespace, name, role, roleArn: verdict.roleArn, pod, expiresAt };
  const isWanted = request !== undefined;
  if (isWanted && isMarked(secret)) return { ...subject, action: 'unmark', secret };
  // A pod that waits for what its namespace may no longer have is told so, although the old credentials still last.
  const isToldSo = isWanted && verdict.kind === 'refused';
  if (!isToldSo && !isDue(context, secret, expiresAt, isWanted)) {
    return { ...subject, action: 'keep', secret };
  }
  if (verdict.kind === 'allowed') return { ...subject, action: 'renew', secret };
  return { ...subject, ...withheld(verdict) };
}

/** Without a credible expiry only a pod that wants the Secret makes it due: the annotation may be anybody's. */
function isDue(
  context: PlanContext,
  secret: ManagedSecret,
  expiresAt: Date | undefined,
  isWanted: boolean,
): boolean {
  if (expiresAt === undefined) return isWanted;
  return context.now >= renewalDueAt(secret, expiresAt, context.refreshBeforeSeconds);
}

function withheld(
  verdict: Exclude<Verdict, { kind: 'allowed' }>,
):
  | Pick<RefuseItem, 'action' | 'reason' | 'message'>
  | Pick<DeferItem, 'action' | 'reason' | 'message'> {
  const { message } = verdict;
  return verdict.kind === 'refused'
    ? { action: 'refuse', reason: verdict.reason, message }
    : { action: 'defer', reason: 'namespace-unknown', message };
}
