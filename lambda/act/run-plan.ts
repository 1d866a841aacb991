import pMap from 'p-map';
import { REFRESHERS_GROUP } from '../../contract/cluster-access.ts';
import { RefresherError } from '../../contract/errors.ts';
import { SESSION_SECONDS } from '../../contract/limits.ts';
import { isPermissionMissing, KubernetesApiError } from '../../kubernetes/errors.ts';
import type { CreateItem, ExistingItem, Plan, PlanItem, SecretSubject } from '../decide/plan.ts';
import { secretKey } from '../decide/requested-secrets.ts';
import type { FailureReason, ItemOutcome } from './item-outcome.ts';
import { issueCredentials } from './secrets/issue-credentials.ts';
import { markSecret } from './secrets/mark-secret.ts';
import { createLastLook, type PodsBeforeRemoval, removeSecret } from './secrets/remove-secret.ts';
import type { ActDeps } from './secrets/secret-api.ts';
import { AssumeRoleError } from './sessions/assume-role-error.ts';

/**
 * How many items are under way at once. At 50 ms a call this asks STS 500 times a second, under its default quota of
 * 600 (facts of STS: requests per second, account and region).
 */
export const CONCURRENCY = 25;

/** What the API server's words on a missing right are completed with. */
const REMEDY = `. The RBAC of the chart has to give group ${REFRESHERS_GROUP} this right: install the chart in the cluster`;

/**
 * Carries out a plan, the most urgent first, and says what became of each item. What goes wrong with one is its
 * outcome and stops no other. When `signal` ends, nothing new is begun and the rest is left for the next run.
 */
export async function runPlan(
  deps: ActDeps,
  plan: Plan,
  signal: AbortSignal,
): Promise<readonly ItemOutcome[]> {
  const lastLook = createLastLook(deps, signal);
  const items = byUrgency(plan.items, deps.now());
  return pMap(items, (item) => runItem(deps, item, lastLook, signal), {
    concurrency: CONCURRENCY,
  });
}

async function runItem(
  deps: ActDeps,
  item: PlanItem,
  lastLook: PodsBeforeRemoval,
  signal: AbortSignal,
): Promise<ItemOutcome> {
  switch (item.action) {
    case 'keep': {
      const { secret: _, ...subject } = item;
      return { ...subject, result: 'kept' };
    }
    case 'refuse':
      return { ...item, result: 'refused' };
    case 'defer':
      return { ...item, result: 'deferred' };
    case 'create':
    case 'renew':
      return giveUnlessWaiting(deps, item, signal);
    case 'mark':
    case 'unmark':
      return attempt(item, signal, () => markSecret(deps, item, signal));
    case 'remove':
      return attempt(item, signal, () => removeSecret(deps, item, lastLook, signal));
  }
}

async function giveUnlessWaiting(
  deps: ActDeps,
  item: CreateItem | ExistingItem,
  signal: AbortSignal,
): Promise<ItemOutcome> {
  const { pod, roleArn, awsIamRole, isRevoked } = item;
  // A role that was mended by naming another, or a resource made anew, is tried at once; so is what a person asks for.
  const key = `${secretKey(item)} ${roleArn} ${awsIamRole?.uid}`;
  const earlier = isRevoked ? undefined : deps.backOff.lastFailure(key, deps.now());
  if (earlier !== undefined) return { ...earlier, pod, awsIamRole };
  const outcome = await attempt(item, signal, () => issueCredentials(deps, item, signal));
  deps.backOff.record(key, deps.now(), outcome);
  return outcome;
}

/** Turns whatever an item throws into its outcome. */
async function attempt(
  item: Exclude<PlanItem, { action: 'keep' | 'refuse' | 'defer' }>,
  signal: AbortSignal,
  step: () => Promise<ItemOutcome>,
): Promise<ItemOutcome> {
  const { secret: _, ...subject } = { secret: undefined, ...item };
  const outOfTime = {
    ...subject,
    result: 'deferred',
    reason: 'out-of-time',
    message: "the run's time was over",
  } as const;
  if (signal.aborted) return outOfTime;
  try {
    return await step();
  } catch (error) {
    if (signal.aborted) return outOfTime;
    return { ...subject, result: 'failed', ...failureOf(error) };
  }
}

function failureOf(error: unknown): { readonly reason: FailureReason; readonly message: string } {
  if (error instanceof AssumeRoleError) return { reason: error.reason, message: error.message };
  if (error instanceof KubernetesApiError) {
    const { status, message } = error;
    if (isPermissionMissing(error)) return { reason: 'api-failed', message: message + REMEDY };
    // 4xx is about this Secret (a quota, a policy, a field); anything else is about the server.
    const isRefusal = status < 500 && status !== 429;
    return { reason: isRefusal ? 'api-refused' : 'api-failed', message };
  }
  // Whatever else it is, its message may quote what was being written.
  const isOurs = error instanceof RefresherError;
  const message = isOurs ? error.message : error instanceof Error ? error.name : typeof error;
  return { reason: 'api-failed', message };
}

/**
 * A pod that waits comes before credentials that last longer than this, in milliseconds, and after those that do not:
 * however many Secrets are asked for, none that is in use ends for that. From 15 minutes left, botocore asks each time.
 */
const WAITING_POD_MILLISECONDS = 900_000;

/** Urgency counts in steps of this, in milliseconds. */
const STEP_MILLISECONDS = 60_000;

/**
 * The items in the order in which a run that may not get through them all begins them: marks off, for they guard
 * against removal; then what ends first; and of what is equally urgent, each namespace's first, each one's second and
 * so on, so that a large namespace does not keep the pods of others waiting.
 */
export function byUrgency(items: readonly PlanItem[], now: Date): readonly PlanItem[] {
  const turns = new Map<string, number>();
  return items
    .map((item) => {
      const turn = turns.get(item.namespace) ?? 0;
      turns.set(item.namespace, turn + 1);
      // In steps, so that what ends within a minute of each other is equally urgent.
      const urgency = Math.floor(urgencyOf(item, now) / STEP_MILLISECONDS);
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
      return now.getTime() + WAITING_POD_MILLISECONDS;
    case 'renew':
      return now.getTime() + hourlyLeft(item, now);
    default:
      return Number.MAX_SAFE_INTEGER;
  }
}

/** What is left of a session, in milliseconds, as if it lasted an hour: a short one is not always first for that. */
function hourlyLeft({ expiresAt, sessionSeconds }: SecretSubject, now: Date): number {
  const milliseconds = (expiresAt?.getTime() ?? now.getTime()) - now.getTime();
  return milliseconds * (SESSION_SECONDS / sessionSeconds);
}
