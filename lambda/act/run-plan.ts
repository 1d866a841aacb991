import pMap from 'p-map';
import { BUDGET } from '../../contract/budgets.ts';
import { RefresherError } from '../../contract/errors.ts';
import { HTTP_STATUS, isRetryableStatus } from '../../contract/http-status.ts';
import { REFRESHER_RBAC } from '../../contract/kubernetes/cluster-access.ts';
import { SECRET_CONCURRENCY } from '../../contract/limits.ts';
import { memoize } from '../../kubernetes/cached-value.ts';
import { isPermissionMissing, KubernetesApiError } from '../../kubernetes/errors.ts';
import { secretImmutable } from '../decide/ownership-problems.ts';
import type { CreateItem, ExistingItem, Plan, PlanItem, SecretSubject } from '../decide/plan.ts';
import { byUrgency } from './by-urgency.ts';
import { type FailureReason, type ItemOutcome, subjectOf } from './item-outcome.ts';
import { issueCredentials } from './secrets/issue-credentials.ts';
import { markSecret } from './secrets/mark-secret.ts';
import { type PodLister, removeSecret } from './secrets/remove-secret.ts';
import type { ActDeps } from './secrets/secret-api.ts';
import { AssumeRoleError } from './sessions/assume-role-error.ts';

/**
 * Carries out a plan, the most urgent items first, and returns the outcome of each item. A failed item does not affect
 * the others. When the signal aborts, no further item is started; the remaining ones are deferred.
 */
export async function runPlan(
  deps: ActDeps,
  plan: Plan,
  signal: AbortSignal,
): Promise<readonly ItemOutcome[]> {
  // Once per namespace, for all removals in it.
  const listPods = memoize((namespace: string) => deps.listPodsOf(namespace, signal));
  const items = byUrgency(plan.items, deps.now());
  const outcomes = await pMap(items, (item) => runWithFallback(deps, item, listPods, signal), {
    concurrency: SECRET_CONCURRENCY,
  });
  return outcomes.flat();
}

/** Carries out an item. If an AWSIAMRole does not take over the Secret of pods, carries out the item for the pods too. */
async function runWithFallback(
  deps: ActDeps,
  item: PlanItem,
  listPods: PodLister,
  signal: AbortSignal,
): Promise<readonly ItemOutcome[]> {
  const outcome = await runItem(deps, item, listPods, signal);
  if (!('otherwise' in item) || item.otherwise === undefined) return [outcome];
  if (!('reason' in outcome)) return [outcome];
  return [outcome, await runItem(deps, item.otherwise, listPods, signal)];
}

async function runItem(
  deps: ActDeps,
  item: PlanItem,
  listPods: PodLister,
  signal: AbortSignal,
): Promise<ItemOutcome> {
  switch (item.action) {
    case 'keep':
      return { ...subjectOf(item), result: 'kept' };
    case 'refuse':
      return { ...item, result: 'refused' };
    case 'defer':
      return { ...item, result: 'deferred' };
    case 'create':
    case 'renew':
      return issueUnlessBackedOff(deps, item, signal);
    case 'mark':
    case 'unmark':
      return attempt(item, signal, () => markSecret(deps, item, signal));
    case 'remove':
      return attempt(item, signal, () => removeSecret(deps, item, listPods, signal));
  }
}

async function issueUnlessBackedOff(
  deps: ActDeps,
  item: CreateItem | ExistingItem,
  signal: AbortSignal,
): Promise<ItemOutcome> {
  const { namespace, pod, awsIamRole, isRevoked, grant = '' } = item;
  const news = [
    `namespace ${grant}`,
    // An immutable Secret that was deleted is another one.
    `secret ${item.action === 'create' ? '' : item.secret.uid}`,
    ...(pod === undefined ? [] : [`pod ${pod.uid}`]),
    ...(awsIamRole === undefined ? [] : [`resource ${awsIamRole.uid}/${awsIamRole.generation}`]),
  ];
  // A renewal that a person requests is tried at once.
  const backedOff = isRevoked ? undefined : deps.backOff.lastFailure(item, news, deps.now());
  if (backedOff !== undefined) {
    const { failure, triedAt, retryAt } = backedOff;
    const { reason, message } = failure;
    const times = { triedAt, retryAt };
    return { ...subjectOf(item), result: 'failed', reason, message, backedOff: times };
  }
  if (!isRevoked && deps.backOff.isExhausted(namespace, deps.now())) return deferDenied(item);
  const outcome = await attempt(item, signal, () => issueCredentials(deps, item, signal));
  deps.backOff.record(item, news, deps.now(), outcome);
  return outcome;
}

function deferDenied(item: CreateItem | ExistingItem): ItemOutcome {
  return {
    ...subjectOf(item),
    result: 'deferred',
    reason: 'too-many-in-namespace',
    message: `${BUDGET.deniedPerNamespacePerMinute} roles were denied in namespace ${item.namespace} in this minute; the next pass continues`,
  };
}

/** Converts what a step throws to a failed outcome. */
async function attempt(
  item: Exclude<PlanItem, { action: 'keep' | 'refuse' | 'defer' }>,
  signal: AbortSignal,
  step: () => Promise<ItemOutcome>,
): Promise<ItemOutcome> {
  const subject = subjectOf(item);
  const outOfTime = {
    ...subject,
    result: 'deferred',
    reason: 'out-of-time',
    message: 'the pass ran out of time',
  } as const;
  if (signal.aborted) return outOfTime;
  try {
    return await step();
  } catch (error) {
    if (signal.aborted) return outOfTime;
    return { ...subject, result: 'failed', ...failureOf(error, item) };
  }
}

/** How the API server rejects a change of the data of a Secret with `immutable: true` (ValidateSecretUpdate). */
const IMMUTABLE = 'field is immutable when `immutable` is set';

/** Completes the API server's message about a missing permission. */
const PERMISSION_REMEDY =
  ". The chart's RBAC must grant this permission to the refresher: install the chart in the cluster";

/** The chart's policy denies no write of the product: the operator has to install the chart that matches the functions. */
const CHART_POLICY = `ValidatingAdmissionPolicy '${REFRESHER_RBAC}' with binding`;

/** Why an item failed. */
interface Failure {
  readonly reason: FailureReason;
  readonly message: string;
}

function failureOf(error: unknown, item: SecretSubject): Failure {
  if (error instanceof AssumeRoleError) return { reason: error.reason, message: error.message };
  if (error instanceof KubernetesApiError) return apiFailureOf(error, item);
  // The message of any other error may quote the Secret's content.
  const isOurs = error instanceof RefresherError;
  const message = isOurs ? error.message : error instanceof Error ? error.name : typeof error;
  return { reason: 'api-failed', message };
}

function apiFailureOf(error: KubernetesApiError, item: SecretSubject): Failure {
  const { status, message } = error;
  if (isPermissionMissing(error)) {
    return { reason: 'api-failed', message: message + PERMISSION_REMEDY };
  }
  if (message.includes(CHART_POLICY)) return { reason: 'api-failed', message };
  if (status === HTTP_STATUS.unprocessableEntity && message.includes(IMMUTABLE)) {
    return { reason: 'secret-immutable', message: secretImmutable(item) };
  }
  // Other client errors are about this Secret: a quota, a policy or a field.
  return { reason: isRetryableStatus(status) ? 'api-failed' : 'api-refused', message };
}
