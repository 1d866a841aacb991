import { BUDGET } from '../../../contract/budgets.ts';
import { IGNORED_POD_ANNOTATIONS } from '../../../contract/kubernetes/injection.ts';
import { MAX_OBJECT_NAME_LENGTH } from '../../../contract/kubernetes/object-name.ts';
import { SECRET_NAME_PREFIX } from '../../../contract/kubernetes/secret.ts';
import { sanitizeName } from '../../../contract/sanitize-name.ts';
import { explanationOf, heldRoleArn, type ItemOutcome, isOldNews } from '../../act/item-outcome.ts';
import type { IgnoredMount, PodReference } from '../../decide/requested-secrets.ts';
import { RECREATED_MESSAGE, shortenedSession } from '../explanations.ts';
import { refusedMounts } from '../withheld.ts';
import { type ClusterEvent, truncateNote } from './cluster-event.ts';
import { POD_EVENT_REASON, warningReasonOf } from './pod-event-reasons.ts';

/** Results after which the Secret holds valid credentials. */
const HAS_CREDENTIALS: ReadonlySet<ItemOutcome['result']> = new Set([
  'created',
  'renewed',
  'kept',
  'unmarked',
]);

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
  now: Date,
): readonly ClusterEvent[] {
  const events: ClusterEvent[] = [];
  const countOf = new Map<string, number>();
  const isFull = (namespace: string) => countOf.get(namespace) === BUDGET.eventsPerNamespace;
  const add = (event: ClusterEvent | undefined) => {
    if (event === undefined) return;
    const { namespace } = event.regarding;
    countOf.set(namespace, (countOf.get(namespace) ?? 0) + 1);
    events.push(event);
  };
  // One Event about a pod and a Secret: two would take turns as the last one, and be repeated in every pass.
  const ignoredUses = new Set(ignored.map(({ pod, secretName }) => `${pod.uid} ${secretName}`));
  for (const outcome of outcomes) {
    const { pod, name } = outcome;
    if (pod === undefined || isFull(pod.namespace)) continue;
    if (ignoredUses.has(`${pod.uid} ${name}`)) continue;
    add(eventOfOutcome(outcome, pod, wasWarned, now));
  }
  for (const mount of refusedMounts(ignored)) {
    if (!isFull(mount.pod.namespace)) add(eventOfMount(mount));
  }
  return events;
}

function eventOfOutcome(
  outcome: ItemOutcome,
  pod: PodReference,
  wasWarned: WasWarned,
  now: Date,
): ClusterEvent | undefined {
  const { name, result } = outcome;
  const reason = warningReasonOf(outcome, pod, now);
  if (reason !== undefined && 'message' in outcome) {
    return isOldNews(outcome) && wasWarned(pod, name)
      ? undefined
      : warning(pod, name, reason, explanationOf(outcome) + ignoredBy(outcome, pod));
  }
  if (outcome.isRecreated) {
    return warning(pod, name, POD_EVENT_REASON.secretDeleted, RECREATED_MESSAGE);
  }
  if (outcome.notice !== undefined && HAS_CREDENTIALS.has(result)) {
    return warning(pod, name, POD_EVENT_REASON.secretTerminating, outcome.notice);
  }
  const isAfterWarning = wasWarned(pod, name) || isServedByLaterResource(outcome);
  return HAS_CREDENTIALS.has(result) && isAfterWarning
    ? recovery(pod, name, heldRoleArn(outcome))
    : shortening(outcome, pod);
}

/** New credentials are valid, but expire earlier than configured. Nothing is wrong: they are renewed earlier, too. */
function shortening(outcome: ItemOutcome, pod: PodReference): ClusterEvent | undefined {
  const { name, result, limitedSeconds } = outcome;
  const isNew = result === 'created' || result === 'renewed';
  const limit = isNew && limitedSeconds !== undefined ? shortenedSession(outcome) : undefined;
  if (limit === undefined) return undefined;
  const event = warning(pod, name, POD_EVENT_REASON.sessionShortened, limit);
  return { ...event, type: 'Normal' };
}

/** Names the annotations of a pod because of which its author may expect that the role can be assumed. */
function ignoredBy(outcome: ItemOutcome, { ignoredAnnotations = [] }: PodReference): string {
  const isDenied = outcome.result === 'failed' && outcome.reason === 'assume-role-denied';
  if (!isDenied || ignoredAnnotations.length === 0) return '';
  const names = ignoredAnnotations.map(
    (name) => `${name} (instead: setting ${IGNORED_POD_ANNOTATIONS[name]})`,
  );
  return `. The pod's annotations ${names.join(' and ')} have no effect`;
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

function eventOfMount({ pod, secretName, reason, message }: IgnoredMount): ClusterEvent {
  const name = sanitizeName(secretName, MAX_OBJECT_NAME_LENGTH);
  const event = warning(pod, name, POD_EVENT_REASON.secretIgnored, message);
  // Its author may have meant it: nothing is wrong yet.
  return reason === 'foreign-secret' ? { ...event, type: 'Normal' } : event;
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

function recovery(
  pod: PodReference,
  secretName: string,
  roleArn: string | undefined,
): ClusterEvent {
  return {
    regarding: regardingPod(pod),
    secretName,
    type: 'Normal',
    reason: POD_EVENT_REASON.credentialsRecovered,
    note: truncateNote(
      `Secret ${secretName}: it holds valid credentials of ${roleArn ?? 'an unknown role'}`,
    ),
  };
}

function regardingPod({ namespace, name, uid }: PodReference): ClusterEvent['regarding'] {
  return { apiVersion: 'v1', kind: 'Pod', namespace, name, uid };
}
