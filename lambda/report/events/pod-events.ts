import { MAX_OBJECT_NAME_LENGTH } from '../../../contract/kubernetes/object-name.ts';
import { sanitizeName } from '../../../contract/sanitize-name.ts';
import { SECRET_NAME_PREFIX } from '../../../contract/kubernetes/secret.ts';
import {
  explanationOf,
  type FailureReason,
  type ItemOutcome,
  isOldNews,
} from '../../act/item-outcome.ts';
import type { RefuseItem } from '../../decide/plan.ts';
import type { IgnoredMount, PodReference } from '../../decide/requested-secrets.ts';
import { type ClusterEvent, truncateNote } from './cluster-event.ts';

/** Reasons of Events about pods. Where Zalando's kube-aws-iam-controller or kiam has a reason, it is the same. */
export const POD_EVENT_REASON = {
  roleForbidden: 'RoleForbidden',
  getCredentialsFailed: 'GetCredentialsFailed',
  createSecretFailed: 'CreateSecretFailed',
  updateSecretFailed: 'UpdateSecretFailed',
  secretIgnored: 'SecretIgnored',
  secretTerminating: 'SecretTerminating',
  credentialsRecovered: 'CredentialsRecovered',
} as const;

/** A reason, or undefined where an Event would help nobody. */
type EventReason = (typeof POD_EVENT_REASON)[keyof typeof POD_EVENT_REASON] | undefined;

const { roleForbidden, getCredentialsFailed, createSecretFailed, updateSecretFailed } =
  POD_EVENT_REASON;

const REASON_OF_REFUSAL: Readonly<Record<RefuseItem['reason'], EventReason>> = {
  'role-denied': roleForbidden,
  'role-not-assumable': roleForbidden,
  'namespace-not-annotated': roleForbidden,
  'namespace-annotation-malformed': roleForbidden,
  'namespace-does-not-allow': roleForbidden,
  'role-reference-malformed': getCredentialsFailed,
  'name-taken': createSecretFailed,
  'owned-by-another': updateSecretFailed,
  'secret-of-earlier-resource': createSecretFailed,
  'awsiamrole-missing': updateSecretFailed,
  'awsiamrole-terminating': updateSecretFailed,
  // The namespace is terminating, so no Event can be created in it.
  'namespace-terminating': undefined,
};

/** Only failures that a person must fix have an Event. Throttling and server errors are in the log and the metrics. */
const REASON_OF_FAILURE: Readonly<Record<FailureReason, EventReason | 'by-action'>> = {
  'assume-role-denied': getCredentialsFailed,
  'intermediate-role-denied': getCredentialsFailed,
  'sts-refused': getCredentialsFailed,
  'api-refused': 'by-action',
  'secret-immutable': updateSecretFailed,
  'sts-throttled': undefined,
  'sts-failed': undefined,
  'api-failed': undefined,
};

/** Reasons of rejected writes. Other writes, such as removing an unused mark, do not affect the pod. */
const REASON_OF_FAILED_WRITE: Readonly<Partial<Record<ItemOutcome['action'], EventReason>>> = {
  create: createSecretFailed,
  renew: updateSecretFailed,
};

const REASON_OF_IGNORED_MOUNT: Readonly<Record<IgnoredMount['reason'], EventReason>> = {
  'impossible-secret-name': POD_EVENT_REASON.secretIgnored,
  'impossible-role-name': POD_EVENT_REASON.secretIgnored,
  'too-many-roles': POD_EVENT_REASON.secretIgnored,
  'environment-variable': POD_EVENT_REASON.secretIgnored,
  'foreign-secret': POD_EVENT_REASON.secretIgnored,
  // The pod runs as it should.
  'own-secret': undefined,
  // The Secret holds a ServiceAccount token and was never meant for a role.
  'service-account-token': undefined,
};

/** Results after which the Secret holds valid credentials. */
const HAS_CREDENTIALS: ReadonlySet<ItemOutcome['result']> = new Set([
  'created',
  'renewed',
  'kept',
  'unmarked',
]);

/** Maximum number of Events considered for one namespace, as a tenant may create any number of pods with 20 roles each. */
const MAX_EVENTS_PER_NAMESPACE = 500;

/** Whether the last Event about a pod and a Secret is a Warning. */
type WasWarned = (pod: PodReference, secretName: string) => boolean;

