import { BUDGET } from '../../contract/budgets.ts';
import { isCompleteIn } from '../../kubernetes/lists/api-object.ts';
import type { ObservedAwsIamRole } from '../observe/awsiamroles.ts';
import type { ManagedSecret } from '../observe/managed-secrets.ts';
import type { ClusterView } from '../observe/observe-cluster.ts';
import { type ObservedPod, usedSecretNames } from '../observe/pods.ts';
import { namespaceCounter } from '../turns.ts';
import { secretOfAnother } from './ownership-problems.ts';
import type { DeferItem, PlanContext, PlanItem, SecretSubject } from './plan.ts';
import { planAwsIamRole, subjectOfAwsIamRole } from './plan-awsiamrole.ts';
import { planExisting, planMissing, subjectOfRequest } from './plan-secret.ts';
import {
  type PodReference,
  type RequestedSecrets,
  referenceTo,
  secretKey,
} from './requested-secrets.ts';
import { ownershipOf, wasIssuedForAwsIamRole } from './secret-ownership.ts';
import { expiryOf, isMarked } from './secret-state.ts';

/** Plans a Secret that no live pod and no AWSIAMRole requests. */
export type PlanUnused = (
  context: PlanContext,
  secret: ManagedSecret,
  subject: SecretSubject,
) => PlanItem;

/**
 * Returns the items of a {@link Plan}, in no particular order.
 *
 * @param planUnused - absent for a pass that cannot know which Secrets are unused
 */
export function planItems(
  context: PlanContext,
  view: ClusterView,
  { requests }: RequestedSecrets,
  planUnused?: PlanUnused,
): readonly PlanItem[] {
  const secrets = new Map(view.secrets.items.map((secret) => [secretKey(secret), secret]));
  const awsIamRoles = new Map(
    view.awsIamRoles.items.map((resource) => [secretKey(resource), resource]),
  );
  const mounts = podsByMount(view.pods.items, (key) => secrets.has(key) || awsIamRoles.has(key));
  // The names that were cut of a pod may be those of unused Secrets.
  const planUnusedIn = (namespace: string) =>
    isCompleteIn(view.pods, namespace) && isCompleteIn(view.secrets, namespace)
      ? planUnused
      : undefined;
  const objects: ObservedObjects = { requests, secrets, awsIamRoles, mounts, planUnusedIn };
  const items = [
    ...planExistingSecrets(context, view, objects),
    ...planAwsIamRoles(context, view, objects),
    ...planMissingSecrets(context, view, objects),
  ];
  return withoutExcess(items, view);
}

/** Refuses the Secrets that would be too many in their namespace. */
function withoutExcess(items: readonly PlanItem[], { secrets }: ClusterView): readonly PlanItem[] {
  const count = namespaceCounter();
  for (const secret of secrets.items) {
    if (ownershipOf(secret).kind !== 'foreign') count(secret.namespace);
  }
  return items.map((item) => {
    if (item.action !== 'create' || count(item.namespace) <= BUDGET.secretsPerNamespace)
      return item;
    const { grant: _, ...subject } = item;
    return {
      ...subject,
      action: 'refuse',
      reason: 'namespace-full',
      message:
        `namespace ${item.namespace} has ${BUDGET.secretsPerNamespace} Secrets of kube-aws-iam, and no more are created in one ` +
        'namespace. Delete AWSIAMRoles that are not needed, or distribute the pods over several namespaces',
    };
  });
}

/** The objects of a view, by `<namespace>/<name of the Secret>`. */
interface ObservedObjects extends Pick<RequestedSecrets, 'requests'> {
  readonly secrets: ReadonlyMap<string, ManagedSecret>;
  readonly awsIamRoles: ReadonlyMap<string, ObservedAwsIamRole>;
  /** A pod that mounts the Secret, whether its name is that of a role or not. */
  readonly mounts: ReadonlyMap<string, PodReference>;
  readonly planUnusedIn: (namespace: string) => PlanUnused | undefined;
}

function podsByMount(
  pods: readonly ObservedPod[],
  isKnown: (key: string) => boolean,
): ReadonlyMap<string, PodReference> {
  const mounts = new Map<string, PodReference>();
  for (const pod of pods) {
    for (const name of usedSecretNames(pod)) {
      const key = secretKey({ namespace: pod.namespace, name });
      if (isKnown(key) && !mounts.has(key)) mounts.set(key, referenceTo(pod));
    }
  }
  return mounts;
}

/** Plans the Secrets without an AWSIAMRole of their name. */
function planExistingSecrets(
  context: PlanContext,
  view: ClusterView,
  objects: ObservedObjects,
): readonly PlanItem[] {
  return [...objects.secrets].flatMap(([key, secret]) => {
    if (objects.awsIamRoles.has(key)) return [];
    return planForPods(context, secret, objects) ?? planOfAnother(context, view, secret, objects);
  });
}

