/**
 * What the forwarder puts on the bus and the refresh function takes off it. The event is a hint: it says where to look,
 * and what is there decides.
 */

/** The `source` of every event; the bus takes no other. */
export const EVENT_SOURCE = 'kube-aws-iam.forwarder';
/** The `detail-type` of every event; the bus takes no other. */
export const EVENT_DETAIL_TYPE = 'Credentials Wanted';

/** One Secret that is wanted, and one of those who want it. */
export interface Want {
  readonly namespace: string;
  /** Name of the Secret, with the prefix. */
  readonly secret: string;
  /** Name of a pod that mounts it. An AWSIAMRole that wants it would stand in place of this. */
  readonly pod: string;
  /** When the forwarder first saw that it is wanted: RFC 3339 in UTC with milliseconds. */
  readonly seenAt: string;
}

/** The `detail` of an event: no two of its wants have the same namespace and Secret. */
export interface CredentialsWanted {
  readonly wanted: readonly Want[];
}

/**
 * The most wants of an event. Few large events are better than many small ones: each that comes while another is being
 * handled may cost a cold start, and 25 roles are assumed at once in each, of an account's quota for STS.
 */
export const MOST_WANTS = 500;

/**
 * The most bytes of an event's `detail`. EventBridge has taken 256 KB for a whole request since it exists, and more since
 * 2025; 500 wants of usual names have some 70 KB.
 */
export const MOST_DETAIL_BYTES = 150_000;
