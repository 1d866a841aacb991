/** Limits that several parts of the product share. */

/**
 * Duration of a session that another session opens, in seconds: the function's own credentials are a role session, and
 * role chaining limits a session to one hour (STS, AssumeRole). Every role allows it, whatever its MaxSessionDuration is.
 */
export const CHAINED_SESSION_SECONDS = 3_600;

/** Maximum duration of a session that a web identity opens, in seconds (STS, AssumeRoleWithWebIdentity). */
export const MAX_SESSION_SECONDS = 43_200;

/** How long an unused Secret is kept after the last pod that requested it was seen, in seconds. */
export const GRACE_PERIOD_SECONDS = 1_800;

/** Minimum age at which credentials are renewed, without jitter, in seconds: of sessions of an hour, and of longer ones. */
const MIN_AGE_AT_RENEWAL = { chained: 600, longer: 2_400 } as const;

/**
 * Returns the range of `refreshBeforeSeconds`, which says how long before their expiry credentials are renewed, in seconds,
 * for sessions of an hour or more. At least 20 minutes: botocore refreshes credentials 15 minutes before `Expiration` in
 * their file, which is 16 minutes before they expire, and the kubelet takes up to two minutes to update a mounted Secret.
 * At most ten minutes less than an hour, or 40 minutes less than a longer session: with jitter, a new session must not be
 * due for renewal at once.
 */
export function refreshBeforeRange(sessionSeconds: number) {
  const minAge =
    sessionSeconds > CHAINED_SESSION_SECONDS
      ? MIN_AGE_AT_RENEWAL.longer
      : MIN_AGE_AT_RENEWAL.chained;
  return { min: 1_200, max: sessionSeconds - minAge } as const;
}

/**
 * A sweep that would remove more than this share of the Secrets of a namespace, and more than `countInNamespace`, holds
 * these removals back, because its view of the pods may be wrong. It holds back all removals if more than this share of
 * the namespaces would lose more than this share of their Secrets, and more than `countInCluster` Secrets, of which each
 * namespace counts for at most `countInNamespace`. It removes the Secrets when they have been unused for `releaseSeconds`
 * and as many later sweeps as `sightings` have found them unused, or when a person confirms.
 */
export const BRAKE = {
  share: 0.5,
  countInCluster: 10,
  countInNamespace: 3,
  releaseSeconds: 14_400,
  sightings: 3,
  /** Each sighting counts this much later than the one before. */
  sightingSeconds: 3_600,
} as const;

/** Maximum number of items of one kind in a function's response, which Lambda limits to 6 MB. */
export const MAX_ITEMS_IN_RESPONSE = 1_000;

/** Maximum concurrent Secret writes, each with an AssumeRole, in one pass. */
export const SECRET_CONCURRENCY = 25;

/** Maximum concurrent requests to the Kubernetes API for everything but Secrets. */
export const API_CONCURRENCY = 8;

/**
 * Timeouts of an AWS SDK client for a service that answers within milliseconds. Without `throwOnRequestTimeout` the
 * SDK only logs a slow request.
 */
export const SDK_TIMEOUTS = {
  connectionTimeout: 2_000,
  requestTimeout: 5_000,
  throwOnRequestTimeout: true,
} as const;
