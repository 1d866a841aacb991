import pMap from 'p-map';
import { RefresherError } from '../../contract/errors.ts';
import { HTTP_STATUS, isRetryableStatus } from '../../contract/http-status.ts';
import { REFRESHERS_GROUP } from '../../contract/kubernetes/cluster-access.ts';
import { SECRET_CONCURRENCY, SESSION_SECONDS } from '../../contract/limits.ts';
import { memoize } from '../../kubernetes/cached-value.ts';
import { isPermissionMissing, KubernetesApiError } from '../../kubernetes/errors.ts';
import { secretImmutable } from '../decide/ownership-problems.ts';
import type { CreateItem, ExistingItem, Plan, PlanItem, SecretSubject } from '../decide/plan.ts';
import { secretKey } from '../decide/requested-secrets.ts';
import { withTurns } from '../turns.ts';
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
  const { pod, roleArn, awsIamRole, isRevoked, grant = '' } = item;
  const key = `${secretKey(item)} ${roleArn}`;
  const news = [
    `namespace ${grant}`,
    // An immutable Secret that was deleted is another one.
    `secret ${item.action === 'create' ? '' : item.secret.uid}`,
    ...(pod === undefined ? [] : [`pod ${pod.uid}`]),
    ...(awsIamRole === undefined ? [] : [`resource ${awsIamRole.uid}/${awsIamRole.generation}`]),
  ];
  // A renewal that a person requests is tried at once.
  const backedOff = isRevoked ? undefined : deps.backOff.lastFailure(key, news, deps.now());
  if (backedOff !== undefined) {
    const { failure, triedAt, retryAt } = backedOff;
    const { reason, message } = failure;
    const times = { triedAt, retryAt };
    return { ...subjectOf(item), result: 'failed', reason, message, backedOff: times };
  }
  const outcome = await attempt(item, signal, () => issueCredentials(deps, item, signal));
  deps.backOff.record(key, news, deps.now(), outcome);
  return outcome;
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
const PERMISSION_REMEDY = `. The chart's RBAC must grant this permission to group ${REFRESHERS_GROUP}: install the chart in the cluster`;

function failureOf(
  error: unknown,
  item: SecretSubject,
): { readonly reason: FailureReason; readonly message: string } {
  if (error instanceof AssumeRoleError) return { reason: error.reason, message: error.message };
  if (error instanceof KubernetesApiError) {
    const { status, message } = error;
    if (isPermissionMissing(error)) {
      return { reason: 'api-failed', message: message + PERMISSION_REMEDY };
    }
    if (status === HTTP_STATUS.unprocessableEntity && message.includes(IMMUTABLE)) {
      return { reason: 'secret-immutable', message: secretImmutable(item) };
    }
    // Other client errors are about this Secret: a quota, a policy or a field.
    return { reason: isRetryableStatus(status) ? 'api-failed' : 'api-refused', message };
  }
  // The message of any other error may quote the Secret's content.
  const isOurs = error instanceof RefresherError;
  const message = isOurs ? error.message : error instanceof Error ? error.name : typeof error;
  return { reason: 'api-failed', message };
}

/**
 * A waiting pod comes before credentials that are valid for longer than this, in milliseconds, and after all others, so
 * that no number of new pods lets credentials in use expire. botocore reloads credentials 15 minutes before they expire.
 */
const POD_PRECEDENCE_MS = 900_000;

/** Resolution of urgency, in milliseconds. */
const URGENCY_STEP_MS = 60_000;

/**
 * Sorts items by urgency, because a pass may run out of time: first the removals of unused marks, which protect Secrets
 * from removal, then by expiry. Among equally urgent items, namespaces take turns, so that a large namespace does not
 * delay the pods of others.
 */
export function byUrgency(items: readonly PlanItem[], now: Date): readonly PlanItem[] {
  return withTurns(items, ({ namespace }) => namespace)
    .map(({ item, turn }) => {
      // Rounded, so that credentials that expire within the same minute are equally urgent.
      const urgency = Math.floor(urgencyOf(item, now) / URGENCY_STEP_MS);
      return { item, turn, urgency };
    })
    .toSorted((one, other) => one.urgency - other.urgency || one.turn - other.turn)
    .map(({ item }) => item);
}

function urgencyOf(item: PlanItem, now: Date): number {
  switch (item.action) {
    case 'unmark':
      return 0;
    case 'create':
      return now.getTime() + POD_PRECEDENCE_MS;
    case 'renew':
      return now.getTime() + scaledTimeLeft(item, now);
    default:
      return Number.MAX_SAFE_INTEGER;
  }
}

/** Returns the time left of a session in milliseconds, scaled to one hour, so that short sessions are not always first. */
function scaledTimeLeft({ expiresAt, sessionSeconds }: SecretSubject, now: Date): number {
  const milliseconds = (expiresAt?.getTime() ?? now.getTime()) - now.getTime();
  return milliseconds * (SESSION_SECONDS / sessionSeconds);
}
