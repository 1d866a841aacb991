/**
 * What the forwarder puts on the bus and the refresh function takes off it. The event is a hint: it says where to look,
 * and what is there decides.
 */

/** The `source` of every event; the bus takes no other. */
export const EVENT_SOURCE = 'kube-aws-iam.forwarder';
/** The `detail-type` of every event; the bus takes no other. */
export const EVENT_DETAIL_TYPE = 'Credentials Wanted';

/** A Secret that a pod waits for. */
export interface PodCredentialRequest {
  readonly namespace: string;
  /** Name of the Secret, with the prefix. */
  readonly secret: string;
  /** Name of a pod that mounts it. */
  readonly pod: string;
  /** When the forwarder first saw that it is wanted: RFC 3339 in UTC with milliseconds. */
  readonly seenAt: string;
}

/** An AWSIAMRole that is new or was changed. Its Secret has its name. */
export interface ResourceCredentialRequest {
  readonly namespace: string;
  /** Name of the resource. */
  readonly awsIamRole: string;
  /** When the forwarder first saw it so: RFC 3339 in UTC with milliseconds. */
  readonly seenAt: string;
}

/** One Secret that is wanted, and one of those who want it. */
export type CredentialRequest = PodCredentialRequest | ResourceCredentialRequest;

/** The name of the Secret that is wanted. */
export function requestedSecretName(want: CredentialRequest): string {
  return 'pod' in want ? want.secret : want.awsIamRole;
}

/** The `detail` of an event: no two of its wants are of the same kind, namespace and Secret. */
export interface CredentialRequestEvent {
  readonly wanted: readonly CredentialRequest[];
}

/**
 * The most wants of an event. Few large events are better than many small ones: each that comes while another is being
 * handled may cost a cold start, and 25 roles are assumed at once in each, of an account's quota for STS.
 */
export const MAX_REQUESTS = 500;

/**
 * The most bytes of an event's `detail`. EventBridge has taken 256 KB for a whole request since it exists, and more since
 * 2025; 500 wants of usual names have some 70 KB.
 */
export const MAX_DETAIL_BYTES = 150_000;
