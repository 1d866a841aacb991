/**
 * The event that the forwarder sends to the events function. It is a hint only: the function reads the objects that it
 * names, and their state decides.
 */

/** The `source` of every event; the bus accepts no other. */
export const EVENT_SOURCE = 'kube-aws-iam.forwarder';
/** The `detail-type` of every event; the bus accepts no other. */
export const EVENT_DETAIL_TYPE = 'Credentials Wanted';

/** The event of the schedule that keeps a container of the events function warm. */
export const WARM_UP_EVENT = { warmUp: true } as const;

/** A Secret that a pod waits for. */
export interface PodCredentialRequest {
  readonly namespace: string;
  /** The name of the Secret, with the prefix. */
  readonly secret: string;
  /** The name of a pod that mounts it. */
  readonly pod: string;
  /** When the forwarder first saw the request: RFC 3339 in UTC with milliseconds. */
  readonly seenAt: string;
}

/** A new or changed AWSIAMRole. Its Secret has the same name. */
interface ResourceCredentialRequest {
  readonly namespace: string;
  /** The name of the resource. */
  readonly awsIamRole: string;
  /** When the forwarder first saw the request: RFC 3339 in UTC with milliseconds. */
  readonly seenAt: string;
}

/** A requested Secret, and one of its requesters. */
export type CredentialRequest = PodCredentialRequest | ResourceCredentialRequest;

/** Returns the name of the requested Secret. */
export function requestedSecretName(request: CredentialRequest): string {
  return 'pod' in request ? request.secret : request.awsIamRole;
}

/** The `detail` of an event: no two requests have the same kind, namespace and Secret. */
export interface CredentialRequestEvent {
  readonly wanted: readonly CredentialRequest[];
}

/**
 * Maximum requests in an event. A few large events are better than many small ones: concurrent events cause cold starts,
 * and each assumes 25 roles at once, which counts against the account's STS quota.
 */
export const MAX_REQUESTS = 500;

/**
 * Maximum size of an event's `detail`. EventBridge has always accepted 256 KB for a whole request, and more since 2025;
 * 500 requests with usual names have about 70 KB.
 */
export const MAX_DETAIL_BYTES = 150_000;
