/**
 * Length of every session, in seconds: a function's own credentials are a role session, and STS ends sessions that
 * are chained from one after an hour at most (AssumeRole, "role chaining").
 */
export const SESSION_SECONDS = 3_600;

/** How long a Secret stays after the last pod that wanted it was seen, in seconds. */
export const GRACE_SECONDS = 1_800;

/** How long before their end credentials are renewed when nothing else is configured, in seconds. */
export const DEFAULT_REFRESH_BEFORE_SECONDS = 1_800;

/**
 * What `refreshBeforeSeconds` may be: at least 20 minutes, as botocore reads the file anew from 15 minutes before the
 * end and a kubelet takes up to two to deliver it; at most 50, so that jitter cannot make a new session due at once.
 */
export const REFRESH_BEFORE_RANGE = { min: 1_200, max: 3_000 } as const;

/** A sweep that would mark or delete more than this share of all managed Secrets, and more than this many, waits for a person. */
export const BRAKE = { share: 0.5, count: 10 } as const;

/** The most lines of one kind in what a function answers: Lambda takes 6 MB. */
export const MOST_IN_ANSWER = 1_000;
