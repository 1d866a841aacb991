import { isCompleteIn } from '../../kubernetes/lists/listing.ts';
import type { ObservedAwsIamRole } from '../observe/awsiamroles.ts';
import type { ManagedSecret } from '../observe/managed-secrets.ts';
import type { ClusterView } from '../observe/observe-cluster.ts';
import type { DeferItem, Plan, PlanContext, PlanItem, SecretSubject } from './plan.ts';
import { planAwsIamRole, subjectOfAwsIamRole } from './plan-awsiamrole.ts';
import { nameTaken, planMissing, planExisting, subjectOfRequest } from './plan-secret.ts';
import {
  collectRequestedSecrets,
  type RequestedSecret,
  type RequestedSecrets,
  secretKey,
} from './requested-secrets.ts';
import { belongsToAwsIamRole, roleOfPodSecret } from './secret-state.ts';

/**
 * Plans the minute's run: makes what the pods of the view want and is missing, renews everything of ours that is due,
 * takes marks off what is wanted again. It never marks or removes.
 */
export function planRefresh(context: PlanContext, view: ClusterView): Plan {
  const wanted = collectRequestedSecrets(view.pods.items);
  return {
    items: planItems(context, view, wanted, planExisting),
    ignored: wanted.ignored,
  };
}

/**
 * Plans one Secret as {@link planRefresh} would, if a pod or an AWSIAMRole of the view wants it. The pods' other Secrets
 * are not judged: a pod may want 20, and an event may name them all, each in a plan of its own.
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
  const wanted = { requests: new Map(request && [[key, request]]), ignored };
  return { items: planItems(context, view, wanted, planExisting), ignored };
}

/**
 * How many missing Secrets of one namespace a run looks at, of pods and of AWSIAMRoles each. Pods of one namespace could name any number of roles, and
 * each is judged, which can take a millisecond, and tried at STS; the pods of other namespaces wait meanwhile.
 */
const MOST_MISSING_OF_A_NAMESPACE = 500;

/** Plans one Secret of ours. */
export type PlanExisting = (
  context: PlanContext,
  secret: ManagedSecret,
  role: string,
  request: RequestedSecret | undefined,
) => PlanItem;

/**
 * One item for each Secret that is wanted or ours, in no order that means anything; and one for an AWSIAMRole whose name
 * a Secret of pods has, which stays with them.
 */
export function planItems(
  context: PlanContext,
  view: ClusterView,
  { requests }: RequestedSecrets,
  plan: PlanExisting,
): readonly PlanItem[] {
  const known: Known = {
    requests,
    labelled: new Map(view.secrets.items.map((secret) => [secretKey(secret), secret])),
    awsIamRoles: new Map(
      view.awsIamRoles.items.filter(isStaying).map((resource) => [secretKey(resource), resource]),
    ),
  };
  return [
    ...planLabelled(context, known, plan),
    ...planAwsIamRoles(context, view, known),
    ...planMissingOfPods(context, view, known),
  ];
}

/** What a view holds, by `<namespace>/<Secret>`. */
interface Known extends Pick<RequestedSecrets, 'requests'> {
  readonly labelled: ReadonlyMap<string, ManagedSecret>;
  readonly awsIamRoles: ReadonlyMap<string, ObservedAwsIamRole>;
}

function planLabelled(
  context: PlanContext,
  { labelled, awsIamRoles, requests }: Known,
  plan: PlanExisting,
): readonly PlanItem[] {
  return [...labelled].flatMap(([key, secret]) => {
    const request = requests.get(key);
    const role = roleOfPodSecret(secret);
    if (role !== undefined) return [plan(context, secret, role, request)];
    // What a pod finds in the Secret of an AWSIAMRole is what it wants.
    const isForeign = request !== undefined && !awsIamRoles.has(key) && !belongsToAwsIamRole(secret);
    if (!isForeign) return [];
    const subject = subjectOfRequest(context, request);
    return [{ ...subject, ...nameTaken(subject, secret) }];
  });
}

function planAwsIamRoles(
  context: PlanContext,
  { secrets }: ClusterView,
  { labelled, awsIamRoles, requests }: Known,
): readonly PlanItem[] {
  const hasRoom = roomForMissing();
  return [...awsIamRoles].map(([key, resource]) => {
    const secret = labelled.get(key);
    const isOfPods = secret !== undefined && roleOfPodSecret(secret) !== undefined;
    // Pods that have their Secret need not be told what the resource lacks.
    const pod = isOfPods ? undefined : requests.get(key)?.pod;
    const areSecretsKnown = isCompleteIn(secrets, resource.namespace);
    return secret !== undefined || hasRoom(resource)
      ? planAwsIamRole(context, resource, { secret, pod, areSecretsKnown })
      : tooMany(subjectOfAwsIamRole(context, resource));
  });
}

function planMissingOfPods(
  context: PlanContext,
  { secrets, awsIamRoles }: ClusterView,
  known: Known,
): readonly PlanItem[] {
  const hasRoom = roomForMissing();
  const missing = [...known.requests].filter(
    ([key, { isOverLimit: isSurplus }]) => !isSurplus && !known.labelled.has(key) && !known.awsIamRoles.has(key),
  );
  return missing.map(([, request]) => {
    const subject = subjectOfRequest(context, request);
    const areAllKnown = [secrets, awsIamRoles].every((list) =>
      isCompleteIn(list, subject.namespace),
    );
    return hasRoom(subject) ? planMissing(context, subject, areAllKnown) : tooMany(subject);
  });
}

/** Where a Secret is missing. */
type Missing = Pick<SecretSubject, 'namespace'>;

/** What is being deleted gets nothing any more. */
function isStaying({ terminating }: ObservedAwsIamRole): boolean {
  return !terminating;
}

/** Whether a namespace has room for one more missing Secret; counts it. */
function roomForMissing(): (missing: Missing) => boolean {
  const missingIn = new Map<string, number>();
  return ({ namespace }) => {
    const missing = (missingIn.get(namespace) ?? 0) + 1;
    missingIn.set(namespace, missing);
    return missing <= MOST_MISSING_OF_A_NAMESPACE;
  };
}

function tooMany(subject: SecretSubject): DeferItem {
  return {
    ...subject,
    action: 'defer',
    reason: 'too-many-in-namespace',
    message: `more than ${MOST_MISSING_OF_A_NAMESPACE} Secrets are missing in namespace ${subject.namespace}; a run looks at as many`,
  };
}