/**
 * Returns the Events of a pass about pods: a Warning for each Secret that a person must fix, and `CredentialsRecovered` for each
 * Secret that has credentials after a Warning. A pod that has its credentials from the start needs no Event.
 */
export function podEvents(
  outcomes: readonly ItemOutcome[],
  ignored: readonly IgnoredMount[],
  wasWarned: WasWarned,
): readonly ClusterEvent[] {
  const events: ClusterEvent[] = [];
  const countOf = new Map<string, number>();
  const isFull = (namespace: string) => countOf.get(namespace) === MAX_EVENTS_PER_NAMESPACE;
  const add = (event: ClusterEvent | undefined) => {
    if (event === undefined) return;
    const { namespace } = event.regarding;
    countOf.set(namespace, (countOf.get(namespace) ?? 0) + 1);
    events.push(event);
  };
  for (const outcome of outcomes) {
    const { pod } = outcome;
    if (pod !== undefined && !isFull(pod.namespace)) add(eventOfOutcome(outcome, pod, wasWarned));
  }
  for (const mount of ignored) {
    if (!isFull(mount.pod.namespace)) add(eventOfMount(mount));
  }
  return events;
}

function eventOfOutcome(
  outcome: ItemOutcome,
  pod: PodReference,
  wasWarned: WasWarned,
): ClusterEvent | undefined {
  const { name, result, roleArn } = outcome;
  const reason = warningReasonOf(outcome);
  if (reason !== undefined && 'message' in outcome) {
    return isOldNews(outcome) && wasWarned(pod, name)
      ? undefined
      : warning(pod, name, reason, explanationOf(outcome));
  }
  if (outcome.notice !== undefined && HAS_CREDENTIALS.has(result)) {
    return warning(pod, name, POD_EVENT_REASON.secretTerminating, outcome.notice);
  }
  const isAfterWarning = wasWarned(pod, name) || isServedByLaterResource(outcome);
  return HAS_CREDENTIALS.has(result) && isAfterWarning
    ? recovery(pod, name, roleArn)
    : undefined;
}

/**
 * Whether a new AWSIAMRole serves a pod that is older. Before, the pod requested the role of the Secret's name, and was
 * probably refused; another container may have reported that.
 */
function isServedByLaterResource({ result, name, pod, awsIamRole }: ItemOutcome): boolean {
  const isNew = result === 'created' && awsIamRole !== undefined;
  const podCreatedAt = pod?.createdAt;
  return (
    isNew &&
    name.startsWith(SECRET_NAME_PREFIX) &&
    podCreatedAt !== undefined &&
    podCreatedAt < awsIamRole.createdAt
  );
}

function eventOfMount({
  pod,
  secretName,
  reason,
  message,
}: IgnoredMount): ClusterEvent | undefined {
  const eventReason = REASON_OF_IGNORED_MOUNT[reason];
  if (eventReason === undefined) return undefined;
  const name = sanitizeName(secretName, MAX_OBJECT_NAME_LENGTH);
  const event = warning(pod, name, eventReason, message);
  // Its author may have meant it: nothing is wrong yet.
  return reason === 'foreign-secret' ? { ...event, type: 'Normal' } : event;
}

function warningReasonOf(outcome: ItemOutcome): EventReason {
  if (outcome.result === 'refused') return REASON_OF_REFUSAL[outcome.reason];
  if (outcome.result !== 'failed') return undefined;
  const reason = REASON_OF_FAILURE[outcome.reason];
  return reason === 'by-action' ? REASON_OF_FAILED_WRITE[outcome.action] : reason;
}

function warning(
  pod: PodReference,
  secretName: string,
  reason: string,
  message: string,
): ClusterEvent {
  const note = truncateNote(`Secret ${secretName}: ${message}`);
  return { regarding: regardingPod(pod), secretName, type: 'Warning', reason, note };
}

function recovery(pod: PodReference, secretName: string, roleArn: string): ClusterEvent {
  return {
    regarding: regardingPod(pod),
    secretName,
    type: 'Normal',
    reason: POD_EVENT_REASON.credentialsRecovered,
    note: truncateNote(`Secret ${secretName}: it holds valid credentials of ${roleArn}`),
  };
}

function regardingPod({ namespace, name, uid }: PodReference): ClusterEvent['regarding'] {
  return { apiVersion: 'v1', kind: 'Pod', namespace, name, uid };
}
