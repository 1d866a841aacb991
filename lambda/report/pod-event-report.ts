import type { CredentialRequest } from '../../contract/pod-event.ts';
import { type ItemOutcome, isDenied } from '../act/item-outcome.ts';
import { ownershipOf, wasIssuedForAwsIamRole } from '../decide/secret-ownership.ts';
import type { ClusterView } from '../observe/observe-cluster.ts';
import { usedSecretNames } from '../observe/pods.ts';
import {
  countRecreated,
  countResults,
  describeListFailures,
  type ResultCounts,
} from './pass-report.ts';

/** One credential request and its outcome. */
export interface ServedRequest {
  readonly request: CredentialRequest;
  readonly view: ClusterView;
  /** The outcome of the requested Secret; empty if no pod and no AWSIAMRole requests it. */
  readonly outcomes: readonly ItemOutcome[];
  readonly servedAt: Date;
}

/** The report of a pod event. */
export interface PodEventReport {
  /** Number of credential requests in the event, without those that are left to the next pass. */
  readonly wanted: number;
  /** Requests whose pod or AWSIAMRole does not exist, or does not request the Secret. */
  readonly unfounded: number;
  readonly counts: ResultCounts;
  /** Those of `counts.failed` that last until a person fixes them. */
  readonly denied: number;
  /** Secrets that this container has created three times within an hour. */
  readonly recreated: number;
  /** Time from when the forwarder saw the pod or AWSIAMRole until its Secret existed, in ms; one for each created Secret. */
  readonly latencies: readonly number[];
  readonly durationMilliseconds: number;
  /** Number of requests that are left to the next pass, because their namespace has too many in this minute. */
  readonly requestsLeft: number;
  /** The namespaces with the most of them, and their numbers; at most ten. */
  readonly mostRequestsLeft: readonly { readonly namespace: string; readonly requests: number }[];
  /** Why lists could not be read: the first ten messages, and the number of the others. */
  readonly incomplete: readonly string[];
  /** Why statuses of AWSIAMRoles could not be written, truncated in the same way. */
  readonly unwritten: readonly string[];
}

/** A longer latency is not plausible, because a scheduled pass would have created the Secret. It is not reported. */
const MAX_LATENCY_MS = 600_000;

/** An event may have 500 requests for 500 namespaces, which would not fit into one log line. */
const MAX_MESSAGES = 10;

/** The input of {@link summarizePodEvent}. */
interface PodEventRecord {
  readonly served: readonly ServedRequest[];
  /** Requests that exceed the limit of their namespace. */
  readonly left: readonly CredentialRequest[];
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly unwritten: readonly string[];
}

/** Creates the report of a pod event. */
export function summarizePodEvent(record: PodEventRecord): PodEventReport {
  const { served, left, startedAt, endedAt, unwritten } = record;
  const outcomes = served.flatMap((one) => one.outcomes);
  const incomplete = served.flatMap(({ view }) => describeListFailures(view));
  return {
    wanted: served.length,
    unfounded: served.filter(isUnfounded).length,
    counts: countResults(outcomes),
    denied: outcomes.filter(isDenied).length,
    recreated: countRecreated(outcomes),
    latencies: served.flatMap(latencyOf),
    durationMilliseconds: endedAt.getTime() - startedAt.getTime(),
    requestsLeft: left.length,
    mostRequestsLeft: mostIn(left),
    incomplete: truncateMessages([...new Set(incomplete)]),
    unwritten: truncateMessages(unwritten),
  };
}

function mostIn(left: readonly CredentialRequest[]): PodEventReport['mostRequestsLeft'] {
  return [...Map.groupBy(left, ({ namespace }) => namespace)]
    .map(([namespace, { length }]) => ({ namespace, requests: length }))
    .toSorted((one, other) => other.requests - one.requests)
    .slice(0, MAX_MESSAGES);
}

function isUnfounded({ outcomes, view }: ServedRequest): boolean {
  const { pods, awsIamRoles, secrets } = view;
  const isComplete = pods.failure === undefined && awsIamRoles.failure === undefined;
  // A pod that mounts the Secret of an AWSIAMRole, or its own, needs no other.
  const isServed = secrets.items.some(
    (secret) =>
      wasIssuedForAwsIamRole(secret) ||
      (ownershipOf(secret).kind === 'foreign' &&
        pods.items.some((pod) => usedSecretNames(pod).includes(secret.name))),
  );
  return outcomes.length === 0 && isComplete && !isServed;
}

/** Returns the latency of a created Secret. `seenAt` comes from the forwarder's clock, which may be ahead. */
function latencyOf({ request, outcomes, servedAt }: ServedRequest): readonly number[] {
  if (!outcomes.some(({ result }) => result === 'created')) return [];
  const milliseconds = servedAt.getTime() - Date.parse(request.seenAt);
  return milliseconds > MAX_LATENCY_MS ? [] : [Math.max(0, milliseconds)];
}

function truncateMessages(messages: readonly string[]): readonly string[] {
  const more = messages.length - MAX_MESSAGES;
  return more > 0 ? [...messages.slice(0, MAX_MESSAGES), `and ${more} more`] : messages;
}
