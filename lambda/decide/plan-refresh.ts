import { isCompleteIn } from '../../kubernetes/lists/api-object.ts';
import type { ObservedAwsIamRole } from '../observe/awsiamroles.ts';
import type { ManagedSecret } from '../observe/managed-secrets.ts';
import type { ClusterView } from '../observe/observe-cluster.ts';
import type { DeferItem, Plan, PlanContext, PlanItem, SecretSubject } from './plan.ts';
import { planAwsIamRole, subjectOfAwsIamRole } from './plan-awsiamrole.ts';
import { nameTaken, planExisting, planMissing, subjectOfRequest } from './plan-secret.ts';
import {
  collectRequestedSecrets,
  type RequestedSecret,
  type RequestedSecrets,
  secretKey,
} from './requested-secrets.ts';
import { belongsToAwsIamRole, roleOfPodSecret } from './secret-state.ts';

/**
 * Plans a refresh pass: creates the requested Secrets that do not exist, renews all Secrets that are due, and removes the
 * unused marks of Secrets that are requested again. It never marks or removes a Secret.
 */
export function planRefresh(context: PlanContext, view: ClusterView): Plan {
  const requested = collectRequestedSecrets(view.pods.items);
  return {
    items: planItems(context, view, requested, planExisting),
    ignored: requested.ignored,
  };
}

/**
 * Plans one Secret as {@link planRefresh} does, if a pod or an AWSIAMRole of the view requests it. Skips the other Secrets
 * of the pod: an event may contain a request for each of them.
 */
export function planRequest(
  context: PlanContext,
  view: ClusterView,
  secret: { readonly namespace: string; readonly name: string },
): Plan {
  const { requests, ignored } = collectRequestedSecrets(view.pods.items);
  const key = secretKey(secret);
  const request = requests.get(key);
  if (request === undefined && view.awsIamRoles.items.length === 0) return { items: [], ignored };
  const requested = { requests: new Map(request && [[key, request]]), ignored };
  return { items: planItems(context, view, requested, planExisting), ignored };
}

/**
 * Maximum number of missing Secrets that a pass plans in one namespace, separately for pods and AWSIAMRoles. The pods of
 * a namespace may request any number of roles; each takes up to a millisecond to check and a call to STS, while other
 * namespaces wait.
 */
const MAX_MISSING_PER_NAMESPACE = 500;

/** Plans one existing Secret for pods. */
type PlanExisting = (
  context: PlanContext,
  secret: ManagedSecret,
  role: string,
  request: RequestedSecret | undefined,
) => PlanItem;

/** Returns the items of a {@link Plan}, in no particular order. */
export function planItems(
  context: PlanContext,
  view: ClusterView,
  { requests }: RequestedSecrets,
  plan: PlanExisting,
): readonly PlanItem[] {
  const objects: ObservedObjects = {
    requests,
    secrets: new Map(view.secrets.items.map((secret) => [secretKey(secret), secret])),
    awsIamRoles: new Map(
      view.awsIamRoles.items
        .filter(({ terminating }) => !terminating)
        .map((resource) => [secretKey(resource), resource]),
    ),
  };
  return [
    ...planExistingSecrets(context, objects, plan),
    ...planAwsIamRoles(context, view, objects),
    ...planMissingSecrets(context, view, objects),
  ];
}

/** The objects of a view, by `<namespace>/<name of the Secret>`. */
interface ObservedObjects extends Pick<RequestedSecrets, 'requests'> {
  readonly secrets: ReadonlyMap<string, ManagedSecret>;
  readonly awsIamRoles: ReadonlyMap<string, ObservedAwsIamRole>;
}

function planExistingSecrets(
  context: PlanContext,
  { secrets, awsIamRoles, requests }: ObservedObjects,
  plan: PlanExisting,
): readonly PlanItem[] {
  return [...secrets].flatMap(([key, secret]) => {
    const request = requests.get(key);
    const role = roleOfPodSecret(secret);
    if (role !== undefined) return [plan(context, secret, role, request)];
    // A pod may mount the Secret of an AWSIAMRole; any other Secret of the name is in the way of its request.
    const isInTheWay =
      request !== undefined && !awsIamRoles.has(key) && !belongsToAwsIamRole(secret);
    if (!isInTheWay) return [];
    const subject = subjectOfRequest(context, request);
    return [{ ...subject, ...nameTaken(subject, secret) }];
  });
}

function planAwsIamRoles(
  context: PlanContext,
  view: ClusterView,
  { secrets, awsIamRoles, requests }: ObservedObjects,
): readonly PlanItem[] {
  const hasCapacity = createMissingLimit();
  return [...awsIamRoles].map(([key, resource]) => {
    const secret = secrets.get(key);
    const isForPods = secret !== undefined && roleOfPodSecret(secret) !== undefined;
    // Pods that have their Secret are not notified about the resource.
    const pod = isForPods ? undefined : requests.get(key)?.pod;
    const areSecretsKnown = isCompleteIn(view.secrets, resource.namespace);
    return secret !== undefined || hasCapacity(resource)
      ? planAwsIamRole(context, resource, { secret, pod, areSecretsKnown })
      : deferExcess(subjectOfAwsIamRole(context, resource));
  });
}

function planMissingSecrets(
  context: PlanContext,
  view: ClusterView,
  { secrets, awsIamRoles, requests }: ObservedObjects,
): readonly PlanItem[] {
  const hasCapacity = createMissingLimit();
  const missing = [...requests].filter(
    ([key, { isOverLimit }]) => !isOverLimit && !secrets.has(key) && !awsIamRoles.has(key),
  );
  return missing.map(([, request]) => {
    const subject = subjectOfRequest(context, request);
    const areSecretsKnown = [view.secrets, view.awsIamRoles].every((list) =>
      isCompleteIn(list, subject.namespace),
    );
    return hasCapacity(subject)
      ? planMissing(context, subject, areSecretsKnown)
      : deferExcess(subject);
  });
}

/** Returns a function that counts the missing Secrets of each namespace, and returns whether one more is planned. */
function createMissingLimit(): (missing: Pick<SecretSubject, 'namespace'>) => boolean {
  const counts = new Map<string, number>();
  return ({ namespace }) => {
    const count = (counts.get(namespace) ?? 0) + 1;
    counts.set(namespace, count);
    return count <= MAX_MISSING_PER_NAMESPACE;
  };
}

function deferExcess(subject: SecretSubject): DeferItem {
  return {
    ...subject,
    action: 'defer',
    reason: 'too-many-in-namespace',
    message: `more than ${MAX_MISSING_PER_NAMESPACE} Secrets are missing in namespace ${subject.namespace}; the next pass continues`,
  };
}
