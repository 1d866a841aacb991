import type { ClusterView } from '../observe/observe-cluster.ts';
import { requestsIn } from './observed-requests.ts';
import type { Plan, PlanContext } from './plan.ts';
import { planItems } from './plan-items.ts';
import { secretKey } from './requested-secrets.ts';
import { withSpotChecks } from './spot-check.ts';

/**
 * Plans a refresh pass: creates the requested Secrets that do not exist, renews all Secrets that are due, and removes the
 * unused marks of Secrets that are requested again. Spot checks renew a few that are not due. It never marks or removes a Secret.
 */
export function planRefresh(context: PlanContext, observed: ClusterView): Plan {
  const { requested, view } = requestsIn(observed);
  return {
    items: withSpotChecks(context, planItems(context, view, requested)),
    ignored: requested.ignored,
  };
}

/**
 * Plans one Secret as {@link planRefresh} does, if a pod or an AWSIAMRole of the view requests it. Skips the other Secrets
 * of the pod: an event may contain a request for each of them.
 */
export function planRequest(
  context: PlanContext,
  observed: ClusterView,
  secret: { readonly namespace: string; readonly name: string },
): Plan {
  const { requested: all, view } = requestsIn(observed);
  const { requests, ignored } = all;
  const key = secretKey(secret);
  const request = requests.get(key);
  if (request === undefined && view.awsIamRoles.items.length === 0) return { items: [], ignored };
  const requested = { ...all, requests: new Map(request && [[key, request]]) };
  return { items: planItems(context, view, requested), ignored };
}
