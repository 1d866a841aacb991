import type { FailureReason, ItemOutcome } from '../../act/item-outcome.ts';
import type { IgnoredMount, PodReference } from '../../decide/requested-secrets.ts';
import type { RefuseItem } from '../../decide/plan.ts';
import { truncateNote, type ClusterEvent, sanitizeName } from './cluster-event.ts';

/** Reasons of Events on pods: those of Zalando's kube-aws-iam-controller and of kiam (without its name) where they have one. */
export const POD_EVENT_REASON = {
  roleForbidden: 'RoleForbidden',
  getCredentialsFailed: 'GetCredentialsFailed',
  createSecretFailed: 'CreateSecretFailed',
  updateSecretFailed: 'UpdateSecretFailed',
  secretIgnored: 'SecretIgnored',
  credentialsRecovered: 'CredentialsRecovered',
} as const;

/** A reason, or none where an Event would help nobody. */
type EventReason = (typeof POD_EVENT_REASON)[keyof typeof POD_EVENT_REASON] | undefined;

const { roleForbidden, getCredentialsFailed, createSecretFailed, updateSecretFailed } =
  POD_EVENT_REASON;

const REFUSED: Readonly<Record<RefuseItem['reason'], EventReason>> = {
  'role-denied': roleForbidden,
  'role-not-assumable': roleForbidden,
  'namespace-not-annotated': roleForbidden,
  'namespace-annotation-malformed': roleForbidden,
  'namespace-does-not-allow': roleForbidden,
  'role-reference-malformed': getCredentialsFailed,
  'name-taken': createSecretFailed,
  // The pod is going with its namespace, which takes no Event any more.
  'namespace-terminating': undefined,
};

/** What only a person can mend. What a busy or ailing server does is the operator's to see, in the log and the metrics. */
const FAILED: Readonly<Record<FailureReason, EventReason | 'by-action'>> = {
  'assume-role-denied': getCredentialsFailed,
  'intermediate-role-denied': getCredentialsFailed,
  'sts-refused': getCredentialsFailed,
  'api-refused': 'by-action',
  'sts-throttled': undefined,
  'sts-failed': undefined,
  'api-failed': undefined,
};

/** What a pod gets nothing from is no trouble of the pod: a mark that could not be taken off, say. */
const FAILED_WRITE: Readonly<Partial<Record<ItemOutcome['action'], EventReason>>> = {
  create: createSecretFailed,
  renew: updateSecretFailed,
};

const IGNORED: Readonly<Record<IgnoredMount['reason'], EventReason>> = {
  'impossible-secret-name': POD_EVENT_REASON.secretIgnored,
  'impossible-role-name': POD_EVENT_REASON.secretIgnored,
  'too-many-roles': POD_EVENT_REASON.secretIgnored,
  // It was never meant to be a role, and the pod gets its token.
  'service-account-token': undefined,
};

/** With which results the credentials are there. */
const HAS_CREDENTIALS: ReadonlySet<ItemOutcome['result']> = new Set([
  'created',
  'renewed',
  'kept',
  'unmarked',
]);

/** How many Events a run considers for one namespace: a pod can ask for 20 roles, and a namespace can have any number of pods. */
const MAX_EVENTS_PER_NAMESPACE = 500;
/** The longest name of a Secret. */
const MAX_SECRET_NAME_LENGTH = 253;

/** Whether the last that a pod was told of a Secret is a Warning. */
type WasWarned = (pod: PodReference, secretName: string) => boolean;

/**
 * What a run has to tell pods: a Warning for what they do not get and a person can mend, and an all-clear for what they
 * were warned of and have now. That all is well from the first is no news: the pod starts.
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
    return warning(pod, name, reason, outcome.message);
  }
  return HAS_CREDENTIALS.has(result) && wasWarned(pod, name) ? recovery(pod, name, roleArn) : undefined;
}

function eventOfMount({
  pod,
  secretName,
  reason,
  message,
}: IgnoredMount): ClusterEvent | undefined {
  const eventReason = IGNORED[reason];
  if (eventReason === undefined) return undefined;
  return warning(pod, sanitizeName(secretName, MAX_SECRET_NAME_LENGTH), eventReason, message);
}

function warningReasonOf(outcome: ItemOutcome): EventReason {
  if (outcome.result === 'refused') return REFUSED[outcome.reason];
  if (outcome.result !== 'failed') return undefined;
  const reason = FAILED[outcome.reason];
  return reason === 'by-action' ? FAILED_WRITE[outcome.action] : reason;
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
    note: truncateNote(`Secret ${secretName}: credentials of ${roleArn} are there`),
  };
}

function regardingPod({ namespace, name, uid }: PodReference): ClusterEvent['regarding'] {
  return { apiVersion: 'v1', kind: 'Pod', namespace, name, uid };
}