/** Plans the Secret of pods; returns undefined for any other. */
function planForPods(
  context: PlanContext,
  secret: ManagedSecret,
  { requests, planUnusedIn }: ObservedObjects,
): PlanItem | undefined {
  const ownership = ownershipOf(secret);
  if (ownership.kind !== 'pods') return undefined;
  const request = requests.get(secretKey(secret));
  const item = planExisting(context, secret, ownership.role, request);
  const planUnused = planUnusedIn(secret.namespace);
  return request === undefined && planUnused ? planUnused(context, secret, item) : item;
}

/**
 * Plans a Secret that does not belong to pods and whose AWSIAMRole, if it ever had one, does not exist. It is in the way of
 * pods that mount it; they do not get another role instead. One that lost its owner and that no pod mounts is removed, because
 * Kubernetes does not remove it.
 */
function planOfAnother(
  context: PlanContext,
  view: ClusterView,
  secret: ManagedSecret,
  { requests, mounts, planUnusedIn }: ObservedObjects,
): readonly PlanItem[] {
  const { namespace, name } = secret;
  const isKnown = isCompleteIn(view.awsIamRoles, namespace);
  if (wasIssuedForAwsIamRole(secret) && !isKnown) return [];
  const request = requests.get(secretKey(secret));
  const pod = mounts.get(secretKey(secret));
  const sessionSeconds = context.sessionSecondsFor({ namespace, roleArn: '' });
  const role = { role: '', roleArn: '', sessionSeconds };
  const subject = {
    ...(request === undefined
      ? { namespace, name, pod, ...role }
      : subjectOfRequest(context, request)),
    expiresAt: expiryOf(secret, context.now),
  };
  const { kind } = ownershipOf(secret);
  // Whatever it is for, nothing says that it was issued by the product.
  if (kind === 'nameless') return [];
  const isOrphan = kind === 'orphan';
  if (pod !== undefined) {
    // Otherwise the old mark would remove it at once when the pod is replaced.
    if (isOrphan && isMarked(secret)) return [{ ...subject, action: 'unmark', secret }];
    return [{ ...subject, ...secretOfAnother(secret, sessionSeconds, context.now) }];
  }
  const planUnused = planUnusedIn(namespace);
  return isOrphan && planUnused !== undefined ? [planUnused(context, secret, subject)] : [];
}

function planAwsIamRoles(
  context: PlanContext,
  view: ClusterView,
  objects: ObservedObjects,
): readonly PlanItem[] {
  const hasCapacity = createMissingLimit();
  return [...objects.awsIamRoles].flatMap(([key, resource]) => {
    const secret = objects.secrets.get(key);
    const forPods = secret && planForPods(context, secret, objects);
    // Pods that have their Secret are not notified about the resource.
    const pod = forPods === undefined ? objects.mounts.get(key) : undefined;
    const areSecretsKnown =
      isCompleteIn(view.secrets, resource.namespace) && !view.notLookedUp?.has(key);
    return secret !== undefined || resource.deletion !== undefined || hasCapacity(resource)
      ? planAwsIamRole(context, resource, { secret, pod, areSecretsKnown, forPods })
      : [deferExcess(subjectOfAwsIamRole(context, resource))];
  });
}

function planMissingSecrets(
  context: PlanContext,
  view: ClusterView,
  { secrets, awsIamRoles, requests }: ObservedObjects,
): readonly PlanItem[] {
  const hasCapacity = createMissingLimit();
  const missing = [...requests].filter(
    ([key, { isForExisting }]) => !isForExisting && !secrets.has(key) && !awsIamRoles.has(key),
  );
  return missing.map(([, request]) => {
    const subject = subjectOfRequest(context, request);
    const areListsComplete = [view.secrets, view.awsIamRoles].every((list) =>
      isCompleteIn(list, subject.namespace),
    );
    const areSecretsKnown = areListsComplete && !view.notLookedUp?.has(secretKey(subject));
    return hasCapacity(subject)
      ? planMissing(context, subject, areSecretsKnown)
      : deferExcess(subject);
  });
}

/** Returns a function that counts the missing Secrets of each namespace, and returns whether one more is planned. */
function createMissingLimit(): (missing: Pick<SecretSubject, 'namespace'>) => boolean {
  const count = namespaceCounter();
  return ({ namespace }) => count(namespace) <= BUDGET.missingSecretsPerNamespace;
}

function deferExcess(subject: SecretSubject): DeferItem {
  return {
    ...subject,
    action: 'defer',
    reason: 'too-many-in-namespace',
    message: `more than ${BUDGET.missingSecretsPerNamespace} Secrets are missing in namespace ${subject.namespace}; the next pass continues`,
  };
}
