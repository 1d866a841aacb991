import { type ClusterView, isCompleteIn, type ManagedSecret } from '../observe/cluster-view.ts';
import {
  type CredentialRequest,
  collectRequests,
  type PodRequests,
  secretKey,
} from './credential-request.ts';
import { nameTakenMessage } from './name-taken.ts';
import type { Plan, PlanItem } from './plan.ts';
import type { PlanContext } from './plan-context.ts';
import { planMissing, planOwn } from './plan-secret.ts';
import { roleOfOwnSecret } from './secret-state.ts';

/**
 * Plans the minute's run: makes what the pods of the view want and is missing, renews everything of ours that is due,
 * takes marks off what is wanted again. It never marks or removes.
 */
export function planRefresh(context: PlanContext, view: ClusterView): Plan {
  const wanted = collectRequests(view.pods.items);
  return {
    items: planWantedOrOwn(context, view, wanted, planOwn),
    ignored: wanted.ignored,
  };
}

/**
 * Plans one Secret as {@link planRefresh} would, if a pod of the view wants it. The pods' other Secrets are not judged:
 * a pod may want 20, and an event may name them all, each in a plan of its own.
 */
export function planWanted(
  context: PlanContext,
  view: ClusterView,
  secret: { readonly namespace: string; readonly name: string },
): Plan {
  const { requests, ignored } = collectRequests(view.pods.items);
  const key = secretKey(secret);
  const request = requests.get(key);
  if (request === undefined) return { items: [], ignored };
  const wanted = { requests: new Map([[key, request]]), ignored };
  return { items: planWantedOrOwn(context, view, wanted, planOwn), ignored };
}

/**
 * How many missing Secrets of one namespace a run looks at. Pods of one namespace could name any number of roles, and
 * each is judged, which can take a millisecond, and tried at STS; the pods of other namespaces wait meanwhile.
 */
const MOST_MISSING_OF_A_NAMESPACE = 500;

/** Plans one Secret of ours. */
export type PlanOwn = (
  context: PlanContext,
  secret: ManagedSecret,
  role: string,
  request: CredentialRequest | undefined,
) => PlanItem;

/** One item for each Secret that is wanted or ours, in no order that means anything. */
export function planWantedOrOwn(
  context: PlanContext,
  view: ClusterView,
  wanted: PodRequests,
  plan: PlanOwn,
): readonly PlanItem[] {
  const items: PlanItem[] = [];
  const labelled = new Set<string>();
  for (const secret of view.secrets.items) {
    const key = secretKey(secret);
    labelled.add(key);
    const request = wanted.requests.get(key);
    const role = roleOfOwnSecret(secret);
    if (role !== undefined) items.push(plan(context, secret, role, request));
    else if (request !== undefined) items.push(nameTaken(context, request, secret));
  }
  const missingIn = new Map<string, number>();
  for (const [key, request] of wanted.requests) {
    if (labelled.has(key) || request.isSurplus) continue;
    const missing = (missingIn.get(request.namespace) ?? 0) + 1;
    missingIn.set(request.namespace, missing);
    items.push(
      missing > MOST_MISSING_OF_A_NAMESPACE
        ? tooMany(context, request)
        : planMissing(context, request, isCompleteIn(view.secrets, request.namespace)),
    );
  }
  return items;
}

function tooMany(context: PlanContext, request: CredentialRequest): PlanItem {
  const { namespace, secretName: name, role, pod } = request;
  return {
    action: 'defer',
    namespace,
    name,
    role,
    roleArn: context.roleArnOf(namespace, role),
    pod,
    reason: 'too-many-in-namespace',
    message: `${MOST_MISSING_OF_A_NAMESPACE} Secrets are missing in namespace ${namespace}; those are made first`,
  };
}

function nameTaken(
  context: PlanContext,
  request: CredentialRequest,
  secret: ManagedSecret,
): PlanItem {
  return {
    action: 'refuse',
    namespace: request.namespace,
    name: request.secretName,
    role: request.role,
    roleArn: context.roleArnOf(request.namespace, request.role),
    pod: request.pod,
    reason: 'name-taken',
    message: nameTakenMessage(secret),
  };
}
