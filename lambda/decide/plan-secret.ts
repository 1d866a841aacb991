import type { ManagedSecret } from '../observe/cluster-view.ts';
import type { CredentialRequest } from './credential-request.ts';
import type { Guard, Verdict } from './guard.ts';
import type { DeferItem, PlanItem } from './plan.ts';
import { expiryOf, isMarked, renewalDueAt } from './secret-state.ts';

/** What a run knows that is the same for all Secrets. */
export interface PlanContext {
  readonly now: Date;
  readonly refreshBeforeSeconds: number;
  readonly judge: Guard;
}

/** Plans for a Secret that a pod wants and nobody is known to have made. */
export function planMissing(
  context: PlanContext,
  request: CredentialRequest,
  allSecretsKnown: boolean,
): PlanItem {
  const verdict = context.judge(request.namespace, request.role);
  const subject = {
    namespace: request.namespace,
    name: request.secretName,
    role: request.role,
    roleArn: verdict.roleArn,
    pod: request.pod,
  };
  if (verdict.kind === 'refused') {
    return { ...subject, action: 'refuse', reason: verdict.reason, message: verdict.message };
  }
  if (verdict.kind === 'unknown') return { ...subject, ...deferred(verdict) };
  if (allSecretsKnown) return { ...subject, action: 'create' };
  return {
    ...subject,
    action: 'defer',
    reason: 'secrets-unknown',
    message: 'the list of managed Secrets did not arrive whole, so this one may exist',
  };
}

/** Plans for a Secret of ours: renewal when it is due, the mark taken off when a pod wants it, or nothing. */
export function planOwn(
  context: PlanContext,
  secret: ManagedSecret,
  role: string,
  request: CredentialRequest | undefined,
): PlanItem {
  const verdict = context.judge(secret.namespace, role);
  const expiresAt = expiryOf(secret, context.now);
  const { namespace, name } = secret;
  const subject = { namespace, name, role, roleArn: verdict.roleArn, pod: request?.pod };
  const isWanted = request !== undefined;
  if (!isDue(context, secret, expiresAt, isWanted)) {
    if (isWanted && isMarked(secret)) return { ...subject, action: 'unmark', secret, expiresAt };
    // A pod that waits for what its namespace may no longer have is told so, although the old credentials still last.
    const isToldSo = isWanted && verdict.kind === 'refused';
    if (!isToldSo) return { ...subject, action: 'keep', secret, expiresAt };
  }
  switch (verdict.kind) {
    case 'refused':
      return { ...subject, action: 'refuse', reason: verdict.reason, message: verdict.message };
    case 'unknown':
      return { ...subject, ...deferred(verdict), expiresAt };
    case 'allowed':
      return { ...subject, action: 'renew', secret, expiresAt };
  }
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

function deferred(
  verdict: Extract<Verdict, { kind: 'unknown' }>,
): Pick<DeferItem, 'action' | 'reason' | 'message'> {
  return { action: 'defer', reason: 'namespace-unknown', message: verdict.message };
}
